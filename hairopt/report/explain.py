"""One answer explained: photo, mask and result side by side."""

from __future__ import annotations

import numpy as np

from hairopt.stages.mask import upsample
from hairopt.types import ImageU8, MaskF32

_GAP_PX = 8


def side_by_side(photo: ImageU8, mask: MaskF32, result: ImageU8) -> ImageU8:
    """Photo, mask in grey and result, left to right with a white gap of 8 pixels.

    Args:
        photo: uint8 (H, W, 3) RGB.
        mask: float32 (h, w) in [0, 1], covering the whole frame at any resolution.
        result: uint8 (H, W, 3) RGB.

    Returns:
        uint8 (H, 3 * W + 16, 3) RGB.
    """
    height, width = photo.shape[:2]
    grey = np.rint(255 * upsample(mask, height, width)).astype(np.uint8)
    gap = np.full((height, _GAP_PX, 3), 255, dtype=np.uint8)
    return np.hstack([photo, gap, np.repeat(grey[:, :, None], 3, axis=2), gap, result])
