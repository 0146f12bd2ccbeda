"""sRGB to CIELAB.

Source: IEC 61966-2-1 (transfer curve), ITU-R BT.709 primaries with white D65 (ASTM E308,
2 degrees), CIELAB as CIE published it in 1976, with 0.008856 and 7.787; the exact fractions of
CIE 15:2004 move colours darker than L* = 8 by up to 2e-4. The constants are those of scikit-image
and stand beside the loops that use them, in ``color_loops``.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray


def linear_from_srgb(values: NDArray[Any]) -> NDArray[np.float64]:
    """Linear light in [0, 1] of sRGB values in [0, 255], float64, any shape."""
    encoded = np.asarray(values, np.float64) / 255.0
    return np.where(encoded > 0.04045, ((encoded + 0.055) / 1.055) ** 2.4, encoded / 12.92)


@cache
def linear_table(steps_per_byte: int) -> NDArray[np.float32]:
    """Linear light of 0..255 in steps of a byte or a part of it, float32."""
    steps = np.arange(255 * steps_per_byte + 1) / steps_per_byte
    return linear_from_srgb(steps).astype(np.float32)


def lab_from_srgb(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """CIELAB (D65) of sRGB colours.

    Args:
        pixels: uint8 (N, 3), or float64 (N, 3) in [0, 255]; R, G, B.

    Returns:
        float32 (3, N): L* in 0..100, a*, b*; within 1e-4 of a float64 evaluation.
    """
    from hairopt.metrics.color_loops import STEPS_PER_BYTE, lab_of_bytes, lab_of_values

    lab = np.empty((3, len(pixels)), np.float32)
    if pixels.dtype == np.uint8:
        lab_of_bytes(pixels, linear_table(1), lab)
    else:
        lab_of_values(pixels, linear_table(STEPS_PER_BYTE), lab)
    return lab


def luminance(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Y of linear R, G, B (..., 3); 1 for white."""
    from hairopt.metrics.color_loops import RELATIVE_XYZ_OF_RGB

    return np.asarray(linear @ RELATIVE_XYZ_OF_RGB[1])


def lab_from_linear(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIELAB (D65) of linear R, G, B (N, 3) of 0 or more: float64 (3, N)."""
    from hairopt.metrics.color_loops import KNEE, OFFSET, RELATIVE_XYZ_OF_RGB, SLOPE

    relative = RELATIVE_XYZ_OF_RGB @ linear.T
    x, y, z = np.where(relative > KNEE, np.cbrt(relative), SLOPE * relative + OFFSET)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def srgb_from_lab(lab: NDArray[Any]) -> NDArray[np.float64]:
    """SRGB in [0, 255] of CIELAB (3, ...): float64 (..., 3); what lies outside is clipped."""
    from hairopt.metrics.color_loops import KNEE, OFFSET, RELATIVE_XYZ_OF_RGB, SLOPE

    y = (lab[0] + 16) / 116
    roots = np.stack([y + lab[1] / 500, y, y - lab[2] / 200], axis=-1)
    relative = np.where(roots > np.cbrt(KNEE), roots**3, (roots - OFFSET) / SLOPE)
    linear = np.clip(relative @ np.linalg.inv(RELATIVE_XYZ_OF_RGB).T, 0.0, 1.0)
    encoded = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    return np.asarray(np.clip(255 * encoded, 0.0, 255.0))
