"""Pictures for the tests, and their files."""

import io
import struct
import zlib

import cv2
import numpy as np
from PIL import Image

RED_LEFT = np.zeros((8, 16, 3), np.uint8)
RED_LEFT[:, :8, 0] = 255
RED_LEFT[:, 8:, 2] = 255
"""Red on the left, blue on the right, wider than high: every turn of it looks different."""


def saved(pixels: np.ndarray, kind: str, mode: str | None = None, **options: object) -> bytes:
    image = Image.fromarray(pixels)
    buffer = io.BytesIO()
    (image.convert(mode) if mode else image).save(buffer, kind, **options)
    return buffer.getvalue()


def photo(side: int = 96, seed: int = 3) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 5), None, 0, 255, cv2.NORM_MINMAX)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
