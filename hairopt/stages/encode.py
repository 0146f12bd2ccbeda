"""Stage encode: RGB pixels to the bytes of the answer."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from hairopt.errors import DataError
from hairopt.images.opencv import exchange_channels
from hairopt.types import ImageU8

_LARGE_BYTES = 24_000_000
"""Size from which encoding into a file is faster, because it saves copies."""


def encode_jpeg(image: ImageU8, quality: int) -> bytes:
    """Baseline JPEG, chroma at half resolution (4:2:0).

    Args:
        image: uint8 (H, W, 3) RGB.
        quality: 1..100, libjpeg's scale.

    Raises:
        DataError: the picture is larger than the format allows (65,535 pixels a side).
    """
    import cv2

    return _encode(image, ".jpg", [cv2.IMWRITE_JPEG_QUALITY, quality])


def encode_jpeg444(image: ImageU8, quality: int) -> bytes:
    """Baseline JPEG, chroma at full resolution (4:4:4): dye keeps its colour at the hair's edge.

    Args:
        image: uint8 (H, W, 3) RGB.
        quality: 1..100, libjpeg's scale.

    Raises:
        DataError: the picture is larger than the format allows (65,535 pixels a side).
    """
    import cv2

    full = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    return _encode(image, ".jpg", [cv2.IMWRITE_JPEG_QUALITY, quality, *full])


def encode_png(image: ImageU8, quality: int) -> bytes:
    """PNG, lossless, at OpenCV's own compression level.

    Args:
        image: uint8 (H, W, 3) RGB.
        quality: ignored.
    """
    return _encode(image, ".png", [])


def encode_webp(image: ImageU8, quality: int) -> bytes:
    """Lossy WebP.

    Args:
        image: uint8 (H, W, 3) RGB.
        quality: 1..100, libwebp's scale; 100 is still lossy.

    Raises:
        DataError: the picture is larger than the format allows (16,383 pixels a side).
    """
    import cv2

    return _encode(image, ".webp", [cv2.IMWRITE_WEBP_QUALITY, quality])


def _encode(image: ImageU8, suffix: str, options: list[int]) -> bytes:
    import cv2

    encode = _large if image.nbytes > _LARGE_BYTES else _small
    try:
        data = encode(image, suffix, options)
    except cv2.error:  # some encoders raise what others answer with False
        data = None
    if data is None:
        height, width = image.shape[:2]
        raise DataError(
            f"A picture of {width} x {height} pixels cannot be written as {suffix[1:]}; "
            "choose another encode.format."
        )
    return data


def _small(image: ImageU8, suffix: str, options: list[int]) -> bytes | None:
    import cv2

    ok, data = cv2.imencode(suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    return bytes(data) if ok else None


def _large(image: ImageU8, suffix: str, options: list[int]) -> bytes | None:
    """Encode into a file, with the channels exchanged in place: the picture is never copied."""
    import cv2

    bgr = image if image.flags.writeable and image.flags.c_contiguous else np.array(image)
    exchange_channels(bgr)
    try:
        with tempfile.TemporaryDirectory(prefix="hairopt-") as folder:
            file = Path(folder, f"answer{suffix}")
            return file.read_bytes() if cv2.imwrite(str(file), bgr, options) else None
    finally:
        if bgr is image:
            exchange_channels(image)
