"""What can be known of a picture file before it is decoded, and what is refused by it."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, NoReturn

from hairopt.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("JPEG", "PNG", "WEBP")
"""The file formats that are read."""

MAX_MEGAPIXELS = 100
"""Pictures with more pixels are refused from their header, before anything is decoded."""

_FOREIGN = {
    b"GIF8": "a GIF",
    b"BM": "a BMP",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"%PDF": "a PDF",
    b"<svg": "an SVG",
    b"<?xml": "an XML or SVG",
}


def refuse(
    name: str, reason: str, cause: BaseException | None = None, *, fix: str = ""
) -> NoReturn:
    """Raise the one kind of error that this package raises: the file, and what is wrong with it."""
    raise DataError(f"{name} cannot be used: {reason}.", fix) from cause


def open_header(data: bytes, name: str) -> Image.Image:
    """The header, with everything refused that can be refused without decoding."""
    from PIL import Image, UnidentifiedImageError

    if not data:
        refuse(name, "it is empty (zero bytes)")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            header = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        refuse(name, f"it has more than {MAX_MEGAPIXELS} megapixels", error)
    except UnidentifiedImageError as error:
        refuse(name, f"it is {_foreign(data)}; JPEG, PNG and WebP are read", error)
    except Exception as error:  # a damaged header may raise anything
        refuse(name, f"it is truncated or damaged ({error})", error)
    width, height = header.size
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        refuse(
            name,
            f"it has {width} x {height} pixels, more than {MAX_MEGAPIXELS} megapixels",
        )
    # A JPEG with several pictures (MPO: depth map, preview) is no animation; its first one counts.
    if header.format in ("PNG", "WEBP") and getattr(header, "is_animated", False):
        refuse(name, "it is animated; save the frame you mean as a still picture")
    return header


def _foreign(data: bytes) -> str:
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"avif"):
        return "a HEIC or AVIF picture"
    for magic, what in _FOREIGN.items():
        if data.startswith(magic):
            return f"{what} file"
    if data.startswith((b"\xff\xd8", b"\x89PNG", b"RIFF")):
        return "truncated or damaged within its header"
    return "no picture"


def bits_per_channel(header: Image.Image, data: bytes) -> int:
    """Bits per channel; only PNG knows others than 8 among the formats that are read."""
    return data[24] if header.format == "PNG" else 8


def has_alpha(header: Image.Image) -> bool:
    """Whether pixels may be transparent."""
    return header.mode in ("LA", "PA", "RGBA") or "transparency" in header.info
