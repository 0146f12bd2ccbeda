"""Find doubtful truth masks, by their values and by their position on the photo.

Each test is calibrated on three kinds of masks: binary and hand-made, rendered with exact
coverage, and hand-drawn mattes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from hairopt.images.compression_noise import compression_noise, is_even
from hairopt.images.exif import TURNS
from hairopt.raster import coverage
from hairopt.types import ImageU8, MaskBool, MaskU8

_BORDER_SHARE = 0.02
_LOOKED_AT_PX = 256
"""Longer side at which photo and mask are compared: hairlines stay visible, noise does not."""

_STRIP_PX = 512
"""Rows per step: masks of many megapixels are not copied as a whole."""
_LEAST_GREY = 32

_LEAST_REST = 0.005
_INVERTED = 0.3

_SHORTEST_OUTLINE = 0.5
"""Least outline, in pixels per pixel of the longer side, to judge the position of a mask."""
_MOST_HAIR = 0.9
_FITS_AS_STORED = 0.9
_FITS_OTHERWISE = 0.55
"""Ratio of the photo's edge strength below the outline to that below the turned outline."""


@dataclass(frozen=True)
class MaskDoubts:
    """Findings about one mask.

    Attributes:
        is_inverted: whether hair seems to be 0.
        has_noise: whether it has the noise of lossy compression.
        better_turned: EXIF orientation that would make it fit its photo; 1 if it fits already.
        even_grey_fraction: share of the picture in even areas of one grey from 32 to 223, 0..1.
    """

    is_inverted: bool
    has_noise: bool
    better_turned: int
    even_grey_fraction: float


def doubts_of(image: ImageU8, levels: MaskU8, orientation: int = 1) -> MaskDoubts:
    """Test one mask against its photo.

    Args:
        image: uint8 (H, W, 3) RGB, upright.
        levels: uint8 (H, W), coverage in steps of 1/255.
        orientation: EXIF orientation of the photo's file, 1 to 8.
    """
    small, hair = _reduced(image, levels)
    return MaskDoubts(
        is_inverted=_looks_inverted(levels, small, hair),
        has_noise=compression_noise(levels) > 0,
        better_turned=_better_turned(small, hair, orientation),
        even_grey_fraction=_even_grey_fraction(levels),
    )


def _border_fraction(levels: MaskU8) -> float:
    """Mean coverage of the outermost 2 % of the shorter side, 0..1."""
    depth = max(1, round(_BORDER_SHARE * min(levels.shape)))
    inside = levels[depth:-depth, depth:-depth]
    border = int(levels.sum(dtype=np.int64)) - int(inside.sum(dtype=np.int64))
    return border / (levels.size - inside.size) / 255


def _reduced(image: ImageU8, levels: MaskU8) -> tuple[NDArray[np.float32], MaskBool]:
    """The reduced photo in OpenCV's scaled CIELAB, float32 (h, w, 3), and its hair, bool (h, w)."""
    import cv2

    height, width = levels.shape
    factor = min(1.0, _LOOKED_AT_PX / max(height, width))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    hair: MaskBool = cv2.resize(coverage(levels), size, interpolation=cv2.INTER_AREA) >= 0.5
    return cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32), hair


def _looks_inverted(levels: MaskU8, lab: NDArray[np.float32], hair: MaskBool) -> bool:
    """Whether the hair of the mask surrounds the rest, has more colours, less texture, more light.

    Close-ups of heads and photos filled with hair meet only the first condition.
    """
    import cv2

    border = _border_fraction(levels)
    surrounds = border > 0.5 and border > float(levels.mean(dtype=np.float64)) / 255
    rest = ~hair
    if not surrounds or not hair.any() or np.count_nonzero(rest) < _LEAST_REST * rest.size:
        return False
    strands = np.abs(cv2.Laplacian(lab[..., 0], cv2.CV_32F))

    def ratio(value: Callable[[MaskBool], float]) -> float:
        return (value(hair) + 0.01) / (value(rest) + 0.01)

    colours = ratio(lambda region: float(lab[region][:, 1:].std(axis=0).sum()))
    texture = ratio(lambda region: float(strands[region].mean()))
    lighter = float(np.median(lab[hair][:, 0]) - np.median(lab[rest][:, 0]))
    return log(colours / texture) + lighter / 200 > _INVERTED


def _better_turned(lab: NDArray[np.float32], hair: MaskBool, orientation: int) -> int:
    """The turn that puts the outline on stronger edges of the photo; 1 if no turn is better.

    If the photo has an orientation, a mask that was not turned with it is likely, and weak evidence
    is enough. Any other turn needs strong evidence.
    """
    import cv2

    square = np.ones((3, 3), np.uint8)
    solid = hair.view(np.uint8)
    outline = cv2.dilate(solid, square) != cv2.erode(solid, square)
    short = np.count_nonzero(outline) < _SHORTEST_OUTLINE * max(outline.shape)
    if short or hair.mean() > _MOST_HAIR:
        return 1
    blurred = cv2.GaussianBlur(lab, (0, 0), 1.0)
    across, down = (cv2.Sobel(blurred, cv2.CV_32F, 1 - axis, axis) for axis in (0, 1))
    edges = np.hypot(across, down).sum(axis=2)
    as_it_is = float(edges[outline].mean(dtype=np.float64))
    worst, found = 1.0, 1
    for turn in TURNS:
        turned = _turned(outline, turn)
        if turned.shape != outline.shape:
            continue
        there = float(edges[turned].mean(dtype=np.float64))
        allowed = _FITS_AS_STORED if turn == orientation else _FITS_OTHERWISE
        fit = as_it_is / there / allowed if there else 1.0
        if fit < worst:
            worst, found = fit, turn
    return found


def _turned(pixels: MaskBool, turn: int) -> MaskBool:
    """Apply an EXIF orientation (Exif 2.3, tag 0x0112) to a stored picture."""
    if turn >= 5:
        pixels = pixels.T
    rows = -1 if turn in (3, 4, 7, 8) else 1
    columns = -1 if turn in (2, 3, 6, 7) else 1
    return pixels[::rows, ::columns]


def _even_grey_fraction(levels: MaskU8) -> float:
    """Share of pixels whose 3 x 3 square has one grey from 32 to 223."""
    found = 0
    for top in range(0, len(levels), _STRIP_PX):
        strip = levels[top : top + _STRIP_PX]
        grey = (strip >= _LEAST_GREY) & (strip <= 255 - _LEAST_GREY)
        if grey.any():
            found += int(np.count_nonzero(grey & is_even(strip, 3)))
    return found / levels.size
