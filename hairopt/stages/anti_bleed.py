"""Anti-bleed: correct the edge of the mask by the colours and edges of the photo."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hairopt.stages.mask import resize_to
from hairopt.types import ImageU8, MaskF32

_RADIUS_SHARE = 1 / 32
"""Radius of the windows, as a share of the longer side of the frame."""

_GRID_PX = 128
"""Longest side of the grid on which colours are averaged; they vary slowly."""

_ENOUGH = 0.02
"""Least share of a window with coverage 1, and with coverage 0, to know both mean colours."""

_DISTINCT = 60.0
"""Distance of two colours (RGB, 0..255) from which they distinguish hair from the rest; from twice
this distance on they are fully trusted."""

_FIT_PX = 256
"""Longest side of the frame on which the fast guided filter fits."""

_EPSILON = 0.004
"""Variance of the luminance (0..1) below which an edge of the photo does not move the mask."""

_LOW, _HIGH = 0.2, 0.8
"""Coverage after the guided filter that counts as 0 and as 1, because the filter blurs."""


def reach_px(height_px: int, width_px: int) -> int:
    """Reach of ``follow_edges`` in pixels: two windows, one after the other."""
    return 2 * _radius(height_px, width_px) + 1


def limit_by_colour(alpha: MaskF32, image: ImageU8) -> MaskF32:
    """Reduce the coverage of uncertain pixels whose colour is not that of the hair.

    Around each uncertain pixel (coverage strictly between 0 and 1), F is the mean colour of the
    pixels with coverage 1 and B that of the pixels with coverage 0. The coverage of a pixel of
    colour I is then limited to its projection on the line from B to F,
    ``(I - B) . (F - B) / |F - B|^2``, weighted by how distinct F and B are. Coverage is never
    increased.

    Args:
        alpha: float32 (h, w) in [0, 1].
        image: uint8 (h, w, 3) RGB, the photo at the same resolution.

    Returns:
        float32 (h, w) in [0, 1], nowhere above ``alpha``.
    """
    axis, origin, trust = _colour_axis(image, alpha)
    height, width = alpha.shape
    uncertain = np.flatnonzero((alpha > 0) & (alpha < 1))
    row, column = np.divmod(uncertain, width)
    cell = (row * trust.shape[0] // height) * trust.shape[1] + column * trust.shape[1] // width
    colour = image.reshape(-1, 3).take(uncertain, axis=0)
    way = np.einsum("ij,ij->i", colour, axis.reshape(-1, 3).take(cell, axis=0))
    way = np.clip(way - origin.take(cell), 0, 1)
    limited = alpha.flatten()
    before = limited[uncertain]
    limited[uncertain] = before - trust.take(cell) * np.maximum(before - way, 0)
    return limited.reshape(alpha.shape)


def follow_edges(
    alpha: MaskF32, image: ImageU8, whole_px: tuple[int, int], *, fast: bool
) -> MaskF32:
    """Move the edge of the mask to the photo's edge beside it, by a guided filter.

    Source: He, Sun & Tang, "Guided image filtering", TPAMI 2013. Within every window the mask is
    fitted as a linear function of the photo's luminance. A smooth step then undoes the blur of the
    filter. Areas far from any coverage get none.

    Args:
        alpha: float32 (h, w) in [0, 1]; a frame or a part of one.
        image: uint8 (H, W, 3) RGB, the same part of the photo; if ``fast``, it may be larger.
        whole_px: height and width of the whole frame; they set the size of the windows.
        fast: whether the linear functions are fitted on at most 256 px and enlarged (He & Sun,
            "Fast guided filter", 2015); only where the arrays are the whole frame.

    Returns:
        float32 (H, W) in [0, 1].
    """
    step = _guided_filter(alpha, image, whole_px, fast=fast)
    step -= np.float32(_LOW)
    step *= np.float32(1 / (_HIGH - _LOW))
    np.clip(step, np.float32(0), np.float32(1), out=step)
    slope = 2 * step
    np.subtract(3, slope, out=slope)
    step *= step
    step *= slope
    step *= resize_to(alpha, *step.shape) > 0
    return step


def _halved(array: np.ndarray, most_px: int) -> np.ndarray:
    """The array with both sides halved until they are at most ``most_px`` long.

    Averages over squares of two pixels take a tenth of the time of averages over other areas.
    """
    import cv2

    while max(array.shape[:2]) > most_px:
        height, width = (max(1, side // 2) for side in array.shape[:2])
        array = cv2.resize(array, (width, height), interpolation=cv2.INTER_AREA)
    return array


def _radius(height: int, width: int) -> int:
    return max(1, round(max(height, width) * _RADIUS_SHARE))


def _colour_axis(image: ImageU8, alpha: MaskF32) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per cell of the grid: ``n`` and ``o`` of the projection ``I . n - o``, and its weight."""
    import cv2

    photo = cv2.split(_halved(image, _GRID_PX).astype(np.float32))
    hair, hair_share = _colour_around(photo, alpha >= 1)
    beside, beside_share = _colour_around(photo, alpha <= 0)
    apart = [there - here for there, here in zip(hair, beside, strict=True)]
    squared = np.maximum(_dot(apart, apart), np.float32(1e-6))
    axis = [plane / squared for plane in apart]
    known = (hair_share > _ENOUGH) & (beside_share > _ENOUGH)
    trust = known * np.clip(np.sqrt(squared) * np.float32(1 / _DISTINCT) - 1, 0, 1)
    return cv2.merge(axis), _dot(beside, axis), trust


