"""Enlarge the mask of a small network along the edges of the photo."""

from __future__ import annotations

import numpy as np

from hairopt.stages.mask import resize_to
from hairopt.types import ImageU8, MaskF32

SIDE_PX = 512
"""Longer side of the enlarged mask, in pixels. A larger one does not improve the edges of masks of
192 to 448 px, and makes every later stage slower."""

_RADIUS = 4
"""Radius of the windows of the guided filter, in pixels of the small mask."""

_EPSILON = 1e-2
"""Variance of the brightness (0..1) below which a window counts as without an edge."""


def upsample_guided(mask: MaskF32, image: ImageU8) -> MaskF32:
    """Enlarge a mask so that its edge follows the photo's: the fast guided filter.

    In every window of the small mask, ``mask = a * brightness + b`` is fitted; the coefficients,
    not the mask, are enlarged, and applied to the brightness of the larger photo (He & Sun 2015,
    "Fast Guided Filter", equations 4 to 6).

    Args:
        mask: float32 (h, w) in [0, 1], covering the whole frame.
        image: uint8 (H, W, 3) RGB.

    Returns:
        float32 in [0, 1], the photo's shape at most ``SIDE_PX`` long; the mask itself where it is
        as large already.
    """
    import cv2

    height, width = image.shape[:2]
    scale = min(1.0, SIDE_PX / max(height, width))
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    if rows <= mask.shape[0] and columns <= mask.shape[1]:
        return mask
    large = cv2.cvtColor(resize_to(image, rows, columns), cv2.COLOR_RGB2GRAY)
    guide = large.astype(np.float32) * np.float32(1 / 255)
    small = np.asarray(
        cv2.resize(guide, mask.shape[::-1], interpolation=cv2.INTER_AREA), np.float32
    )
    slope, offset = _fit(small, mask)
    wide = [cv2.resize(c, (columns, rows), interpolation=cv2.INTER_LINEAR) for c in (slope, offset)]
    return np.asarray(np.clip(wide[0] * guide + wide[1], 0, 1))


def _fit(guide: MaskF32, mask: MaskF32) -> tuple[MaskF32, MaskF32]:
    """Slope and offset of every window, averaged over the windows that contain a pixel."""
    mean_guide, mean_mask = _mean(guide), _mean(mask)
    covariance = _mean(guide * mask) - mean_guide * mean_mask
    variance = _mean(guide * guide) - mean_guide * mean_guide
    slope = np.asarray(covariance / (variance + np.float32(_EPSILON)), np.float32)
    return _mean(slope), _mean(mean_mask - slope * mean_guide)


def _mean(values: MaskF32) -> MaskF32:
    import cv2

    side = 2 * _RADIUS + 1
    return np.asarray(cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT))
