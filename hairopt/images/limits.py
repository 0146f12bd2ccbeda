"""The largest picture that is decoded; larger ones are refused before decoding."""

from __future__ import annotations

from math import ceil

from hairopt.images.exif import SIDEWAYS, orientation_of
from hairopt.images.header import Header, RefusedError

MAX_MEGAPIXELS = 64
"""Largest picture in million pixels: 8000 x 8000. Full-frame cameras have up to 61."""

MAX_FILE_MB = 300
"""Largest file in MB (10**6 bytes). 64 megapixels of noise as PNG take 192, 16-bit ones 276."""

MAX_METADATA_MB = 32
"""Largest metadata of a file (EXIF, colour profile, all that precedes the pixels of a JPEG): the
libraries that read them copy them, some more than once."""

MAX_DECODING_MB = 700
"""Largest memory of a file and its decoded pixels together, in MB.

With this limit, all work on one picture stays below 1 GB. A JPEG, a PNG or a WebP of 8 bits per
channel stays below it up to ``MAX_MEGAPIXELS``; 16 bits per channel, and CMYK or progressive JPEGs
at full resolution of colour, reach it earlier.
"""

PIECE_BYTES = 25_000_000
"""Largest memory of a colour conversion, besides the picture before and after it."""

_TURNED_BYTES_PER_PX = 6
"""Bytes per pixel of a picture as stored and upright, if its orientation exchanges the sides."""


def require_few(metadata_bytes: int) -> None:
    """Refuse a file with too much beside its pixels.

    Raises:
        RefusedError: it has more than ``MAX_METADATA_MB``.
    """
    if metadata_bytes > MAX_METADATA_MB * 1_000_000:
        raise RefusedError(
            f"it has {ceil(metadata_bytes / 1e6)} MB of metadata, more than {MAX_METADATA_MB} MB"
        )


def too_many_pixels(height_px: int, width_px: int) -> str | None:
    """Why a picture has too many pixels; None if it has not."""
    if height_px * width_px <= MAX_MEGAPIXELS * 1_000_000:
        return None
    return f"it has {width_px} x {height_px} pixels, more than {MAX_MEGAPIXELS} megapixels"


def excess(header: Header, file_bytes: int) -> str | None:
    """Why a picture is too large; None if it is not."""
    px = header.width_px * header.height_px
    size = f"it has {header.width_px} x {header.height_px} pixels"
    if (reason := too_many_pixels(header.height_px, header.width_px)) is not None:
        return reason
    if file_bytes > MAX_FILE_MB * 1_000_000:
        return f"it is a file of {ceil(file_bytes / 1e6)} MB, more than {MAX_FILE_MB} MB"
    bytes_per_px = header.decoding_bytes_per_px
    if orientation_of(header.exif) in SIDEWAYS:
        bytes_per_px = max(bytes_per_px, _TURNED_BYTES_PER_PX)
    decoded_mb, file_mb = px * bytes_per_px / 1e6, file_bytes / 1e6
    if decoded_mb + file_mb > MAX_DECODING_MB:
        return (
            f"{size}, which take {decoded_mb:.0f} MB to decode; with the file's {file_mb:.0f} MB "
            f"this is more than {MAX_DECODING_MB} MB"
        )
    return None
