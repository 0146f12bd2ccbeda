"""EXIF orientation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_ORIENTATION_TAG = 0x0112


def upright(pixels: NDArray[np.uint8], exif: bytes) -> NDArray[np.uint8]:
    """Apply the orientation (Exif 2.3, tag 0x0112); 1 and invalid values change nothing.

    Args:
        pixels: uint8 (H, W) or (H, W, 3); they may be changed.
        exif: the block of the file they come from; may be empty.
    """
    import cv2

    orientation = _orientation(exif)
    if orientation in (5, 6, 7, 8):
        pixels = np.asarray(cv2.transpose(pixels), dtype=np.uint8)
    flip = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}.get(orientation)
    return pixels if flip is None else np.asarray(cv2.flip(pixels, flip), dtype=np.uint8)


def _orientation(block: bytes) -> int:
    from PIL import Image

    if not block:
        return 1
    exif = Image.Exif()
    try:
        exif.load(block)
        return int(exif.get(_ORIENTATION_TAG, 1))
    except Exception:  # a damaged EXIF block says nothing about the pixels
        return 1
