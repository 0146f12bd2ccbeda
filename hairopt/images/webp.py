"""WebP files: read their chunks, and find truncation that libwebp does not notice.

Source: RFC 9649, "WebP Image Format".
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from hairopt.images import opencv
from hairopt.images.header import DamagedError, Header
from hairopt.images.limits import require_few

_VP8_START = b"\x9d\x01\x2a"
_VP8L_SIGNATURE = 0x2F
_ALPHA_FLAG, _ANIMATION_FLAG = 0x10, 0x02

_LOSSY, _LOSSLESS, _EXTENDED = b"VP8 ", b"VP8L", b"VP8X"
_SPARE_BYTES = 64
"""Unneeded zeros at the end of a picture; no encoder writes so many."""


def read_webp(data: bytes) -> Header:
    """Read the chunks of a WebP file.

    Raises:
        DamagedError: the file is truncated, or its header is invalid.
    """
    chunks, nothing = _chunks(data), memoryview(b"")
    lossy, lossless, extended = (
        chunks.get(kind, nothing) for kind in (_LOSSY, _LOSSLESS, _EXTENDED)
    )
    animated = bool(extended and extended[0] & _ANIMATION_FLAG)
    has_alpha = b"ALPH" in chunks or bool(extended and extended[0] & _ALPHA_FLAG)
    try:
        if animated:
            width, height = (int.from_bytes(extended[at : at + 3], "little") + 1 for at in (4, 7))
        elif lossless:
            width, height, of_pixels = _lossless(lossless)
            has_alpha = has_alpha or of_pixels
        else:
            width, height = _lossy(lossy)
    except (struct.error, IndexError) as error:
        raise DamagedError("its header is cut short") from error
    return Header(
        format="WEBP",
        width_px=width,
        height_px=height,
        channels="rgb",
        has_alpha=has_alpha,
        is_animated=animated,
        decoding_bytes_per_px=3 + (4 if has_alpha else 0) + (4 if lossless else 0),
        profile=_metadata(chunks, b"ICCP") or None,
        exif=_metadata(chunks, b"EXIF"),
    )


def require_written_end(data: bytes, header: Header) -> None:
    """Refuse a WebP whose end was never written; libwebp decodes it without an error.

    Neither of its two codings has a checksum, and zeros can be decoded. A picture that ends in an
    even area also ends in zeros, but its decoder needs all of them.

    Raises:
        DamagedError: the picture ends in more zeros than the decoder needs.
    """
    for kind, coded in _chunks(data).items():
        ends_in_zeros = len(coded) > _SPARE_BYTES and not any(coded[-_SPARE_BYTES - 1 :])
        if kind not in (_LOSSY, _LOSSLESS) or not ends_in_zeros:
            continue
        if _suffices(kind, coded[:-_SPARE_BYTES], header):
            zeros = len(coded) - len(bytes(coded).rstrip(b"\0"))
            raise DamagedError(f"its last {zeros} bytes are zeros, as if they were not written")


def _suffices(kind: bytes, coded: memoryview, header: Header) -> bool:
    """Whether a picture can be decoded from this part of its data."""
    import cv2

    coded = coded[: len(coded) // 2 * 2]
    head = struct.pack("<4sI4s4sI", b"RIFF", 12 + len(coded), b"WEBP", kind, len(coded))
    flags = cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        opencv.decode(b"".join([head, coded]), flags, (header.height_px, header.width_px))
    except DamagedError:
        return False
    return True


def _chunks(data: bytes) -> dict[bytes, memoryview]:
    """The chunks of the file, the first of each kind."""
    if len(data) < 20:
        raise DamagedError("its header is cut short")
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise DamagedError(f"{end - len(data)} bytes are missing at its end")
    found: dict[bytes, memoryview] = {}
    view = memoryview(data)
    position = 12
    while position + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, position)
        found.setdefault(kind, view[position + 8 : position + 8 + length])
        position += 8 + length + length % 2
    return found


def _metadata(chunks: Mapping[bytes, memoryview], kind: bytes) -> bytes:
    """Empty where there is no such chunk.

    Raises:
        RefusedError: it is too large.
    """
    chunk = chunks.get(kind, memoryview(b""))
    require_few(len(chunk))
    return bytes(chunk)


def _lossy(frame: memoryview) -> tuple[int, int]:
    """Width and height of a key frame (RFC 6386, 9.1)."""
    if frame[3:6] != _VP8_START:
        raise DamagedError("its picture has no header")
    width, height = struct.unpack_from("<HH", frame, 6)
    return _some(width & 0x3FFF, height & 0x3FFF)


def _lossless(stream: memoryview) -> tuple[int, int, bool]:
    """Width, height, and whether pixels can be transparent (RFC 9649, 3.4)."""
    if stream[0] != _VP8L_SIGNATURE:
        raise DamagedError("its picture has no header")
    bits = struct.unpack_from("<I", stream, 1)[0]
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bool(bits >> 28 & 1)


def _some(width: int, height: int) -> tuple[int, int]:
    if not (width and height):
        raise DamagedError("its header gives it no pixels")
    return width, height
