"""EXIF orientation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hairopt.types import ImageU8

if TYPE_CHECKING:
    from PIL import Image

_ORIENTATION_TAG = 0x0112


def upright(pixels: ImageU8, header: Image.Image, data: bytes) -> ImageU8:
    """Apply the EXIF orientation (Exif 2.3, tag 0x0112); 1 and invalid values change nothing."""
    import cv2

    orientation = _orientation(header, data)
    if orientation in (5, 6, 7, 8):
        pixels = np.asarray(cv2.transpose(pixels), dtype=np.uint8)
    flip = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}.get(orientation)
    return pixels if flip is None else np.asarray(cv2.flip(pixels, flip), dtype=np.uint8)


def _orientation(header: Image.Image, data: bytes) -> int:
    from PIL import Image

    if header.format == "PNG" and b"eXIf" in data:
        header.load()  # the chunk may follow the pixels
    exif = Image.Exif()
    try:
        exif.load(header.info.get("exif", b""))
        return int(exif.get(_ORIENTATION_TAG, 1))
    except Exception:  # a damaged EXIF block says nothing about the pixels
        return 1