def _colour_around(
    photo: Sequence[np.ndarray], where: np.ndarray
) -> tuple[list[np.ndarray], np.ndarray]:
    """Mean colour of selected pixels in the window around each grid cell, and their share.

    Args:
        photo: the planes of the photo on the grid, float32.
        where: the selected pixels, bool (h, w), at the resolution of the mask.
    """
    import cv2

    weight = _halved(where.astype(np.float32), _GRID_PX)
    window = (2 * _radius(*weight.shape) + 1,) * 2
    share = cv2.blur(weight, window)
    least = np.maximum(share, np.float32(1e-6))
    return [cv2.blur(plane * weight, window) / least for plane in photo], share


def _dot(a: Sequence[np.ndarray], b: Sequence[np.ndarray]) -> np.ndarray:
    """Dot product of two colours, plane by plane: numpy is slow along an axis of length 3."""
    return np.asarray(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])


def _guided_filter(
    mask: MaskF32, image: ImageU8, whole_px: tuple[int, int], *, fast: bool
) -> MaskF32:
    import cv2

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    fit_px = _FIT_PX if fast else max(whole_px)
    guide = _halved(_luminance(grey), min(fit_px, max(mask.shape)))
    target = resize_to(_halved(mask, fit_px), *guide.shape)
    radius = _radius(*(guide.shape if fast else whole_px))
    guide_mean, offset = _around(guide, radius), _around(target, radius)
    slope = _around(guide * target, radius)
    slope -= guide_mean * offset  # the covariance
    guide *= guide
    variance = _around(guide, radius)
    del guide, target  # planes of a large photo
    variance -= guide_mean * guide_mean
    np.maximum(variance, 0, out=variance)
    variance += np.float32(_EPSILON)
    slope /= variance  # equation 5
    guide_mean *= slope
    offset -= guide_mean  # equation 6
    del guide_mean, variance
    guided: MaskF32 = resize_to(_around(slope, radius), *grey.shape)
    guided *= _luminance(grey)
    guided += resize_to(_around(offset, radius), *grey.shape)  # equation 8
    return guided


def _luminance(grey: np.ndarray) -> MaskF32:
    """Luminance in 0..1 from grey in 0..255."""
    plane = grey.astype(np.float32)
    plane *= np.float32(1 / 255)
    return plane


def _around(plane: np.ndarray, radius: int) -> MaskF32:
    """The mean of the window around every pixel."""
    import cv2

    side = (2 * radius + 1, 2 * radius + 1)
    return np.asarray(cv2.blur(plane, side), dtype=np.float32)
