"""Draw the truth mattes of the starter dataset from hand-drawn lines.

    python -m pip install pymatting
    python tools/starter/draw_mattes.py [NAME ...]

Every ``NAME.toml`` beside this file becomes ``datasets/starter/masks/NAME.png``. An ``outline``
is the line of half coverage; closed-form matting (Levin, Lischinski & Weiss 2008) decides within
``band_px`` of it, and within ``unknown`` areas, how much of each pixel is hair. Hair too thin for
that is added: a ``strand`` as a line of given opacity; a ``patch`` by where each of its pixels lies
between the colour of the hair and that of what is ``behind`` it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from scipy.ndimage import distance_transform_edt

from hairopt.datasets import load_dataset
from hairopt.images import decode_image

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found, unused-ignore]

_HERE = Path(__file__).resolve().parent
_STARTER = _HERE.parent.parent / "datasets" / "starter"
_SUBPIXELS = 8
_PATCH_BLUR_PX = 0.7
_NOISE_SHARE = 0.12
_Points = list[list[float]]
_Coverage = NDArray[np.float64]


@dataclass(frozen=True)
class _Canvas:
    width_px: int
    height_px: int

    def area(self, points: _Points, blur_px: float = 0.0) -> _Coverage:
        """Coverage by a polygon, float64 (H, W) in [0, 1]."""
        image, draw = self._sheet()
        draw.polygon(self._scaled(points), fill=255)
        return self._reduced(image.filter(ImageFilter.GaussianBlur(blur_px * _SUBPIXELS)))

    def line(self, points: _Points, width_px: float) -> _Coverage:
        """Coverage by a line, float64 (H, W) in [0, 1], with the softness of a lens."""
        image, draw = self._sheet()
        draw.line(self._scaled(points), 255, round(width_px * _SUBPIXELS), joint="curve")
        return self._reduced(image.filter(ImageFilter.GaussianBlur(0.4 * _SUBPIXELS)))

    def _sheet(self) -> tuple[Image.Image, ImageDraw.ImageDraw]:
        image = Image.new("L", (self.width_px * _SUBPIXELS, self.height_px * _SUBPIXELS))
        return image, ImageDraw.Draw(image)

    def _scaled(self, points: _Points) -> list[tuple[float, float]]:
        return [(x * _SUBPIXELS - 0.5, y * _SUBPIXELS - 0.5) for x, y in points]

    def _reduced(self, image: Image.Image) -> _Coverage:
        small = image.resize((self.width_px, self.height_px), Image.Resampling.BOX)
        return np.asarray(small, dtype=np.float64) / 255.0


def trimap(drawing: dict[str, Any], canvas: _Canvas) -> _Coverage:
    """Sure hair 1, sure background 0, to be decided 0.5; float64 (H, W)."""
    sure = np.zeros((canvas.height_px, canvas.width_px))
    open_question = np.zeros(sure.shape, dtype=bool)
    for outline in drawing["outline"]:
        inside = canvas.area(outline["points"]) > 0.5
        # Distance from a pixel's centre to the line, which runs between two pixels.
        depth_px = distance_transform_edt(inside) - distance_transform_edt(~inside)
        depth_px -= 0.5 * np.sign(depth_px)
        sure[depth_px > outline["band_px"]] = 1.0
        open_question |= np.abs(depth_px) <= outline["band_px"]
    for area in drawing.get("unknown", []):
        open_question |= canvas.area(area["points"]) > 0.5
    sure[open_question] = 0.5
    return sure


def matte(drawing: dict[str, Any], photo: NDArray[np.uint8]) -> _Coverage:
    """Coverage by hair.

    Args:
        drawing: the content of a drawing's TOML file.
        photo: uint8 (H, W, 3) RGB.

    Returns:
        float64 (H, W) in [0, 1].
    """
    from pymatting import estimate_alpha_cf  # type: ignore[import-not-found, unused-ignore]

    canvas = _Canvas(photo.shape[1], photo.shape[0])
    coverage: _Coverage = estimate_alpha_cf(photo / 255.0, trimap(drawing, canvas))
    for strand in drawing.get("strand", []):
        line = canvas.line(strand["points"], strand["width_px"]) * strand["opacity"]
        coverage = np.maximum(coverage, line)
    for patch in drawing.get("patch", []):
        coverage = np.maximum(coverage, sparse(patch, photo, canvas))
    # A solver's remainder far from any hair is no hair; 2 of 255 cannot be seen.
    return np.where(coverage < 2.5 / 255.0, 0.0, np.minimum(coverage, 1.0))


def sparse(patch: dict[str, Any], photo: NDArray[np.uint8], canvas: _Canvas) -> _Coverage:
    """Coverage by sparse hair: the position between two known colours, float64 (H, W)."""
    behind = np.array(patch["behind"], dtype=np.float64)
    towards = np.array(patch["hair"], dtype=np.float64) - behind
    share = ((photo - behind) * towards).sum(axis=2) / (towards**2).sum()
    # The first part of the way is noise and compression.
    share = ((share - _NOISE_SHARE) / (1.0 - _NOISE_SHARE)).clip(0.0, 1.0)
    area = canvas.area(patch["points"], _PATCH_BLUR_PX)
    return np.asarray(area * share * patch["opacity"], dtype=np.float64)


def main(names: list[str]) -> None:
    """Draw the named mattes, or all."""
    dataset = load_dataset(_STARTER)
    for name in names or sorted(path.stem for path in _HERE.glob("*.toml")):
        drawing = tomllib.loads((_HERE / f"{name}.toml").read_text(encoding="utf-8"))
        case = dataset.case(name)
        assert case.mask is not None, f"{name} has no mask to draw"
        coverage = matte(drawing, decode_image(case.photo_bytes(), name))
        grey = np.rint(coverage * 255.0).astype(np.uint8)
        Image.fromarray(grey).save(case.mask, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1:])
