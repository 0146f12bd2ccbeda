"""Whether an answer shows the photo that it was asked about."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairopt.backends.recovered.fit import Planes, shrunk
from hairopt.types import ImageU8

_TILE_PX = 12
"""Of a picture at ``FIT_PX``: about a sixteenth of its longer side."""

_WIDE_PX = 4.0
"""Standard deviation of the Gaussian whose result is taken off: light and dye vary slowly."""

_ALIKE = 0.7
"""Correlation from which a tile shows the same."""

_FAINT = 1.0
"""Standard deviation in levels of 255 below which a tile shows nothing."""

LEAST_SHARE = 0.4
"""Of the tiles that show something: from here on an answer shows the photo."""


def likeness(photo: ImageU8, answer: ImageU8) -> float:
    """Share of the tiles of a photo whose detail is found at the same place of an answer.

    Dye changes colour and light, but strands stay where they are. Detail is looked at in the
    brightest channel and in luma, since strong dyes leave some channels empty.

    Args:
        photo: uint8 (H, W, 3) RGB.
        answer: the same shape.

    Returns:
        0..1; 1 for a photo without any detail.
    """
    one, other = (_details(shrunk(picture).astype(np.float32)) for picture in (photo, answer))
    best = np.max([_correlations(a, b) for a in one for b in other], axis=0)
    shows = np.max([_spread(a) for a in one], axis=0) > _FAINT
    return float((best[shows] > _ALIKE).mean()) if shows.any() else 1.0


def _details(small: Planes) -> list[Planes]:
    import cv2

    planes = [small.max(axis=2), small @ np.array([0.299, 0.587, 0.114], np.float32)]
    return [_tiles(plane - cv2.GaussianBlur(plane, (0, 0), _WIDE_PX)) for plane in planes]


def _tiles(plane: Planes) -> Planes:
    """Squares of a plane, float32 (tiles, pixels); a plane smaller than one is a tile itself."""
    down, across = (max(1, side // _TILE_PX) for side in plane.shape)
    height, width = (min(side, _TILE_PX) for side in plane.shape)
    cut = plane[: down * height, : across * width].reshape(down, height, across, width)
    return np.ascontiguousarray(cut.transpose(0, 2, 1, 3)).reshape(down * across, -1)


def _spread(tiles: Planes) -> NDArray[np.float32]:
    return np.asarray(tiles.std(axis=1))


def _correlations(one: Planes, other: Planes) -> NDArray[np.float32]:
    one, other = (tiles - tiles.mean(axis=1, keepdims=True) for tiles in (one, other))
    norms = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    return np.asarray((one * other).sum(axis=1) / (norms + 1e-3))
