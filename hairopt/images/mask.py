"""Decode truth masks: grey levels to coverage, or an error that says what the file holds."""

from __future__ import annotations

from typing import NoReturn

import numpy as np

from hairopt.images import opencv
from hairopt.images.class_indices import find_classes, how_to_convert
from hairopt.images.decode import explained, read_header, stored_pixels
from hairopt.images.exif import upright
from hairopt.images.header import Header, refuse
from hairopt.pieces import pieces
from hairopt.types import Box, MaskU8

_BYTES_PER_PX = 8


def decode_levels(data: bytes, name: str) -> MaskU8:
    """Decode a truth mask: 8-bit grey; 0 is not hair, 255 is hair, values between are coverage.

    The stored values are used: a colour profile does not apply to coverage.

    Args:
        data: the bytes of the file; JPEG, PNG or WebP.
        name: the name of the file in messages.

    Returns:
        uint8 (H, W), upright.

    Raises:
        DataError: as ``decode_image``; also 16-bit, coloured or transparent masks, and masks
            that hold class indices.
    """
    header = read_header(data, name)
    if header.bits == 16:
        refuse(name, "it has 16 bits per channel; save the mask as 8-bit grey, 0 to 255")
    if header.channels == "cmyk":
        _refuse_colours(name, of_palette=False)
    with explained(name):
        grey = upright(_grey(header, data, name), header.exif)
    classes = find_classes(grey)
    if classes is not None:
        reason = f"it holds {classes}, not coverage; hair has to be 255, everything else 0"
        refuse(name, reason, fix=how_to_convert(name, classes))
    return grey


def _grey(header: Header, data: bytes, name: str) -> MaskU8:
    """The levels as stored, (H, W)."""
    import cv2

    if header.channels == "grey" and not header.has_alpha and header.transparent_grey is None:
        flags = cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION
        return opencv.decode(
            memoryview(data)[: header.end], flags, (header.height_px, header.width_px)
        )
    stored = stored_pixels(header, data)
    if stored.ndim == 2:
        _require_opaque(name, opaque=not (stored == header.transparent_grey).any())
        return stored
    height, width = stored.shape[:2]
    grey = np.empty((height, width), np.uint8)
    for piece in pieces(Box.full(height, width), bytes_per_px=_BYTES_PER_PX):
        part = stored[piece.inner.slices]
        if part.shape[2] == 4:
            _require_opaque(name, opaque=part[..., 3].min() == 255)
        if not ((part[..., 0] == part[..., 1]).all() and (part[..., 0] == part[..., 2]).all()):
            _refuse_colours(name, of_palette=header.is_palette)
        grey[piece.inner.slices] = part[..., 0]
    return grey


def _require_opaque(name: str, *, opaque: bool) -> None:
    if not opaque:
        refuse(name, "it is transparent; save the mask as 8-bit grey without transparency")


def _refuse_colours(name: str, *, of_palette: bool) -> NoReturn:
    if not of_palette:
        refuse(name, "it is coloured; a mask is 8-bit grey, where 0 is not hair and 255 is hair")
    reason = "its palette is coloured, as for class indices; hair has to be 255, everything else 0"
    refuse(name, reason, fix=how_to_convert(name))
