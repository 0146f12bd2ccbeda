"""Decode picture files to arrays: correct pixels, or an error that names the file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hairopt.errors import DataError
from hairopt.files.text import why_unreadable
from hairopt.images import opencv
from hairopt.images.exif import upright
from hairopt.images.header import DamagedError, Header, RefusedError, refuse
from hairopt.images.jpeg import read_jpeg
from hairopt.images.limits import MAX_FILE_MB, PIECE_BYTES, excess
from hairopt.images.png import SIGNATURE, read_png
from hairopt.images.profile import Conversion, cmyk_to_rgb, conversion_of
from hairopt.images.webp import read_webp, require_written_end
from hairopt.pieces import in_pieces
from hairopt.types import Box, ImageU8

FORMATS = ("JPEG", "PNG", "WEBP")
"""The file formats that can be read."""

_BYTES_PER_PX = 60
"""Bytes per pixel of the arrays for compositing."""

_FOREIGN = {
    b"GIF8": "a GIF",
    b"BM": "a BMP",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"%PDF": "a PDF",
    b"<svg": "an SVG",
    b"<?xml": "an XML or SVG",
}

_POINTERS = (b"version https://git-lfs.github.com/spec/", b"/annex/objects/")
"""Start of a pointer file that stands for a picture that was not fetched."""


def read_bytes(path: Path) -> bytes:
    """The content of a picture's file.

    Raises:
        DataError: the file is missing, a folder, not readable, or larger than any picture that can
            be decoded; it names the file.
    """
    most = MAX_FILE_MB * 1_000_000
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {why_unreadable(path, error)}.") from error
    if len(data) > most:
        raise DataError(f"{path} cannot be used: it is a file of more than {MAX_FILE_MB} MB.")
    return data


def decode_image(data: bytes, name: str, *, reduce: int = 1) -> ImageU8:
    """Decode a JPEG, PNG or WebP picture.

    The EXIF orientation is applied once. Transparent pictures are composited on white, 16-bit
    channels rounded to 8 bits, grey, palette and CMYK pictures converted to RGB. Colours that a
    profile describes (ICC; in PNG also cICP, or gAMA and cHRM) are converted to sRGB. Animations
    are refused, because the answer would be a single frame. JPEG and WebP have no checksum: damage
    inside their compressed data that still decodes cannot be detected.

    Args:
        data: the bytes of the file.
        name: the name of the file in messages.
        reduce: 1, 2, 4 or 8: divisor of both sides, rounded up.

    Returns:
        uint8 (H, W, 3) RGB, upright, writable.

    Raises:
        DataError: the bytes are empty, no picture of these formats, truncated, damaged, animated
            or larger than ``limits`` allow, or their colours cannot be converted.
    """
    header = read_header(data, name)
    with explained(name):
        pixels = _in_srgb(header, data, reduce)
        return upright(_reduced(pixels, header, reduce), header.exif)


def read_header(data: bytes, name: str) -> Header:
    """Read the header, and refuse all pictures that can be refused without decoding.

    Raises:
        DataError: as ``decode_image``.
    """
    if not data:
        refuse(name, "it is empty (zero bytes)")
    with explained(name):
        header = _header(data)
    if (reason := excess(header, len(data))) is not None:
        refuse(name, reason)
    # A JPEG with several pictures (MPO: depth map, preview) is no animation; the first is used.
    if header.is_animated:
        refuse(name, "it is animated; save the frame you need as a still picture")
    return header


def stored_pixels(header: Header, data: bytes, reduce: int = 1) -> NDArray[Any]:
    """The pixels as they are stored, neither upright nor in sRGB.

    Args:
        header: header of ``data``; not CMYK.
        data: the file.
        reduce: divisor of both sides for a JPEG; other formats are decoded at full size.

    Returns:
        uint8 RGB (H, W, 3) without transparency and 16-bit channels; otherwise uint8 or
        uint16, grey (H, W), BGR (H, W, 3) or BGRA (H, W, 4).
    """
    import cv2

    if header.format == "WEBP":
        require_written_end(data, header)
    view = memoryview(data)[: header.end]  # OpenCV would read the rest as chunks of gigabytes
    height, width = header.height_px, header.width_px
    if header.bits == 16 or header.has_alpha or header.transparent_grey is not None:
        depth = np.uint16 if header.bits == 16 else np.uint8
        channels = (4,) if header.has_alpha else () if header.channels == "grey" else (3,)
        return opencv.decode(view, cv2.IMREAD_UNCHANGED, (height, width, *channels), depth)
    if header.format == "JPEG" and reduce > 1:
        flag = {
            2: cv2.IMREAD_REDUCED_COLOR_2,
            4: cv2.IMREAD_REDUCED_COLOR_4,
            8: cv2.IMREAD_REDUCED_COLOR_8,
        }[reduce]
        shape = (-(-height // reduce), -(-width // reduce), 3)
        bgr = opencv.decode(view, flag | cv2.IMREAD_IGNORE_ORIENTATION, shape)
        opencv.exchange_channels(bgr)
        return bgr
    flag = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    return opencv.decode(view, flag, (height, width, 3))


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn the errors of a decoder into a DataError that names the file."""
    try:
        yield
    except RefusedError as error:
        refuse(name, str(error), error)
    except DamagedError as error:
        refuse(name, f"it is truncated or damaged ({error})", error)


