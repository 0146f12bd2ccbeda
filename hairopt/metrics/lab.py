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
