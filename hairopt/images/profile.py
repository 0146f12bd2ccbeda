"""Colour profiles: pictures in other colour spaces become sRGB."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from hairopt.types import ImageU8

if TYPE_CHECKING:
    from PIL import Image


def cmyk_to_rgb(header: Image.Image) -> Image.Image:
    """A CMYK picture in sRGB, by its profile where it has one."""
    profile = _profile(header)
    if profile is not None:
        converted = _convert(header, profile)
        if converted is not None:
            return converted
    return header.convert("RGB")


def in_srgb(pixels: ImageU8, header: Image.Image) -> ImageU8:
    """RGB pixels in sRGB, by the profile of the file they come from."""
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
