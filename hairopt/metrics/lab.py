"""sRGB to CIELAB, in float32 algebra that keeps near-neutral colours exact.

Source: IEC 61966-2-1 (transfer curve), ITU-R BT.709 primaries with white D65 (ASTM E308, 2 degrees),
CIELAB as CIE published it in 1976, with 0.008856 and 7.787; the exact fractions of CIE 15:2004 move
colours darker than L* = 8 by up to 2e-4. The constants are those of scikit-image.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK_PX = 16384
"""Pixels handled at a time: small enough for the cache, large enough to hide the calls."""

_XYZ_OF_RGB = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])
_RELATIVE = _XYZ_OF_RGB / _WHITE[:, None]
_Y_RED, _Y_GREEN, _Y_BLUE = (float(value) for value in _RELATIVE[1])
_XY = _RELATIVE[0] - _RELATIVE[1]
_YZ = _RELATIVE[1] - _RELATIVE[2]
_XY_RED, _XY_GREY, _XY_BLUE = float(_XY[0]), float(_XY.sum()), float(_XY[2])
_YZ_RED, _YZ_GREY, _YZ_BLUE = float(_YZ[0]), float(_YZ.sum()), float(_YZ[2])
_KNEE, _SLOPE, _OFFSET = 0.008856, 7.787, 16.0 / 116.0
_STEP_AT_KNEE = _SLOPE * _KNEE + _OFFSET - _KNEE ** (1 / 3)


def linear_from_srgb(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear light in [0, 1] of sRGB values in [0, 255], float64, any shape."""
    encoded = values / 255.0
    return np.where(encoded > 0.04045, ((encoded + 0.055) / 1.055) ** 2.4, encoded / 12.92)


_LINEAR_OF_BYTE = linear_from_srgb(np.arange(256.0)).astype(np.float32)


def lab_from_srgb(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """CIELAB (D65) of sRGB colours.

    Args:
        pixels: uint8 (N, 3), or float64 (N, 3) in [0, 255]; R, G, B.

    Returns:
        float32 (3, N): L* in 0..100, a*, b*; within 6e-5 of a float64 evaluation.
    """
    import cv2

    lab = np.empty((3, len(pixels)), np.float32)
    for start in range(0, len(pixels), BLOCK_PX):
        block = pixels[start : start + BLOCK_PX]
        if block.dtype == np.uint8:
            linear = cv2.LUT(np.ascontiguousarray(block)[None], _LINEAR_OF_BYTE)
        else:
            linear = linear_from_srgb(block).astype(np.float32)[None]
        _lab_of_linear(*cv2.split(linear), lab[:, start : start + BLOCK_PX])
    return lab


def _lab_of_linear(
    red: NDArray[np.float32],
    green: NDArray[np.float32],
    blue: NDArray[np.float32],
    lab: NDArray[np.float32],
) -> None:
    """One block: linear R, G, B (1, n) into ``lab`` (3, n).

    a* = 500 (f(x) - f(y)) loses its digits for greys when the cube roots are subtracted. So x - y
    comes from channel differences, which are exact in float32 near grey, and
    cbrt(x) - cbrt(y) = (x - y) / (cbrt(x)^2 + cbrt(x) cbrt(y) + cbrt(y)^2).
    Below the knee f is a line: f(t) = cbrt(max(t, knee)) + a rest that is 0 for brighter colours.
    """
    red, green, blue = red.ravel(), green.ravel(), blue.ravel()
    y = _Y_RED * red + _Y_GREEN * green + _Y_BLUE * blue
    red_green, blue_green = red - green, blue - green
    xy = _XY_RED * red_green + _XY_BLUE * blue_green + _XY_GREY * green
    yz = _YZ_RED * red_green + _YZ_BLUE * blue_green + _YZ_GREY * green
    root_x, rest_x, below_x = _root_and_rest(y + xy)
    root_y, rest_y, below_y = _root_and_rest(y)
    root_z, rest_z, below_z = _root_and_rest(y - yz)
    square_y = root_y * root_y
    xy -= below_x - below_y
    yz -= below_y - below_z
    xy /= root_x * root_x + root_x * root_y + square_y
    yz /= root_z * root_z + root_z * root_y + square_y
    lab[0] = 116.0 * (root_y + rest_y) - 16.0
    lab[1] = 500.0 * (xy + (rest_x - rest_y))
    lab[2] = 200.0 * (yz + (rest_y - rest_z))


def _root_and_rest(
    tristimulus: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Of t: cbrt(max(t, knee)), f(t) minus that, and min(t - knee, 0)."""
    root = np.maximum(tristimulus, _KNEE)
    # exp and log are vectorised on every CPU that NumPy supports, cbrt only with AVX-512.
    np.log(root, out=root)
    root *= 1.0 / 3.0
    np.exp(root, out=root)
    below = np.minimum(tristimulus - _KNEE, 0.0)
    rest = _SLOPE * below
    rest += np.float32(_STEP_AT_KNEE) * (below < 0.0)
    return root, rest, below
