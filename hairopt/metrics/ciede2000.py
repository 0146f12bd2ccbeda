"""The CIEDE2000 colour difference: a fast kernel in float32 and a literal one in float64.

Source: Sharma, Wu & Dalal, "The CIEDE2000 color-difference formula: implementation notes,
supplementary test data, and mathematical observations", Color Research & Application 30(1), 2005.
The equation numbers are theirs; kL = kC = kH = 1.
"""

from __future__ import annotations

from math import comb, cos, radians, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.lab import BLOCK_PX
from hairopt.metrics.validate import require_lab

_POW25_7, _POW50_7 = 25.0**7, 50.0**7
_COS30, _SIN30 = cos(radians(30)), sin(radians(30))
_COS6, _SIN6 = cos(radians(6)), sin(radians(6))
_COS63, _SIN63 = cos(radians(63)), sin(radians(63))
_COS275, _SIN275 = cos(radians(275)), sin(radians(275))
# arccos(1 - z)^2 = sum of 2 (2 z)^n / (n^2 binomial(2n, n)) gives the angle of Eq. 16 without an
# arctangent. Where the terms that are left out would count, Eq. 16 itself has vanished.
_ARCCOS_SQUARED = [2.0 * 2.0**n / (n * n * comb(2 * n, n)) for n in range(6, 0, -1)]
# The odd polynomial closest to the sine on [0, pi / 3], to 2e-8.
_SINE = (0.999999863, -0.166665001, 0.00832785065, -0.000191713855)
# The formula jumps where two hues are opposite, so rounding must not choose the side there.
_NEARLY_OPPOSITE = 1e-5
_COLORFUL = 0.05**2
_TINY = 1e-30


def ciede2000(lab1: NDArray[Any], lab2: NDArray[Any]) -> NDArray[np.float32]:
    """CIEDE2000 of many pairs of colours, in cache-sized blocks of float32.

    Symmetric, 0 for equal colours, unbounded above (about 120 within sRGB); lower is more alike.
    Made for differences below 5.

    Args:
        lab1: CIELAB, float32 or float64 (3, N).
        lab2: the same shape.

    Returns:
        float32 (N,), within 5e-5 of ``ciede2000_exact``.

    Raises:
        UsageError: for another dtype or shape, NaN or infinity.
    """
    require_lab(lab1, "lab1")
    require_lab(lab2, "lab2", lab1.shape)
    lab1, lab2 = lab1.astype(np.float32, copy=False), lab2.astype(np.float32, copy=False)
    result = np.empty(lab1.shape[1], np.float32)
    for start in range(0, lab1.shape[1], BLOCK_PX):
        block = slice(start, start + BLOCK_PX)
        result[block] = _block(lab1[:, block], lab2[:, block])
    return result


def _block(lab1: NDArray[np.float32], lab2: NDArray[np.float32]) -> NDArray[np.float32]:
    """Eqs. 2-22 without angles: hues are unit vectors, and their multiples polynomials."""
    (l1, a1, b1), (l2, a2, b2) = lab1, lab2
    b1_squared, b2_squared = b1 * b1, b2 * b2
    chroma_sum = np.sqrt(a1 * a1 + b1_squared) + np.sqrt(a2 * a2 + b2_squared)
    stretch = 1.5 - 0.5 * _chroma_weight(chroma_sum)  # 1 + G, Eq. 4
    a1, a2 = a1 * stretch, a2 * stretch  # Eq. 5
    chroma1, chroma2 = np.sqrt(a1 * a1 + b1_squared), np.sqrt(a2 * a2 + b2_squared)  # Eq. 6
    chroma_sum, chroma_product = chroma1 + chroma2, chroma1 * chroma2
    side = np.copysign(np.float32(1), a1 * b2 - a2 * b1)
    a1, b1, a2, b2 = a1 * chroma2, b1 * chroma2, a2 * chroma1, b2 * chroma1  # of equal length
    sum_a, sum_b, gap_a, gap_b = a1 + a2, b1 + b2, a2 - a1, b2 - b1
    # Eq. 11: the difference of two unit vectors is 2 sin(dh / 2) long.
    hue_term = side * np.sqrt((gap_a * gap_a + gap_b * gap_b) / (chroma_product + _TINY))
    opposite = np.abs(sum_a) + np.abs(sum_b) <= _NEARLY_OPPOSITE * chroma_product
    # The mean hue (Eq. 14) bisects the two vectors: it points along their sum, and square to their
    # difference. Both together are long for every angle, so that nothing cancels.
    sum_a += side * gap_b
    sum_b -= side * gap_a
    length = np.sqrt(sum_a * sum_a + sum_b * sum_b) + _TINY
    hue_cos, hue_sin = sum_a / length, sum_b / length
    hue_term /= 1.0 + 0.0075 * chroma_sum * _hue_weight(hue_cos, hue_sin)  # Eq. 20
    chroma_term = (chroma2 - chroma1) / (1.0 + 0.0225 * chroma_sum)  # Eq. 19
    offset = l1 + l2 - 100.0
    offset *= offset
    lightness_term = (l2 - l1) / (1.0 + 0.0075 * offset / np.sqrt(80.0 + offset))  # Eq. 18
    squared = lightness_term * lightness_term + chroma_term * chroma_term + hue_term * hue_term
    toward_blue = _COS275 * hue_cos + _SIN275 * hue_sin
    if toward_blue.max() > 0.0:
        rotation = _rotation(1.0 - toward_blue, hue_sin, chroma_sum)
        squared -= rotation * chroma_term * hue_term
    difference: NDArray[np.float32] = np.sqrt(np.maximum(squared, 0.0))  # Eq. 22
    if opposite.any():
        rare = opposite & (chroma_product > _COLORFUL)
        difference[rare] = ciede2000_exact(lab1[:, rare], lab2[:, rare])
    return difference


