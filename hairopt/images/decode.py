"""Picture files to arrays: correct pixels, or an error that names the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from hairopt.errors import DataError
from hairopt.images.exif import upright
from hairopt.images.header import bits_per_channel, has_alpha, open_header, refuse
from hairopt.images.png import check_png
from hairopt.images.profile import cmyk_to_rgb, in_srgb
from hairopt.types import ImageU8

if TYPE_CHECKING:
    from PIL import Image

_REDUCED_FLAGS = {1: 1, 2: 17, 4: 33, 8: 65}
"""cv2.IMREAD_COLOR and IMREAD_REDUCED_COLOR_2, _4 and _8; cv2 is imported late."""


def read_bytes(path: Path) -> bytes:
    """The content of a file.

    Raises:
        DataError: the file is missing, a folder or not readable; names it.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error


def decode_image(data: bytes, name: str, *, reduce: int = 1) -> ImageU8:
    """Decode a JPEG, PNG or WebP picture.

    The EXIF orientation is applied once. Transparent pictures are composited on white, 16-bit
    channels rounded to 8 bits, grey, palette and CMYK pictures converted to RGB; an embedded ICC
    profile other than sRGB is converted to sRGB. Animations are refused, because the answer to
    them would be one frame. JPEG has no checksum: damage inside its compressed data that still
    decodes cannot be told from a picture.

    Args:
        data: the bytes of the file.
        name: what to call the file in messages.
        reduce: 1, 2, 4 or 8: by what both sides are divided, rounded up.

    Returns:
        uint8 (H, W, 3) RGB, upright, writable.

    Raises:
        DataError: the bytes are empty, no picture of these formats, truncated, damaged, animated
            or larger than ``MAX_MEGAPIXELS``.
    """
    return _decoded(data, name, reduce, in_srgb)


def decode_stored(data: bytes, name: str) -> ImageU8:
    """As ``decode_image``, but for pixels that are no colours: no profile is applied."""
    return _decoded(data, name, 1, lambda pixels, _: pixels)


def _decoded(
    data: bytes,
    name: str,
    reduce: int,
    convert: Callable[[ImageU8, Image.Image], ImageU8],
) -> ImageU8:
    header = open_header(data, name)
    try:
        pixels = _pixels(header, data, reduce)
        pixels = _reduced(pixels, header, reduce)
        return upright(convert(pixels, header), header, data)
    except Exception as error:  # decoders answer damage with any exception there is
        # What the machine lacks says nothing about the picture.
        if isinstance(error, (MemoryError, ImportError)):
            raise
        refuse(name, f"it is truncated or damaged ({error})", error)


def _pixels(header: Image.Image, data: bytes, reduce: int) -> ImageU8:
    """RGB as stored: neither upright nor in sRGB yet, and reduced only where that saves time."""
    import cv2

    if header.format == "PNG":
        check_png(data)
    bits = bits_per_channel(header, data)
    if bits == 16:
        return _from_16_bits(_cv2_decode(data, cv2.IMREAD_UNCHANGED))
    # Pillow reports a JPEG that ends early; older OpenCV fills it with grey and says nothing.
    whole = header.format == "PNG" or header.format == "WEBP" or _ends_as_jpeg(data)
    if whole and bits == 8 and header.mode in ("L", "RGB") and not has_alpha(header):
        if header.format == "JPEG" and reduce == 1 and hasattr(cv2, "IMREAD_COLOR_RGB"):
            rgb = _cv2_decode(data, cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
            return np.asarray(rgb, dtype=np.uint8)
        scale = _REDUCED_FLAGS[reduce] if header.format == "JPEG" else cv2.IMREAD_COLOR
        bgr = _cv2_decode(data, scale | cv2.IMREAD_IGNORE_ORIENTATION)
        return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB, dst=bgr), dtype=np.uint8)
    if header.mode == "CMYK":
        return np.array(cmyk_to_rgb(header))
    if has_alpha(header):
        return _on_white(np.asarray(header.convert("RGBA")))
    return np.array(header.convert("RGB"))


def _reduced(pixels: ImageU8, header: Image.Image, reduce: int) -> ImageU8:
    """Both sides divided and rounded up, by area averages, where the decoder has not done it."""
    import cv2

    sides = [-(-side // reduce) for side in header.size]
    if pixels.shape[1::-1] == tuple(sides):
        return pixels
    return np.asarray(cv2.resize(pixels, sides, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _cv2_decode(data: bytes, flags: int) -> NDArray[np.integer[Any]]:
    import cv2

    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if decoded is None:
        raise ValueError("the decoder gave up")
    return cast(NDArray[np.integer[Any]], decoded)


def _ends_as_jpeg(data: bytes) -> bool:
    return data[-64:].rstrip(b"\0").endswith(b"\xff\xd9")


def _from_16_bits(stored: NDArray[np.integer[Any]]) -> ImageU8:
    """uint16 grey, BGR or BGRA to 8-bit RGB, rounded."""
    if stored.dtype != np.uint16:
        raise ValueError(f"expected 16 bits per channel, the decoder gave {stored.dtype}")
    eight = ((stored.astype(np.uint32) + 128) // 257).astype(np.uint8)
    if eight.ndim == 2:
        return np.repeat(eight[..., None], 3, axis=2)
    rgb = np.ascontiguousarray(eight[..., 2::-1])
    return rgb if eight.shape[2] == 3 else _on_white(np.dstack([rgb, eight[..., 3]]))


def _on_white(rgba: NDArray[np.uint8]) -> ImageU8:
    alpha = rgba[..., 3:].astype(np.uint32)
    over = rgba[..., :3] * alpha + 255 * (255 - alpha)
    return ((over + 127) // 255).astype(np.uint8)
