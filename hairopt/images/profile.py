"""Colour profiles: convert pixels of other colour spaces to sRGB."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hairopt.images.header import Header
from hairopt.images.limits import PIECE_BYTES
from hairopt.pieces import Piece, in_pieces, pieces
from hairopt.types import Box, ImageU8

if TYPE_CHECKING:
    from PIL import Image

_UNSEEN = 2
"""Largest change of a colour, in levels of 0..255, by a profile that counts as sRGB: its curve may
be rounded or stored as a table."""

_GRID = (0, 4, 8, 16, 32, 64, 96, 128, 160, 192, 224, 255)
"""The levels of the colours that are tested, besides all greys."""

_INEXACT = 1
"""Largest error of littleCMS's faster method, in levels of 0..255. That method uses a table of 33
steps, which are too few for grey and for linear light."""

_BYTES_PER_PX = 40


@dataclass(frozen=True)
class Conversion:
    """The conversion of a colour space to sRGB.

    Attributes:
        transform: a transform of littleCMS, from 8-bit RGB.
        greys: uint8 (256, 3), the sRGB colour of each grey; used instead of ``transform``.
    """

    transform: Any = None
    greys: NDArray[np.uint8] | None = None

    def apply(self, pixels: NDArray[Any]) -> ImageU8:
        """Convert uint8 RGB (H, W, 3) in place, or uint16 to a new uint8 array."""
        if pixels.dtype == np.uint16:
            return self._from_16_bits(pixels)
        for piece in pieces(
            Box.full(*pixels.shape[:2]), bytes_per_px=_BYTES_PER_PX, most_bytes=PIECE_BYTES
        ):
            part = pixels[piece.inner.slices]
            part[...] = self._of(part)
        return pixels

    def _of(self, rgb: ImageU8) -> ImageU8:
        """uint8 (h, w, 3) to uint8 (h, w, 3)."""
        import cv2
        from PIL import Image, ImageCms

        if self.greys is not None:
            return np.asarray(cv2.LUT(np.ascontiguousarray(rgb), self.greys[None]), np.uint8)
        image = Image.fromarray(rgb)
        ImageCms.applyTransform(image, self.transform, inPlace=True)
        return np.asarray(image)

    def _from_16_bits(self, deep: NDArray[np.uint16]) -> ImageU8:
        """Interpolate linearly between the 256 levels that littleCMS converts, per channel.

        Rounding to 8 bits first would leave few levels in the dark half of a linear picture.
        """

        def rounded(piece: Piece) -> ImageU8:
            values = deep[piece.inner.slices]
            level = (values // 257).astype(np.uint8)
            part = (values - level * np.uint16(257)) / np.float32(257)
            here = self._of(level).astype(np.float32)
            between = here.copy()
            for channel in range(3):
                next_level = level.copy()
                next_level[..., channel] += level[..., channel] < 255
                between += part[..., channel, None] * (self._of(next_level) - here)
            return np.asarray(np.clip(np.rint(between), 0, 255), np.uint8)

        return in_pieces(
            rounded, Box.full(*deep.shape[:2]), bytes_per_px=_BYTES_PER_PX, most_bytes=PIECE_BYTES
        )


def conversion_of(header: Header) -> Conversion | None:
    """The conversion of a picture's pixels to sRGB; None if they are sRGB or have no profile.

    A profile is judged by its effect on colours, not by its name. One that is damaged, or made for
    other channels than the picture has, is ignored, as in browsers.
    """
    if header.profile is None:
        return None
    if header.channels == "grey":
        return _grey_conversion(header.profile)
    return _rgb_conversion(header.profile)


def cmyk_to_rgb(picture: Image.Image, header: Header) -> ImageU8:
    """Convert a decoded CMYK picture to sRGB, by its profile if it has one; uint8 (H, W, 3)."""
    from PIL import ImageCms

    transform = _cmyk_transform(header.profile) if header.profile else None

    def in_srgb(piece: Piece) -> ImageU8:
        box = piece.inner
        part = picture.crop((box.left, box.top, box.right, box.bottom))
        if transform is None:
            return np.array(part.convert("RGB"))
        return np.array(ImageCms.applyTransform(part, transform))

    frame = Box.full(header.height_px, header.width_px)
    return in_pieces(in_srgb, frame, bytes_per_px=_BYTES_PER_PX, most_bytes=PIECE_BYTES)


@lru_cache(maxsize=16)
def _rgb_conversion(profile: bytes) -> Conversion | None:
    if _space(profile) != "RGB":
        return None
    levels = np.array(_GRID, np.uint8)
    colours = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 3)
    colours = np.concatenate([colours, np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1)])
    exact, fast = (Conversion(_transform(profile, "RGB", exact=how)) for how in (True, False))
    wanted = exact.apply(colours[None].copy())
    if _largest_gap(wanted, colours) <= _UNSEEN:
        return None
    return fast if _largest_gap(wanted, fast.apply(colours[None].copy())) <= _INEXACT else exact


@lru_cache(maxsize=16)
def _grey_conversion(profile: bytes) -> Conversion | None:
    """The conversion of greys, by a profile for grey or for RGB."""
    from PIL import Image, ImageCms

    space = _space(profile)
    if space not in ("GRAY", "RGB"):
        return None
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    mode = "L" if space == "GRAY" else "RGB"
    changed = ImageCms.applyTransform(ramp.convert(mode), _transform(profile, mode, exact=True))
    greys = np.asarray(changed)[0]
    same = _largest_gap(greys, np.asarray(ramp.convert("RGB"))) <= _UNSEEN
    return None if same else Conversion(greys=greys)


@lru_cache(maxsize=4)
def _cmyk_transform(profile: bytes) -> Any:  # noqa: ANN401 - Pillow exports no type for it
    return _transform(profile, "CMYK", exact=False) if _space(profile) == "CMYK" else None


def _largest_gap(colours: ImageU8, others: ImageU8) -> int:
    return int(np.abs(colours.astype(np.int16) - others).max())


def _space(profile: bytes) -> str | None:
    """The channels of a profile, such as RGB or GRAY; None if it is damaged."""
    from PIL import ImageCms

    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = opened.profile.xcolor_space.strip()
        _transform(profile, {"GRAY": "L"}.get(space, space), exact=False)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
    return space


def _transform(profile: bytes, mode: str, *, exact: bool) -> Any:  # noqa: ANN401 - as above
    """From 8-bit pixels of a Pillow mode to 8-bit sRGB."""
    from PIL import ImageCms

    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    flags = ImageCms.Flags.NOOPTIMIZE if exact else ImageCms.Flags.NONE
    srgb = ImageCms.createProfile("sRGB")
    return ImageCms.buildTransform(source, srgb, mode, "RGB", flags=flags)
