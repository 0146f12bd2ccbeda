"""One answer explained: photo, mask and result side by side."""

from __future__ import annotations

import numpy as np

from hairopt.stages.mask import resize_to, upsample
from hairopt.types import ImageU8, MaskF32

PANEL_PX = 2048
"""Longest side of each of the three; larger photos are shrunk."""

_GAP_PX = 8


def side_by_side(photo: ImageU8, mask: MaskF32, result: ImageU8) -> ImageU8:
    """Photo, mask in grey and result, left to right with a white gap of 8 pixels.

    Each is at most ``PANEL_PX`` long.

    Args:
        photo: uint8 (H, W, 3) RGB.
        mask: float32 (h, w) in [0, 1], covering the whole frame at any resolution.
        result: uint8 (H, W, 3) RGB.

    Returns:
        uint8 (H, 3 * W + 16, 3) RGB; H and W those of the photo where it is not shrunk.
    """
    scale = min(1.0, PANEL_PX / max(photo.shape[:2]))
    height, width = (max(1, round(side * scale)) for side in photo.shape[:2])
    photo, result = resize_to(photo, height, width), resize_to(result, height, width)
    grey = np.rint(255 * upsample(mask, height, width)).astype(np.uint8)
    gap = np.full((height, _GAP_PX, 3), 255, dtype=np.uint8)
    return np.hstack([photo, gap, np.repeat(grey[:, :, None], 3, axis=2), gap, result])
