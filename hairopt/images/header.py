"""What is known of a picture file before it is decoded, and what is refused by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NoReturn

from hairopt.errors import DataError

Format = Literal["JPEG", "PNG", "WEBP"]
Channels = Literal["grey", "rgb", "cmyk"]


@dataclass(frozen=True)
class Header:
    """A picture, not decoded yet.

    Attributes:
        format: of the file.
        width_px: as stored, before the orientation is applied.
        height_px: as stored.
        channels: what a pixel is made of; a palette is ``rgb``.
        bits: of a channel, 8 or 16; fewer are stored as 8.
        has_alpha: whether pixels can be transparent; a WebP may say so and hold no alpha.
        transparent_grey: the grey value that stands for a transparent pixel, if one does.
        is_palette: whether the file holds indices into a palette.
        is_animated: whether it is a sequence of pictures.
        decoding_bytes_per_px: what decoding takes, the result (3) included.
        profile: the ICC profile that describes its colours; None for sRGB, or where none is said.
        exif: the EXIF block; empty where there is none.
        end: where the picture ends in the file; None where the decoder finds it.
    """

    format: Format
    width_px: int
    height_px: int
    channels: Channels
    decoding_bytes_per_px: float
    bits: int = 8
    has_alpha: bool = False
    transparent_grey: int | None = None
    is_palette: bool = False
    is_animated: bool = False
    profile: bytes | None = None
    exif: bytes = b""
    end: int | None = None


class DamagedError(ValueError):
    """A file that is truncated or damaged; the text says where, to go into brackets."""


class RefusedError(ValueError):
    """A file that is not used, whole as it may be; the text goes after "cannot be used:"."""


def refuse(
    name: str, reason: str, cause: BaseException | None = None, *, fix: str = ""
) -> NoReturn:
    """Raise the one kind of error that this package raises: the file, and what is wrong with it."""
    raise DataError(f"{name} cannot be used: {reason}.", fix) from cause
