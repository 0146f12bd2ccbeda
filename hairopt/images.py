"""Picture and mask files to arrays: correct pixels, or an error that names the file."""

from __future__ import annotations

import io
import warnings
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

import numpy as np
from numpy.typing import NDArray

from hairopt.errors import DataError
from hairopt.png_check import check_png
from hairopt.types import ImageU8, MaskF32

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("JPEG", "PNG", "WEBP")
"""The file formats that are read."""

MAX_MEGAPIXELS = 100
"""Pictures with more pixels are refused from their header, before anything is decoded."""

_ORIENTATION_TAG = 0x0112
_REDUCED_FLAGS = {1: 1, 2: 17, 4: 33, 8: 65}
"""cv2.IMREAD_COLOR and IMREAD_REDUCED_COLOR_2, _4 and _8; cv2 is imported late."""
_FOREIGN = {
    b"GIF8": "a GIF",
    b"BM": "a BMP",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"%PDF": "a PDF",
    b"<svg": "an SVG",
    b"<?xml": "an XML or SVG",
}


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
    header = _open(data, name)
    try:
        pixels = _pixels(header, data, reduce)
        pixels = _reduced(pixels, header, reduce)
        return _upright(_in_srgb(pixels, header), header, data)
    except Exception as error:  # decoders answer damage with any exception there is
        # What the machine lacks says nothing about the picture.
        if isinstance(error, (MemoryError, ImportError)):
            raise
        _refuse(name, f"it is truncated or damaged ({error})", error)


def decode_mask(data: bytes, name: str) -> MaskF32:
    """Decode a truth mask: 8-bit grey, 0 is not hair, 255 is hair, between is coverage.

    Args:
        data: the bytes of the file; JPEG, PNG or WebP.
        name: what to call the file in messages.

    Returns:
        float32 (H, W) in [0, 1], upright.

    Raises:
        DataError: as ``decode_image``; also 16-bit, coloured or transparent masks, and masks
            that hold only 0 and 1 of 255.
    """
    header = _open(data, name)
    if _bits(header, data) == 16:
        _refuse(name, "it has 16 bits per channel; save the mask as 8-bit grey, 0 to 255")
    rgb = decode_image(data, name)
    if _has_alpha(header) and np.asarray(header.convert("RGBA"))[..., 3].min() < 255:
        _refuse(name, "it is transparent; save the mask as 8-bit grey without transparency")
    grey = rgb[..., 0]
    if not ((grey == rgb[..., 1]).all() and (grey == rgb[..., 2]).all()):
        _refuse(name, "it is coloured; a mask is 8-bit grey, where 0 is not hair and 255 is hair")
    if grey.max() == 1:
        _refuse(name, "it holds only the values 0 and 1; hair is 255, so multiply it by 255")
    return np.divide(grey, 255, dtype=np.float32)


def _refuse(name: str, reason: str, cause: BaseException | None = None) -> NoReturn:
    raise DataError(f"{name} cannot be used: {reason}.") from cause


def _open(data: bytes, name: str) -> Image.Image:
    """The header, with everything refused that can be refused without decoding."""
    from PIL import Image, UnidentifiedImageError

    if not data:
        _refuse(name, "it is empty (zero bytes)")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            header = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        _refuse(name, f"it has more than {MAX_MEGAPIXELS} megapixels", error)
    except UnidentifiedImageError as error:
        _refuse(name, f"it is {_foreign(data)}; JPEG, PNG and WebP are read", error)
    except Exception as error:  # a damaged header may raise anything
        _refuse(name, f"it is truncated or damaged ({error})", error)
    width, height = header.size
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        _refuse(
            name,
            f"it has {width} x {height} pixels, more than {MAX_MEGAPIXELS} megapixels",
        )
    # A JPEG with several pictures (MPO: depth map, preview) is no animation; its first one counts.
    if header.format in ("PNG", "WEBP") and getattr(header, "is_animated", False):
        _refuse(name, "it is animated; save the frame you mean as a still picture")
    return header


