"""Truth masks: grey levels to coverage, or an error that says what the file holds instead."""

from __future__ import annotations

from typing import NoReturn

import numpy as np

from hairopt.images.class_indices import find_classes, how_to_convert
from hairopt.images.decode import decode_stored
from hairopt.images.header import bits_per_channel, has_alpha, open_header, refuse
from hairopt.types import MaskF32


def decode_mask(data: bytes, name: str) -> MaskF32:
    """Decode a truth mask: 8-bit grey, 0 is not hair, 255 is hair, between is coverage.

    The values count as they are stored: a colour profile says nothing about coverage.

    Args:
        data: the bytes of the file; JPEG, PNG or WebP.
        name: what to call the file in messages.

    Returns:
        float32 (H, W) in [0, 1], upright.

    Raises:
        DataError: as ``decode_image``; also 16-bit, coloured or transparent masks, and masks
            that hold class indices.
    """
    header = open_header(data, name)
    if bits_per_channel(header, data) == 16:
        refuse(name, "it has 16 bits per channel; save the mask as 8-bit grey, 0 to 255")
    rgb = decode_stored(data, name)
    if has_alpha(header) and np.asarray(header.convert("RGBA"))[..., 3].min() < 255:
        refuse(name, "it is transparent; save the mask as 8-bit grey without transparency")
    grey = np.ascontiguousarray(rgb[..., 0])
    if not ((grey == rgb[..., 1]).all() and (grey == rgb[..., 2]).all()):
        _refuse_colours(name, of_palette=header.mode == "P")
    classes = find_classes(grey)
    if classes is not None:
        reason = f"it holds {classes} and no coverage; hair has to be 255, everything else 0"
        refuse(name, reason, fix=how_to_convert(name, classes))
    return np.divide(grey, 255, dtype=np.float32)


def _refuse_colours(name: str, *, of_palette: bool) -> NoReturn:
    if not of_palette:
        refuse(name, "it is coloured; a mask is 8-bit grey, where 0 is not hair and 255 is hair")
    reason = (
        "its palette is coloured, as that of class indices is; hair has to be 255, everything else "
        "0"
    )
    refuse(name, reason, fix=how_to_convert(name))
