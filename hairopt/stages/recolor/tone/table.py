"""From a curve in CIELAB to the colours of sRGB, none of them clipped."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hairopt.stages.recolor.tone.curve import Curve
from hairopt.types import ImageU8

LEAST, MOST = 1.2 / 255 / 12.92, ((253.8 / 255 + 0.055) / 1.055) ** 2.4
"""Linear light of 1.2 and 253.8 of 255: between them every channel is rounded to neither end."""

_WHITE = np.array([0.950456, 1.0, 1.088754])
"""XYZ of D65."""

_RGB_OF_XYZ = np.array(
    [
        [3.240479, -1.53715, -0.498535],
        [-0.969256, 1.875991, 0.041556],
        [0.055648, -0.204043, 1.057311],
    ]
)
"""Linear sRGB of XYZ, ITU-R BT.709 primaries; the constants of OpenCV."""

_LUMINANCE = np.linalg.inv(_RGB_OF_XYZ)[1]
"""Luminance Y of linear sRGB."""

_TINY = 1e-9


def table_of(curve: Curve) -> ImageU8:
    """The curve as sRGB: uint8 (256, 1, 3), no channel 0 or 255.

    Colours outside of sRGB lose saturation and keep their luminance, and so their lightness: their
    linear light is mixed with the grey of the same luminance until it fits.

    Args:
        curve: float32 (n, 3), CIELAB.
    """
    light = linear_light(curve)
    grey = (light @ _LUMINANCE)[:, None]
    above = (MOST - grey) / np.maximum(light.max(axis=1, keepdims=True) - grey, _TINY)
    below = (grey - LEAST) / np.maximum(grey - light.min(axis=1, keepdims=True), _TINY)
    share = np.minimum(np.maximum(np.minimum(above, below), 0), 1)
    inside = np.minimum(np.maximum(grey + share * (light - grey), LEAST), MOST)
    encoded = np.where(inside <= 0.0031308, 12.92 * inside, 1.055 * inside ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(encoded * 255), np.uint8)[:, None]


def linear_light(lab: NDArray[Any]) -> NDArray[np.float64]:
    """Linear sRGB of CIELAB, (n, 3), below 0 and above 1 where sRGB has no such colour."""
    y = (lab[:, 0] + 16) / 116
    f = np.stack([y + lab[:, 1] / 500, y, y - lab[:, 2] / 200], axis=1)
    xyz = np.where(f > 6 / 29, f**3, (f - 16 / 116) / 7.787) * _WHITE
    return np.asarray(xyz @ _RGB_OF_XYZ.T)
