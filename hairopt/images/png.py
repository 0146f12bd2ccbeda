"""PNG files: their chunks, each verified by its checksum.

Source: W3C, "Portable Network Graphics (PNG) Specification (Third Edition)"; the numbers of
sections are its own.
"""

from __future__ import annotations

import struct
import zlib

from hairopt.images.header import Channels, DamagedError, Header
from hairopt.images.limits import require_few
from hairopt.images.png_colour import profile_of

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_GREY, _RGB, _PALETTE, _GREY_ALPHA, _RGB_ALPHA = 0, 2, 3, 4, 6
_BITS = {
    _GREY: (1, 2, 4, 8, 16),
    _RGB: (8, 16),
    _PALETTE: (1, 2, 4, 8),
    _GREY_ALPHA: (8, 16),
    _RGB_ALPHA: (8, 16),
}
"""Table 12."""

_KEPT = (b"IHDR", b"tRNS", b"acTL", b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"eXIf")


def read_png(data: bytes) -> Header:
    """Read the chunks up to IEND; bytes after it are no part of the picture.

    Whether libpng checks the checksums depends on its build.

    Raises:
        DamagedError: the file is truncated, a checksum is wrong, or the header is invalid.
        RefusedError: its colours cannot be converted, or it has too much metadata.
    """
    chunks, end = _chunks(data)
    try:
        width, height, bits, colour, _, _, _ = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    except (KeyError, struct.error) as error:
        raise DamagedError("its header chunk is missing or damaged") from error
    if not (width and height):
        raise DamagedError("its header gives it no pixels")
    if bits not in _BITS.get(colour, ()):
        raise DamagedError(f"its header names no kind of pixels ({bits} bits, colour {colour})")
    channels: Channels = "grey" if colour in (_GREY, _GREY_ALPHA) else "rgb"
    key = chunks.get(b"tRNS")
    has_alpha = colour in (_GREY_ALPHA, _RGB_ALPHA) or (key is not None and colour != _GREY)
    return Header(
        format="PNG",
        width_px=width,
        height_px=height,
        channels=channels,
        bits=16 if bits == 16 else 8,
        has_alpha=has_alpha,
        transparent_grey=_transparent_grey(key, bits) if key and colour == _GREY else None,
        is_palette=colour == _PALETTE,
        is_animated=b"acTL" in chunks,
        decoding_bytes_per_px=3 + _decoder_bytes_per_px(channels, bits, has_alpha=has_alpha),
        profile=profile_of(chunks),
        exif=chunks.get(b"eXIf", b""),
        end=end,
    )


def _chunks(data: bytes) -> tuple[dict[bytes, bytes], int]:
    """The first chunk of each kind that describes the picture, and the end of the picture."""
    found: dict[bytes, bytes] = {}
    view, position = memoryview(data), len(SIGNATURE)
    while True:
        if position + 12 > len(data):
            raise DamagedError("it ends before its last chunk")
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 8 + length
        if end + 4 > len(data):
            raise DamagedError("it ends within a chunk")
        if zlib.crc32(view[position + 4 : end]) != struct.unpack_from(">I", data, end)[0]:
            raise DamagedError(f"the checksum of a {kind.decode('latin-1')} chunk is wrong")
        if kind in _KEPT and kind not in found:
            require_few(length)
            found[kind] = data[position + 8 : end]
        position = end + 4
        if kind == b"IEND":
            return found, position


def _transparent_grey(key: bytes, bits: int) -> int | None:
    """The transparent value after decoding: 0..255, or 0..65535 with 16 bits."""
    if len(key) != 2:
        return None
    top: int = 2**bits - 1
    value = int.from_bytes(key, "big") & top
    return value if bits == 16 else value * 255 // top


def _decoder_bytes_per_px(channels: Channels, bits: int, *, has_alpha: bool) -> int:
    """OpenCV's memory beside the result; 0 if it decodes directly into the result."""
    stored = 4 if has_alpha else 1 if channels == "grey" else 3
    if bits == 16:
        return 2 * stored
    return stored if has_alpha else 0
