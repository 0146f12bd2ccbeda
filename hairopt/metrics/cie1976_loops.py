"""The compiled loop of the CIE 1976 colour differences. Import it lazily: it imports numba."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.compiled import compiled

_GREY = np.float32(1e-12)
"""The product of two chromas below which hue counts for nothing; it moves no dH* by over 1e-6."""


@compiled
def cie1976_sums(
    lab1: NDArray[np.float32], lab2: NDArray[np.float32]
) -> tuple[float, float, float, float]:
    """Sums over pixels of dE76, dL*, dC* and dH*, the second colour minus the first."""
    total_e, total_l, total_c, total_h = 0.0, 0.0, 0.0, 0.0
    for index in range(lab1.shape[1]):
        l1, a1, b1 = lab1[0, index], lab1[1, index], lab1[2, index]
        l2, a2, b2 = lab2[0, index], lab2[1, index], lab2[2, index]
        dl, da, db = l2 - l1, a2 - a1, b2 - b1
        c1, c2 = np.float32(sqrt(a1 * a1 + b1 * b1)), np.float32(sqrt(a2 * a2 + b2 * b2))
        gap_a, gap_b = a2 * c1 - a1 * c2, b2 * c1 - b1 * c2
        hue = np.float32(sqrt((gap_a * gap_a + gap_b * gap_b) / (c1 * c2 + _GREY)))
        total_e += sqrt(dl * dl + da * da + db * db)
        total_l += dl
        total_c += c2 - c1
        total_h += hue if a1 * b2 - a2 * b1 >= np.float32(0.0) else -hue
    return total_e, total_l, total_c, total_h
