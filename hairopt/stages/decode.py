"""Stage decode: the bytes of a picture file to upright RGB pixels."""

from __future__ import annotations

from hairopt.images import decode_image
from hairopt.types import ImageU8


def decode(data: bytes, *, reduce: int = 1) -> ImageU8:
    """Decode with OpenCV; with Pillow where OpenCV would be wrong.

    Args:
        data: a JPEG, PNG or WebP file.
        reduce: 1, 2, 4 or 8: divisor of both sides, rounded up. A JPEG is decoded at that size,
            which takes less time than at full size; other formats are reduced afterwards.

    Returns:
        uint8 (H, W, 3) RGB, upright, sRGB; see ``hairopt.images.decode_image``.

    Raises:
        DataError: the bytes are no picture that can be used.
    """
    return decode_image(data, "the picture", reduce=reduce)
