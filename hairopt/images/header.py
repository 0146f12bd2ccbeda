"""The header of a picture file: known before decoding, with the errors of refused files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NoReturn

from hairopt.errors import DataError

Format = Literal["JPEG", "PNG", "WEBP"]
Channels = Literal["grey", "rgb", "cmyk"]


@dataclass(frozen=True)
class Header:
    """The header of a picture that is not yet decoded.

    Attributes:
        format: format of the file.
        width_px: as stored, before the orientation is applied.
        height_px: as stored.
        channels: the channels of a pixel; a palette is ``rgb``.
        bits: bits per channel, 8 or 16; fewer count as 8.
        has_alpha: whether pixels can be transparent; a WebP may say so without an alpha channel.
        transparent_grey: the grey value of transparent pixels, if there is one.
        is_palette: whether the file holds indices into a palette.
        is_animated: whether it is a sequence of pictures.
        decoding_bytes_per_px: memory for decoding, the result (3) included.
        profile: the ICC profile of its colours; None for sRGB or if there is none.
        exif: the EXIF block; may be empty.
        end: offset of the end of the picture in the file; None if the decoder finds it.
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
    """A file that is truncated or damaged; the text says where, and is put in brackets."""


class RefusedError(ValueError):
    """An intact file that cannot be used; the text follows "cannot be used:"."""


def refuse(
    name: str, reason: str, cause: BaseException | None = None, *, fix: str = ""
) -> NoReturn:
    """Raise a DataError that names the file and what is wrong with it."""
    raise DataError(f"{name} cannot be used: {reason}.", fix) from cause