def _header(data: bytes) -> Header:
    if data.startswith(SIGNATURE):
        return read_png(data)
    if data.startswith(b"\xff\xd8\xff"):
        return read_jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return read_webp(data)
    if data.startswith(_POINTERS):
        raise RefusedError(
            "it is a pointer of Git LFS or git-annex; fetch the picture itself (git lfs pull, git "
            "annex get)"
        )
    raise RefusedError(f"it is {_foreign(data)}; JPEG, PNG and WebP are read")


def _foreign(data: bytes) -> str:
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"avif"):
        return "a HEIC or AVIF picture"
    for magic, what in _FOREIGN.items():
        if data.startswith(magic):
            return f"{what} file"
    if data.startswith((b"\xff\xd8", b"\x89PNG", b"RIFF")):
        return "truncated or damaged within its header"
    return "no picture"


def _in_srgb(header: Header, data: bytes, reduce: int) -> ImageU8:
    """uint8 RGB in sRGB, not yet upright, and reduced only if that saves time."""
    if header.channels == "cmyk":
        return _from_cmyk(header, data)
    pixels, conversion = stored_pixels(header, data, reduce), conversion_of(header)
    if pixels.dtype == np.uint8 and pixels.shape[2:] == (3,) and not header.has_alpha:
        return pixels if conversion is None else conversion.apply(pixels)
    return in_pieces(
        lambda piece: _composited(pixels[piece.inner.slices], header, conversion),
        Box.full(*pixels.shape[:2]),
        bytes_per_px=_BYTES_PER_PX,
        most_bytes=PIECE_BYTES,
    )


def _composited(stored: NDArray[Any], header: Header, conversion: Conversion | None) -> ImageU8:
    """16-bit or transparent pixels, as OpenCV stores them, in sRGB on white; uint8 (h, w, 3)."""
    if stored.ndim == 2:
        rgb = np.repeat(stored[..., None], 3, axis=2)
    else:
        rgb = np.ascontiguousarray(stored[..., 2::-1])
    rgb = _eight_bits(rgb) if conversion is None else conversion.apply(rgb)
    if header.transparent_grey is not None:
        rgb[stored == header.transparent_grey] = 255
    if stored.shape[2:] != (4,):
        return rgb
    alpha = _eight_bits(stored[..., 3:]).astype(np.uint32)
    over = rgb * alpha + 255 * (255 - alpha)
    return np.asarray((over + 127) // 255, np.uint8)


def _eight_bits(values: NDArray[Any]) -> NDArray[np.uint8]:
    if values.dtype == np.uint8:
        return values
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _from_cmyk(header: Header, data: bytes) -> ImageU8:
    """Decode CMYK with Pillow, which handles Adobe's inverted values; OpenCV does not."""
    import cv2
    from PIL.JpegImagePlugin import JpegImageFile

    small = (-(-header.height_px // 8), -(-header.width_px // 8), 3)
    opencv.decode(data, cv2.IMREAD_REDUCED_COLOR_8 | cv2.IMREAD_IGNORE_ORIENTATION, small)
    picture = JpegImageFile(io.BytesIO(data))
    try:
        picture.load()
    except OSError as error:
        raise DamagedError(str(error)) from error
    return cmyk_to_rgb(picture, header)


def _reduced(pixels: ImageU8, header: Header, reduce: int) -> ImageU8:
    """Divide both sides, rounded up, by area averages, if the decoder has not done it."""
    import cv2

    sides = [-(-side // reduce) for side in (header.width_px, header.height_px)]
    if pixels.shape[1::-1] == tuple(sides):
        return pixels
    return np.asarray(cv2.resize(pixels, sides, interpolation=cv2.INTER_AREA), dtype=np.uint8)
