"""The largest picture that is decoded; larger ones are refused before decoding."""

from __future__ import annotations

from hairopt.images.header import Header

MAX_MEGAPIXELS = 64
"""Largest picture in million pixels: 8000 x 8000. Full-frame cameras have up to 61."""

MAX_DECODING_MB = 700
"""Largest memory of a file and its decoded pixels together, in MB (10**6 bytes).

With it, decoding and dyeing a picture stay below 1 GB. (Scoring in a bench does not yet: see
``measure.quality.SCORING_BYTES_PER_PX``.) A JPEG, a PNG or a WebP of 8 bits per
channel stays below it up to ``MAX_MEGAPIXELS``; 16 bits per channel, and CMYK or progressive JPEGs
at full resolution of colour, reach it earlier.
"""


def excess(header: Header, file_bytes: int) -> str | None:
    """Why a picture is too large; None if it is not."""
    px = header.width_px * header.height_px
    size = f"it has {header.width_px} x {header.height_px} pixels"
    if px > MAX_MEGAPIXELS * 1_000_000:
        return f"{size}, more than {MAX_MEGAPIXELS} megapixels"
    decoded_mb, file_mb = px * header.decoding_bytes_per_px / 1e6, file_bytes / 1e6
    if decoded_mb + file_mb > MAX_DECODING_MB:
        return (
            f"{size}, which take {decoded_mb:.0f} MB to decode; with the file's {file_mb:.0f} MB "
            f"this is more than {MAX_DECODING_MB} MB"
        )
    return None