def _foreign(data: bytes) -> str:
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"avif"):
        return "a HEIC or AVIF picture"
    for magic, what in _FOREIGN.items():
        if data.startswith(magic):
            return f"{what} file"
    if data.startswith((b"\xff\xd8", b"\x89PNG", b"RIFF")):
        return "truncated or damaged within its header"
    return "no picture"


def _bits(header: Image.Image, data: bytes) -> int:
    """Bits per channel; only PNG knows others than 8 among the formats that are read."""
    return data[24] if header.format == "PNG" else 8


def _has_alpha(header: Image.Image) -> bool:
    return header.mode in ("LA", "PA", "RGBA") or "transparency" in header.info


def _pixels(header: Image.Image, data: bytes, reduce: int) -> ImageU8:
    """RGB as stored: neither upright nor in sRGB yet, and reduced only where that saves time."""
    import cv2

    if header.format == "PNG":
        check_png(data)
    bits = _bits(header, data)
    if bits == 16:
        return _from_16_bits(_cv2_decode(data, cv2.IMREAD_UNCHANGED))
    # Pillow reports a JPEG that ends early; older OpenCV fills it with grey and says nothing.
    whole = header.format == "PNG" or header.format == "WEBP" or _ends_as_jpeg(data)
    if whole and bits == 8 and header.mode in ("L", "RGB") and not _has_alpha(header):
        if header.format == "JPEG" and reduce == 1 and hasattr(cv2, "IMREAD_COLOR_RGB"):
            rgb = _cv2_decode(data, cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
            return np.asarray(rgb, dtype=np.uint8)
        scale = _REDUCED_FLAGS[reduce] if header.format == "JPEG" else cv2.IMREAD_COLOR
        bgr = _cv2_decode(data, scale | cv2.IMREAD_IGNORE_ORIENTATION)
        return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB, dst=bgr), dtype=np.uint8)
    if header.mode == "CMYK":
        return np.array(_cmyk_to_rgb(header))
    if _has_alpha(header):
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


def _cmyk_to_rgb(header: Image.Image) -> Image.Image:
    profile = _profile(header)
    if profile is not None:
        converted = _convert(header, profile)
        if converted is not None:
            return converted
    return header.convert("RGB")


def _in_srgb(pixels: ImageU8, header: Image.Image) -> ImageU8:
    profile = _profile(header)
    if profile is None or header.mode not in ("RGB", "RGBA", "P"):
        return pixels
    from PIL import Image

    converted = _convert(Image.fromarray(pixels), profile)
    return pixels if converted is None else np.array(converted)


def _profile(header: Image.Image) -> bytes | None:
    """The embedded ICC profile, unless it is absent, unreadable or sRGB."""
    profile = header.info.get("icc_profile")
    return profile if profile and not _is_srgb_or_unreadable(profile) else None


@lru_cache(maxsize=16)
def _is_srgb_or_unreadable(profile: bytes) -> bool:
    from PIL import ImageCms

    try:
        return "srgb" in ImageCms.getProfileDescription(io.BytesIO(profile)).lower()
    except (ImageCms.PyCMSError, OSError):
        return True


def _convert(image: Image.Image, profile: bytes) -> Image.Image | None:
    """The picture in sRGB, or None where the profile does not fit it: browsers ignore it too."""
    from PIL import ImageCms

    try:
        return ImageCms.profileToProfile(
            image, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        return None


def _upright(pixels: ImageU8, header: Image.Image, data: bytes) -> ImageU8:
    """Apply the EXIF orientation (Exif 2.3, tag 0x0112); 1 and invalid values change nothing."""
    import cv2

    orientation = _orientation(header, data)
    if orientation in (5, 6, 7, 8):
        pixels = np.asarray(cv2.transpose(pixels), dtype=np.uint8)
    flip = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}.get(orientation)
    return pixels if flip is None else np.asarray(cv2.flip(pixels, flip), dtype=np.uint8)


def _orientation(header: Image.Image, data: bytes) -> int:
    from PIL import Image

    if header.format == "PNG" and b"eXIf" in data:
        header.load()  # the chunk may follow the pixels
    exif = Image.Exif()
    try:
        exif.load(header.info.get("exif", b""))
        return int(exif.get(_ORIENTATION_TAG, 1))
    except Exception:  # a damaged EXIF block says nothing about the pixels
        return 1
