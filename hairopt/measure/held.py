"""Pictures and planes of one case: in memory, or on disk where the photo is large."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.truth import is_large
from hairopt.pieces import pieces
from hairopt.raster import Coverage, OnDisk, Pixels, coverage
from hairopt.stages.mask import upsample
from hairopt.types import Box, ImageU8, MaskF32, MaskU8

_BYTES_PER_PX = 12
"""Bytes per pixel of an enlarged plane, as float32."""


def held(picture: ImageU8) -> Pixels:
    """A picture, uint8 (H, W, 3), itself or moved to disk."""
    return OnDisk.of(picture) if is_large(picture.shape) else picture


def held_truth(levels: MaskU8) -> Pixels:
    """A truth mask, uint8 (H, W), as float32 in [0, 1], which is four times as large."""
    return Coverage(levels) if is_large(levels.shape) else coverage(levels)


def empty_plane(shape: tuple[int, int]) -> NDArray[np.float32] | OnDisk[np.float32]:
    """A plane of zeros, float32 (H, W), to be filled rectangle by rectangle."""
    return OnDisk(shape, np.float32) if is_large(shape) else np.zeros(shape, np.float32)


def enlarged(plane: Pixels, shape: tuple[int, int]) -> Pixels:
    """A mask or alpha, float32 (h, w) in [0, 1], at the size (H, W) of the photo."""
    if plane.shape == shape:
        return plane
    small: MaskF32 = np.asarray(plane)
    if not is_large(shape):
        return upsample(small, *shape)
    large = empty_plane(shape)
    for piece in pieces(Box.full(*shape), bytes_per_px=_BYTES_PER_PX):
        large[piece.inner.slices] = upsample(small, *shape, piece.inner)
    return large
