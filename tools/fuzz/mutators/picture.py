"""PNG, JPEG and WebP: chunks and segments changed, with checksums and lengths made right again."""

from __future__ import annotations

import struct
import zlib
from random import Random

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KINDS = (
    b"gAMA", b"cHRM", b"iCCP", b"sRGB", b"cICP", b"tRNS", b"PLTE", b"tEXt", b"zTXt", b"iTXt",
    b"eXIf", b"acTL", b"fcTL", b"fdAT", b"pHYs", b"bKGD", b"sBIT", b"mDCv", b"IDAT", b"IEND",
)  # fmt: skip
_JPEG_MARKERS = (0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDD, 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE, 0xC3, 0xC9)
_WEBP_KINDS = (b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP", b"EXIF", b"XMP ")
_SIZES = (0, 1, 2, 3, 7, 255, 256, 4095, 4096, 16383, 16384, 30000, 65500, 65535, 2**31 - 1, 2**31)


def picture(data: bytes, rng: Random) -> bytes:
    """A changed picture, by what it begins with."""
    if data.startswith(_PNG):
        return _png(data, rng)
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data, rng)
    if data.startswith(b"RIFF"):
        return _webp(data, rng)
    raise ValueError("no picture")


def spoilt(body: bytes, rng: Random) -> bytes:
    """Some bytes changed, cut off, doubled or filled with zeros."""
    if not body:
        return rng.randbytes(rng.choice((1, 4, 13, 100)))
    changed = bytearray(body)
    place = rng.randrange(len(changed))
    action = rng.randrange(7)
    if action == 0:
        changed[place] ^= 1 << rng.randrange(8)
    elif action == 1:
        changed[place] = rng.choice((0, 1, 2, 4, 8, 16, 127, 128, 255))
    elif action == 2:
        del changed[place:]
    elif action == 3:
        changed[place:] = bytes(len(changed) - place)
    elif action == 4:
        number = rng.choice(_SIZES)
        changed[place : place + 4] = struct.pack(rng.choice((">I", "<I")), number)
    elif action == 5:
        changed[place:place] = changed[place : place + rng.choice((1, 16, 500))]
    else:
        count = min(len(changed) - place, rng.choice((1, 2, 4, 16)))
        changed[place : place + count] = rng.randbytes(count)
    return bytes(changed)


def _shuffled(parts: list[tuple[bytes, bytes]], rng: Random, kinds: list[bytes]) -> None:
    """One chunk changed, left out, doubled, moved, or given another name."""
    place = rng.randrange(len(parts))
    kind, body = parts[place]
    action = rng.randrange(6)
    if action == 0:
        del parts[place]
    elif action == 1:
        parts.insert(rng.randrange(len(parts) + 1), (kind, body))
    elif action == 2:
        parts.insert(rng.randrange(len(parts)), (rng.choice(kinds), spoilt(body, rng)))
    elif action == 3:
        parts[place] = (rng.choice(kinds), body)
    else:
        parts[place] = (kind, spoilt(body, rng))


def _png(data: bytes, rng: Random) -> bytes:
    chunks: list[tuple[bytes, bytes]] = []
    place = len(_PNG)
    while place + 12 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        chunks.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + length]))
        place += 12 + length
    for _ in range(rng.choice((1, 1, 2, 4))):
        action = rng.randrange(4)
        if action == 0:
            _header(chunks, rng)
        elif action == 1:
            _inside_zlib(chunks, rng)
        else:
            _shuffled(chunks, rng, list(_PNG_KINDS))
    return _PNG + b"".join(_png_chunk(kind, body) for kind, body in chunks)


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _header(chunks: list[tuple[bytes, bytes]], rng: Random) -> None:
    """Width, height, bits, colour type or interlacing of a PNG."""
    kind, body = chunks[0]
    width, height, *rest = struct.unpack(">II5B", body)
    field = rng.randrange(6)
    if field == 0:
        width = rng.choice((*_SIZES, width * 2))
    elif field == 1:
        height = rng.choice((*_SIZES, height * 2))
    else:
        rest[(0, 0, 0, 1, 4, 2)[field]] = rng.choice((0, 1, 2, 3, 4, 6, 8, 16, 255))
    chunks[0] = (kind, struct.pack(">II5B", width % 2**32, height % 2**32, *rest))


def _inside_zlib(chunks: list[tuple[bytes, bytes]], rng: Random) -> None:
    """The pixels, or the colour profile, changed where they are not compressed."""
    places = [i for i, (kind, _) in enumerate(chunks) if kind in (b"IDAT", b"iCCP")]
    place = rng.choice(places)
    kind, body = chunks[place]
    start = body.index(b"\0") + 2 if kind == b"iCCP" else 0
    inner = zlib.decompress(body[start:])
    for _ in range(rng.choice((1, 3))):
        inner = spoilt(inner, rng)
    chunks[place] = (kind, body[:start] + zlib.compress(inner, 1))


def _jpeg(data: bytes, rng: Random) -> bytes:
    segments: list[tuple[bytes, bytes]] = []
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != 0xDA:
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        segments.append((data[place + 1 : place + 2], data[place + 4 : place + 2 + length]))
        place += 2 + length
    pixels = data[place:]
    for _ in range(rng.choice((1, 1, 2, 4))):
        if rng.random() < 0.25:
            pixels = spoilt(pixels, rng)
        else:
            _shuffled(segments, rng, [bytes([marker]) for marker in _JPEG_MARKERS])
    heads = (
        b"\xff" + kind + struct.pack(">H", len(body[:65533]) + 2) + body[:65533]
        for kind, body in segments
    )
    return b"\xff\xd8" + b"".join(heads) + pixels


def _webp(data: bytes, rng: Random) -> bytes:
    chunks: list[tuple[bytes, bytes]] = []
    place = 12
    while place + 8 <= len(data):
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        chunks.append((data[place : place + 4], data[place + 8 : place + 8 + length]))
        place += 8 + length + length % 2
    for _ in range(rng.choice((1, 1, 2, 4))):
        _shuffled(chunks, rng, list(_WEBP_KINDS))
    body = b"".join(
        kind + struct.pack("<I", len(inner)) + inner + b"\0" * (len(inner) % 2)
        for kind, inner in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
