"""EXIF orientation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_ORIENTATION_TAG = 0x0112

TURNS = {
    2: "mirrored",
    3: "turned by 180 degrees",
    4: "mirrored upside down",
    5: "mirrored and turned by 90 degrees anticlockwise",
    6: "turned by 90 degrees clockwise",
    7: "mirrored and turned by 90 degrees clockwise",
    8: "turned by 90 degrees anticlockwise",
}
"""Orientation -> the change that makes the stored picture upright."""

SIDEWAYS = (5, 6, 7, 8)
"""Orientations that exchange the sides of the picture."""


def upright(pixels: NDArray[np.uint8], exif: bytes) -> NDArray[np.uint8]:
    """Apply the orientation (Exif 2.3, tag 0x0112); 1 and invalid values change nothing.

    Args:
        pixels: uint8 (H, W) or (H, W, 3); they may be changed.
        exif: the EXIF block of their file; may be empty.
    """
    import cv2

    orientation = orientation_of(exif)
    if orientation in SIDEWAYS:
        pixels = np.asarray(cv2.transpose(pixels), dtype=np.uint8)
    flip = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}.get(orientation)
    return pixels if flip is None else np.asarray(cv2.flip(pixels, flip, dst=pixels), np.uint8)


def orientation_of(block: bytes) -> int:
    """The orientation of an EXIF block, 1 to 8; 1 (upright) if it has none."""
    from PIL import Image

    if not block:
        return 1
    exif = Image.Exif()
    try:
        exif.load(block)
        found = int(exif.get(_ORIENTATION_TAG, 1))
    except Exception:  # a damaged EXIF block says nothing about the pixels
        return 1
    return found if found in TURNS else 1
