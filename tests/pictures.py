"""Pictures for the tests, and their files."""

import io
import struct
import zlib

import cv2
import numpy as np
from PIL import Image

from hairopt.images import decode_levels
from hairopt.raster import coverage

RED_LEFT = np.zeros((8, 16, 3), np.uint8)
RED_LEFT[:, :8, 0] = 255
RED_LEFT[:, 8:, 2] = 255
"""Red on the left, blue on the right, wider than high: every turn of it looks different."""


def saved(pixels: np.ndarray, kind: str, mode: str | None = None, **options: object) -> bytes:
    image = Image.fromarray(pixels)
    buffer = io.BytesIO()
    (image.convert(mode) if mode else image).save(buffer, kind, **options)
    return buffer.getvalue()


def mask_of(data: bytes, name: str) -> np.ndarray:
    """What a truth mask says: float32 (H, W) in [0, 1]."""
    return coverage(decode_levels(data, name))


def photo(side: int = 96, seed: int = 3) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 5), None, 0, 255, cv2.NORM_MINMAX)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


SRGB_XYZ = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
"""The primaries of sRGB, adapted to D50."""


def icc_profile(
    name: str,
    gamma: float = 2.2,
    table: list[int] | None = None,
    xyz: tuple[tuple[float, float, float], ...] = SRGB_XYZ,
    space: bytes = b"RGB ",
) -> bytes:
    """A profile of version 2 with one curve: a power function, or a table of 16-bit levels."""

    def s15(*numbers: float) -> bytes:
        return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)

    text = name.encode() + b"\0"
    desc = b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78)
    levels = [round(gamma * 256)] if table is None else table
    curve = b"curv\0\0\0\0" + struct.pack(f">I{len(levels)}H", len(levels), *levels)
    tags = {b"desc": desc, b"wtpt": b"XYZ \0\0\0\0" + s15(0.9642, 1.0, 0.8249)}
    if space == b"GRAY":
        tags[b"kTRC"] = curve
    else:
        tags |= {
            key: b"XYZ \0\0\0\0" + s15(*primary)
            for key, primary in zip((b"rXYZ", b"gXYZ", b"bXYZ"), xyz, strict=True)
        }
        tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    tags[b"cprt"] = b"text\0\0\0\0none\0\0\0\0"
    offset, directory, body = 128 + 4 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for key, content in tags.items():
        directory += key + struct.pack(">II", offset + len(body), len(content))
        body += content.ljust(-(-len(content) // 4) * 4, b"\0")
    head = struct.pack(
        ">I4sI4s4s4s", offset + len(body), b"none", 0x02400000, b"mntr", space, b"XYZ "
    )
    head += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    head += s15(0.9642, 1.0, 0.8249)
    return head.ljust(128, b"\0") + directory + body
