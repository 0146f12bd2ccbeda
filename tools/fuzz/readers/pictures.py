"""Photos and truth masks."""

from __future__ import annotations

from pathlib import Path

from tools.fuzz.mutators.picture import picture
from tools.fuzz.reader import Reader

_REDUCE = (1, 1, 2, 4, 8)


def _read_picture(data: bytes, folder: Path) -> None:
    from hairopt.images import decode_image

    decode_image(data, "photo.png", reduce=_REDUCE[len(data) % len(_REDUCE)])


def _read_mask(data: bytes, folder: Path) -> None:
    from hairopt.images import decode_levels

    decode_levels(data, "mask.png")


_CODE = tuple(
    f"hairopt.images.{part}"
    for part in (
        "decode",
        "exif",
        "header",
        "icc",
        "jpeg",
        "limits",
        "mask",
        "opencv",
        "png",
        "png_colour",
        "profile",
        "webp",
    )
)

PICTURE = Reader("picture", _read_picture, picture, _CODE, max_bytes=50_000)
MASK = Reader("mask", _read_mask, picture, _CODE, max_bytes=50_000)
