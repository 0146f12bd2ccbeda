"""What encoded an answer, as far as the answer shows it: to encode the photo in the same way."""

from __future__ import annotations

import io
from dataclasses import dataclass

from hairopt.types import ImageU8

_WEBP_QUALITY = 90
"""A WebP does not tell its own."""


@dataclass(frozen=True)
class Coder:
    """The format of a picture file.

    Attributes:
        format: of Pillow.
        tables: quantisation tables of a JPEG.
        subsampling: of its colour, as Pillow numbers it; -1 if it is another.
    """

    format: str
    tables: tuple[tuple[int, ...], ...] = ()
    subsampling: int = -1

    def encode(self, image: ImageU8) -> bytes:
        """A picture, uint8 (H, W, 3) RGB, in this format."""
        from PIL import Image

        buffer = io.BytesIO()
        options: dict[str, object] = {}
        if self.format == "JPEG":
            options["qtables"] = [list(table) for table in self.tables]
            if self.subsampling >= 0:
                options["subsampling"] = self.subsampling
        elif self.format == "WEBP":
            options["quality"] = _WEBP_QUALITY
        Image.fromarray(image).save(buffer, self.format, **options)
        return buffer.getvalue()


def coder_of(answer: bytes) -> Coder:
    """The coder of an answer, from its header; that of a picture without loss is PNG."""
    from PIL import Image, JpegImagePlugin

    with Image.open(io.BytesIO(answer)) as picture:
        if isinstance(picture, JpegImagePlugin.JpegImageFile):
            tables = picture.quantization
            ordered = tuple(tuple(tables[key]) for key in sorted(tables))
            return Coder("JPEG", ordered, JpegImagePlugin.get_sampling(picture))
        return Coder("WEBP" if picture.format == "WEBP" else "PNG")
