"""Stage decode: the bytes of a picture file to upright RGB pixels."""

from __future__ import annotations

from hairopt.images import decode_image
from hairopt.types import ImageU8


def decode(data: bytes) -> ImageU8:
    """Decode with OpenCV, and with Pillow what OpenCV would get wrong.

    Args:
        data: a JPEG, PNG or WebP file.

    Returns:
        uint8 (H, W, 3) RGB, upright, sRGB; see ``hairopt.images.decode_image``.

    Raises:
        DataError: the bytes are no picture that can be used.
    """
    return decode_image(data, "the picture")