def _chroma_weight(chroma_sum: NDArray[np.float32]) -> NDArray[np.float32]:
    """sqrt(C^7 / (C^7 + 25^7)) of Eqs. 4 and 17, from twice the mean chroma."""
    cube = chroma_sum * chroma_sum * chroma_sum
    power7 = cube * cube * chroma_sum
    return np.asarray(np.sqrt(power7 / (power7 + _POW50_7)), np.float32)


def _hue_weight(cos1: NDArray[np.float32], sin1: NDArray[np.float32]) -> NDArray[np.float32]:
    """T, Eq. 15: cos(3h + 6) is cos 2h cos(h + 6) - sin 2h sin(h + 6), and 4h is twice 2h."""
    cos2, sin2 = 1.0 - 2.0 * (sin1 * sin1), 2.0 * (sin1 * cos1)
    near_cos = 0.24 - (0.40 * _SIN63) * sin2 + (0.32 * _COS6) * cos1 - (0.32 * _SIN6) * sin1
    near_sin = (0.40 * _COS63) * sin2 - (0.32 * _COS6) * sin1 - (0.32 * _SIN6) * cos1
    weight = (1.0 - 0.20 * _COS63) - (0.17 * _COS30) * cos1 - (0.17 * _SIN30) * sin1
    weight += cos2 * near_cos
    weight += sin2 * near_sin
    return np.asarray(weight, np.float32)


def _rotation(
    z: NDArray[np.float32], hue_sin: NDArray[np.float32], chroma_sum: NDArray[np.float32]
) -> NDArray[np.float32]:
    """-R_T, Eqs. 16, 17 and 21; z is 1 - cos(mean hue - 275)."""
    angle_squared = _ARCCOS_SQUARED[0] * z
    for coefficient in _ARCCOS_SQUARED[1:]:
        angle_squared += coefficient
        angle_squared *= z
    turn = radians(60.0) * np.exp(angle_squared * -(1.0 / radians(25.0) ** 2))  # 2 dtheta
    # As printed, 275 degrees is not approached from 360 + h: there is no rotation for h in 0..95.
    turn *= np.clip(-1e6 * hue_sin, 0.0, 1.0)
    square = turn * turn
    sine = turn * (_SINE[0] + square * (_SINE[1] + square * (_SINE[2] + square * _SINE[3])))
    return np.asarray(2.0 * sine * _chroma_weight(chroma_sum), np.float32)


def ciede2000_exact(lab1: NDArray[Any], lab2: NDArray[Any]) -> NDArray[np.float64]:
    """CIEDE2000 as printed, in float64: for few colours, and to test the fast kernel against.

    Args:
        lab1: CIELAB, float32 or float64 (3, N).
        lab2: the same shape.

    Returns:
        float64 (N,).

    Raises:
        UsageError: for another dtype or shape, NaN or infinity.
    """
    require_lab(lab1, "lab1")
    require_lab(lab2, "lab2", lab1.shape)
    (l1, a1, b1), (l2, a2, b2) = lab1.astype(np.float64), lab2.astype(np.float64)
    mean7 = (0.5 * (np.hypot(a1, b1) + np.hypot(a2, b2))) ** 7  # Eqs. 2, 3
    g = 0.5 * (1.0 - np.sqrt(mean7 / (mean7 + _POW25_7)))  # Eq. 4
    a1, a2 = (1.0 + g) * a1, (1.0 + g) * a2  # Eq. 5
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)  # Eq. 6
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360.0, np.degrees(np.arctan2(b2, a2)) % 360.0  # Eq. 7
    grey = c1 * c2 == 0.0
    turn = h2 - h1
    turn = np.where(turn > 180.0, turn - 360.0, np.where(turn < -180.0, turn + 360.0, turn))
    turn = np.where(grey, 0.0, turn)  # Eq. 10
    delta_h = 2.0 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2.0))  # Eq. 11
    hue_sum = h1 + h2
    far = np.abs(h1 - h2) > 180.0
    mean_h = np.where(far, np.where(hue_sum < 360.0, hue_sum + 360.0, hue_sum - 360.0), hue_sum)
    mean_h = np.where(grey, hue_sum, mean_h / 2.0)  # Eq. 14
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
