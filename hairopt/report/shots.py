"""Thumbnails of a run's pictures, inside a page."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING

from hairopt.errors import DataError
from hairopt.report.run.page import Shot

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE_PX = 288
"""Longer side of a thumbnail."""

_QUALITY = 68
_MAX_PX = 4_000_000
"""Largest picture that is read, in pixels; a run keeps only smaller ones."""


def read_picture(path: Path) -> Image:
    """Read a picture of a run, RGB or grey, as stored.

    Raises:
        DataError: the file is no readable JPEG or PNG, or too large.
    """
    from PIL import Image as Pil
    from PIL import UnidentifiedImageError

    try:
        with Pil.open(path, formats=["JPEG", "PNG"]) as picture:
            if picture.width * picture.height > _MAX_PX:
                raise DataError(f"{path} has {picture.width}x{picture.height} pixels, too many")
            converted: Image = picture.convert("L" if picture.mode == "L" else "RGB")
            return converted
    except (OSError, UnidentifiedImageError, Pil.DecompressionBombError) as error:
        raise DataError(f"{path} of the run is no picture that can be read: {error}") from error


def thumbnail(
    picture: Image, label: str, alt: str, *, side_px: int = SIDE_PX, href: str = ""
) -> Shot:
    """A picture inlined in the page, at most ``side_px`` long.

    Args:
        picture: RGB or grey.
        label: short name.
        alt: text for screen readers.
        side_px: longer side.
        href: address of the full-size picture, relative to the page.
    """
    small = picture.copy()
    small.thumbnail((side_px, side_px))
    buffer = io.BytesIO()
    small.save(buffer, format="WEBP", quality=_QUALITY, method=2)
    encoded = base64.b64encode(buffer.getvalue()).decode("ascii")
    return Shot(label, alt, f"data:image/webp;base64,{encoded}", *small.size, href)


def shot(label: str, alt: str, path: Path) -> Shot:
    """A picture file of a run as an inlined thumbnail.

    Raises:
        DataError: the file is no JPEG or PNG that can be read.
    """
    return thumbnail(read_picture(path), label, alt)
