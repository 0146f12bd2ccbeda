"""The CIEDE2000 colour difference: a fast kernel in float32 and a literal one in float64.

Source: Sharma, Wu & Dalal, "The CIEDE2000 color-difference formula: implementation notes,
supplementary test data, and mathematical observations", Color Research & Application 30(1), 2005.
The equation numbers are theirs; kL = kC = kH = 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.validate import require_lab

_POW25_7 = 25.0**7
_OPPOSITE = 180.0 + 1e-9
"""Degrees. Opposite hues differ by 180 but for the rounding of the arctangent, which varies."""


def ciede2000(lab1: NDArray[Any], lab2: NDArray[Any]) -> NDArray[np.float32]:
    """CIEDE2000 of many pairs of colours, in float32.

    Symmetric, 0 for equal colours, unbounded above (about 120 within sRGB); lower is more alike.
    Made for differences below 5.

    Args:
        lab1: CIELAB, float32 or float64 (3, N), every value in [-1000, 1000].
        lab2: the same shape.

    Returns:
        float32 (N,), defined for every pair and within 1e-4 of ``ciede2000_exact`` for colours of
        sRGB. The formula itself jumps where hues are opposite; there the two may stand on different
        sides.

    Raises:
        UsageError: for another dtype or shape, NaN or values outside the range.
    """
    from hairopt.metrics.color_loops import ciede2000_of_lab

    require_lab(lab1, "lab1")
    require_lab(lab2, "lab2", lab1.shape)
    result = np.empty(lab1.shape[1], np.float32)
    first, second = (np.ascontiguousarray(lab, np.float32) for lab in (lab1, lab2))
    ciede2000_of_lab(first, second, result)
    return result


def ciede2000_exact(lab1: NDArray[Any], lab2: NDArray[Any]) -> NDArray[np.float64]:
    """CIEDE2000 as printed, in float64: for few colours, and to test the fast kernel against.

    Args:
        lab1: CIELAB, float32 or float64 (3, N), every value in [-1000, 1000].
        lab2: the same shape; returns float64 (N,), defined for every pair.

    Raises:
        UsageError: for another dtype or shape, NaN or values outside the range.
    """
    require_lab(lab1, "lab1")
    require_lab(lab2, "lab2", lab1.shape)
    (l1, a1, b1), (l2, a2, b2) = lab1.astype(np.float64), lab2.astype(np.float64)
    mean7 = (0.5 * (np.hypot(a1, b1) + np.hypot(a2, b2))) ** 7  # Eqs. 2, 3
    g = 0.5 * (1.0 - np.sqrt(mean7 / (mean7 + _POW25_7)))  # Eq. 4
    a1, a2 = (1.0 + g) * a1, (1.0 + g) * a2  # Eq. 5
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)  # Eq. 6
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360.0, np.degrees(np.arctan2(b2, a2)) % 360.0  # Eq. 7
    turn, mean_h = _turn_and_mean(h1, h2, c1 * c2 == 0.0)
    delta_h = 2.0 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2.0))  # Eq. 11
    mean_l, mean_c = (l1 + l2) / 2.0, (c1 + c2) / 2.0  # Eqs. 12, 13
    t = (
        1.0
        - 0.17 * np.cos(np.radians(mean_h - 30.0))
        + 0.24 * np.cos(np.radians(2.0 * mean_h))
        + 0.32 * np.cos(np.radians(3.0 * mean_h + 6.0))
        - 0.20 * np.cos(np.radians(4.0 * mean_h - 63.0))
    )  # Eq. 15
    d_theta = 30.0 * np.exp(-(((mean_h - 275.0) / 25.0) ** 2))  # Eq. 16
    r_c = 2.0 * np.sqrt(mean_c**7 / (mean_c**7 + _POW25_7))  # Eq. 17
    s_l = 1.0 + 0.015 * (mean_l - 50.0) ** 2 / np.sqrt(20.0 + (mean_l - 50.0) ** 2)  # Eq. 18
    s_c, s_h = 1.0 + 0.045 * mean_c, 1.0 + 0.015 * mean_c * t  # Eqs. 19, 20
    r_t = -np.sin(np.radians(2.0 * d_theta)) * r_c  # Eq. 21
    lightness, chroma, hue = (l2 - l1) / s_l, (c2 - c1) / s_c, delta_h / s_h
    squared = lightness**2 + chroma**2 + hue**2 + r_t * chroma * hue
    # The radicand can round to a hair below 0.
    difference: NDArray[np.float64] = np.sqrt(np.maximum(squared, 0.0))  # Eq. 22
    return difference


def _turn_and_mean(
    h1: NDArray[np.float64], h2: NDArray[np.float64], grey: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Difference (Eq. 10) and mean (Eq. 14) of two hues in degrees; a grey has none."""
    turn = h2 - h1
    far = np.abs(turn) > _OPPOSITE
    turn = np.where(far, turn - np.copysign(360.0, turn), turn)
    total = h1 + h2
    wrapped = np.where(total < 360.0, total + 360.0, total - 360.0)
    mean = np.where(far, wrapped, total) / 2.0
    return np.where(grey, 0.0, turn), np.where(grey, total, mean)
