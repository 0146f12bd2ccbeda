"""Pictures without hair: crops of photos, gradients, blotches, stripes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hairopt.types import ImageU8


def background(photos: Sequence[ImageU8], side_px: int, rng: np.random.Generator) -> ImageU8:
    """A picture without hair, uint8 (side_px, side_px, 3) RGB.

    Args:
        photos: uint8 (H, W, 3) RGB without people, any size; half of the results are crops of
            them, if there are any.
        side_px: side of the result.
        rng: decides everything.
    """
    if photos and rng.random() < 0.5:
        return _crop(photos[int(rng.integers(len(photos)))], side_px, rng)
    return _MADE_UP[int(rng.integers(len(_MADE_UP)))](side_px, rng)


def _crop(photo: ImageU8, side_px: int, rng: np.random.Generator) -> ImageU8:
    import cv2

    height, width = photo.shape[:2]
    side = max(8, int(rng.uniform(0.4, 1) * min(height, width)))
    top, left = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
    crop = photo[top : top + side, left : left + side]
    crop = np.asarray(cv2.resize(crop, (side_px, side_px), interpolation=cv2.INTER_AREA))
    turned = crop[:, ::-1] if rng.random() < 0.5 else crop
    return np.ascontiguousarray(turned[::-1] if rng.random() < 0.3 else turned)


def _gradient(side_px: int, rng: np.random.Generator) -> ImageU8:
    first, last = rng.integers(0, 256, (2, 3))
    ramp = np.linspace(0, 1, side_px)[:, None, None]
    if rng.random() < 0.5:
        ramp = ramp.transpose(1, 0, 2)
    shape = (side_px, side_px, 3)
    return np.broadcast_to(first * (1 - ramp) + last * ramp, shape).astype(np.uint8)


def _blotches(side_px: int, rng: np.random.Generator) -> ImageU8:
    import cv2

    rows, columns = rng.integers(2, 24, 2)
    cells = rng.integers(0, 256, (rows, columns, 3)).astype(np.uint8)
    kind = (cv2.INTER_NEAREST, cv2.INTER_CUBIC)[int(rng.integers(2))]
    return np.asarray(cv2.resize(cells, (side_px, side_px), interpolation=kind))


def _stripes(side_px: int, rng: np.random.Generator) -> ImageU8:
    colours = rng.integers(0, 256, (int(rng.integers(2, 4)), 3)).astype(np.uint8)
    period, angle = int(rng.integers(6, 60)), rng.uniform(0, np.pi)
    rows, columns = np.mgrid[:side_px, :side_px]
    band = (columns * np.cos(angle) + rows * np.sin(angle)) // period
    return np.asarray(colours[band.astype(int) % len(colours)])


_MADE_UP = (_gradient, _blotches, _stripes)
