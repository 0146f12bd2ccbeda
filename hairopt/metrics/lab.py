"""sRGB to CIELAB, in float32 algebra that keeps near-neutral colours exact.

Source: IEC 61966-2-1 (transfer curve), ITU-R BT.709 primaries with white D65 (ASTM E308,
2 degrees), CIELAB as CIE published it in 1976, with 0.008856 and 7.787; the exact fractions of
CIE 15:2004 move colours darker than L* = 8 by up to 2e-4. The constants are those of scikit-image.
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
        block = np.ascontiguousarray(pixels[start : start + BLOCK_PX])
        if block.dtype == np.uint8:
            planes = (cv2.LUT(plane, _LINEAR_OF_BYTE) for plane in cv2.split(block[None]))
        else:
            planes = iter(linear_from_srgb(block).T)
        red, green, blue = (np.asarray(plane, np.float32).ravel() for plane in planes)
        _lab_of_linear(red, green, blue, lab[:, start : start + BLOCK_PX])
    return lab


def _lab_of_linear(
    red: NDArray[np.float32],
    green: NDArray[np.float32],
    blue: NDArray[np.float32],
    lab: NDArray[np.float32],
) -> None:
    """One block: linear R, G, B (n,) into ``lab`` (3, n).

    a* = 500 (f(x) - f(y)) loses its digits for greys when the cube roots are subtracted. So x - y
    comes from channel differences, which are exact in float32 near grey, and
    cbrt(x) - cbrt(y) = (x - y) / (cbrt(x)^2 + cbrt(x) cbrt(y) + cbrt(y)^2).
    """
    y = _Y_RED * red
    y += _Y_GREEN * green
    y += _Y_BLUE * blue
    xy, yz = _XY_GREY * green, _YZ_GREY * green
    red -= green
    blue -= green
    xy += _XY_RED * red
    xy += _XY_BLUE * blue
    yz += _YZ_RED * red
    yz += _YZ_BLUE * blue
    x, z = y + xy, y - yz
    root_x, root_y, root_z = _cube_root(x), _cube_root(y), _cube_root(z)
    square_y = root_y * root_y
    np.multiply(root_y, 116.0, out=lab[0])
    lab[0] -= 16.0
    for rest, root, scale, row in ((xy, root_x, 500.0, lab[1]), (yz, root_z, 200.0, lab[2])):
        divisor = root + root_y
        divisor *= root
        divisor += square_y
        rest *= scale
        np.divide(rest, divisor, out=row)
    dark = np.flatnonzero(np.minimum(np.minimum(x, y), z) <= _KNEE)
    if dark.size:
        pairs = ((x, root_x), (y, root_y), (z, root_z))
        lab[:, dark] = _dark_lab(*((t[dark], root[dark]) for t, root in pairs))


def _cube_root(values: NDArray[np.float32]) -> NDArray[np.float32]:
    # exp and log are vectorised on every CPU that NumPy supports, cbrt only with AVX-512.
    root = np.maximum(values, 1e-6)
    np.log(root, out=root)
    root *= 1.0 / 3.0
    return np.exp(root, out=root)


def _dark_lab(*pairs: tuple[NDArray[np.float32], NDArray[np.float32]]) -> NDArray[np.float64]:
    """CIELAB as defined, from (t, cbrt(t)) of x, y and z; f is a line up to the knee.

    In float64, because the offset of that line would swallow the digits of its differences.
    """
    x, y, z = (
        np.where(t > _KNEE, root, _SLOPE * t.astype(np.float64) + _OFFSET) for t, root in pairs
    )
    return np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)])
