"""Intensity that is even to the eye: equal steps give equal differences of colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.ciede2000 import ciede2000_exact

_STEPS = 8
"""Mixtures that are looked at; between them the difference grows in a straight line."""


def blend_share(before: NDArray[np.float32], after: NDArray[np.float32], intensity: float) -> float:
    """The share of the dyed colours, mixed in sRGB, at which the hair has moved ``intensity`` %.

    It is that percentage of the mean CIEDE2000 between the hair as it is and as it is dyed.

    Args:
        before: float32 (n, 3), CIELAB of some colours of the hair in the photo.
        after: float32 (n, 3), CIELAB of the same hair dyed.
        intensity: 0..100.

    Returns:
        0..1.
    """
    import cv2

    ends = np.stack([before, after])
    rgb = np.clip(np.asarray(cv2.cvtColor(ends, cv2.COLOR_Lab2RGB), np.float32), 0, 1)
    shares = np.linspace(0, 1, _STEPS + 1, dtype=np.float32)
    mixed = rgb[0] + shares[:, None, None] * (rgb[1] - rgb[0])
    lab = np.asarray(cv2.cvtColor(mixed, cv2.COLOR_RGB2Lab), np.float32)
    start = np.broadcast_to(lab[:1], lab.shape)
    each = ciede2000_exact(start.reshape(-1, 3).T, lab.reshape(-1, 3).T)
    moved = np.maximum.accumulate(each.reshape(len(lab), -1).mean(axis=1))
    if moved[-1] == 0:
        return intensity / 100
    return float(np.interp(intensity / 100 * moved[-1], moved, shares))
