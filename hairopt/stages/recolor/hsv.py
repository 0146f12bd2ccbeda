"""Stage recolor: dye every pixel, in HSV without rounding in between."""

from __future__ import annotations

import colorsys

import numpy as np
from numpy.typing import NDArray

from hairopt.stages.protocol import Dye
from hairopt.types import ImageU8, MaskF32, Shade

_CHUNK_PX = 65_536
"""Pixels per step: few enough for their float planes to stay in the cache, with few calls."""

_ABOVE_ZERO = 1e-6
"""Added to every channel against a division by zero at black; too small to change a result."""


class Hsv:
    """``recolor.hsv``: every pixel by itself; the mask is not needed. It has no options."""

    def prepare(self, photo: ImageU8, mask: MaskF32, shade: Shade, intensity: float) -> Dye:
        """``recolor_hsv`` of each part."""
        del mask
        return lambda box: recolor_hsv(photo[box.slices], shade, intensity)


def recolor_hsv(image: ImageU8, shade: Shade, intensity: float) -> ImageU8:
    """Hue from the shade, saturation blended, value kept.

    With ``t = intensity / 100``, a pixel ``p`` of HSV value ``V = max(p)``, and ``s`` the shade at
    full value (``max(s) = 1``, the shade's hue and saturation)::

        q   = (1 - t) p + t V s
        out = V q / max(q)

    The value of every pixel is kept exactly. At t = 1 hue and saturation are those of the shade.
    In between, the colour moves on the straight line from one to the other: with equal hues, the
    saturation is ``(1 - t) S + t S_shade``; with different hues, the hue changes continuously in
    the shorter direction, without a jump near t = 0.

    The formula is evaluated in float32 and rounded once. 8-bit HSV has errors of up to 2.2 dE00 and
    takes the same time.

    The method cannot change the value: black hair cannot become blond, white hair cannot become
    black, and a grey shade such as black only removes colour.

    Args:
        image: uint8 (H, W, 3) RGB.
        shade: the wanted colour; its HSV value is ignored.
        intensity: 0 (a copy of the photo, bit for bit) .. 100.

    Returns:
        uint8 (H, W, 3) RGB.

    Source: HSV as in A. R. Smith, "Color gamut transform pairs", SIGGRAPH 1978.
    """
    t = float(intensity) / 100
    if t <= 0:
        return np.array(image)
    out = np.empty_like(image)
    rows = max(1, _CHUNK_PX // max(1, image.shape[1]))
    for top in range(0, image.shape[0], rows):
        out[top : top + rows] = _recolor_chunk(image[top : top + rows], _at_full_value(shade), t)
    return out


def oracle_recolor(
    image: ImageU8, truth: MaskF32, shade: Shade, intensity: float
) -> NDArray[np.float64]:
    """The answer with a perfect mask and exact arithmetic.

    The formula of ``recolor_hsv`` in float64, blended with the photo by the truth mask and not
    rounded.

    Args:
        image: uint8 (H, W, 3) RGB.
        truth: float32 (H, W) in [0, 1], coverage.
        shade: the wanted colour.
        intensity: 0..100.

    Returns:
        float64 (H, W, 3), RGB in 0..255.
    """
    t = float(intensity) / 100
    p = image.astype(np.float64)
    value = p.max(axis=2, keepdims=True)
    q = (1 - t) * p + t * value * np.array(_at_full_value(shade))
    dyed = q * np.divide(value, q.max(axis=2, keepdims=True), where=value > 0, out=value.copy())
    alpha = truth[..., None].astype(np.float64)
    return np.asarray(p + alpha * (dyed - p))


def _at_full_value(shade: Shade) -> tuple[float, float, float]:
    hue, saturation, _ = colorsys.rgb_to_hsv(*(channel / 255 for channel in shade.rgb))
    return colorsys.hsv_to_rgb(hue, saturation, 1.0)


def _recolor_chunk(rgb: ImageU8, full: tuple[float, float, float], t: float) -> ImageU8:
    import cv2

    planes = cv2.split(np.ascontiguousarray(rgb))  # splitting a part of a photo is slower
    value = cv2.max(cv2.max(planes[0], planes[1]), planes[2])
    q = [
        cv2.addWeighted(plane, 1 - t, value, t * level, _ABOVE_ZERO, dtype=cv2.CV_32F)
        for plane, level in zip(planes, full, strict=True)
    ]
    largest = np.maximum(q[0], q[1])
    np.maximum(largest, q[2], out=largest)
    scale = cv2.divide(value, largest, dtype=cv2.CV_32F)
    # Multiply in float32, then round once; OpenCV takes twice as long for both in one call.
    dyed = [cv2.convertScaleAbs(cv2.multiply(plane, scale, dst=plane)) for plane in q]
    return np.asarray(cv2.merge(dyed), dtype=np.uint8)
