"""The four errors of the matting benchmark, over the whole picture.

Source: Rhemann et al., "A perceptually motivated online benchmark for image matting", CVPR 2009.
The benchmark sums over the unknown part of a trimap; a truth mask has none, so every pixel counts.
As is usual, the three sums are given in thousands of pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.boxes import bounding_box
from hairopt.metrics.validate import require_mask
from hairopt.pieces import PIECE_BYTES, Piece, in_pieces, pieces
from hairopt.raster import Pixels
from hairopt.types import Box, MaskBool, MaskF32

_STEPS = tuple(float(step) for step in np.arange(1, 11) / 10)
_LEVEL_OF_COUNT = np.array((0.0, *_STEPS), np.float32)
_CONNECTED_WITHIN = 0.15
_BYTES_PER_PX = 24


@dataclass(frozen=True)
class MatteSums:
    """Differences between an alpha and a truth, summed over pixels.

    Attributes:
        absolute: the sum of |alpha - truth|.
        squared: the sum of (alpha - truth)^2.
        px: all pixels.
    """

    absolute: float = 0.0
    squared: float = 0.0
    px: int = 0

    @classmethod
    def of(cls, alpha: MaskF32, truth: MaskF32) -> MatteSums:
        """Compare two planes.

        Raises:
            UsageError: for another dtype, unequal shapes, NaN or values outside [0, 1].
        """
        import cv2

        _require(alpha, truth)
        return cls(
            float(cv2.norm(alpha, truth, cv2.NORM_L1)),
            float(cv2.norm(alpha, truth, cv2.NORM_L2SQR)),
            alpha.size,
        )

    def __add__(self, other: MatteSums) -> MatteSums:
        """The sums of two parts of a picture together."""
        return MatteSums(
            self.absolute + other.absolute, self.squared + other.squared, self.px + other.px
        )

    @property
    def sad(self) -> float:
        """Sum of |alpha - truth| / 1000; 0 or more, lower is better; always defined."""
        return self.absolute / 1000.0

    @property
    def mse(self) -> float:
        """Mean of (alpha - truth)^2; 0..1, lower is better; always defined."""
        # The sum is a square of a root, which can round to a hair above the number of pixels.
        return min(1.0, self.squared / self.px)


def matte_gradient(alpha: NDArray[np.float32], truth: NDArray[np.float32]) -> float:
    """Sum of (|grad alpha| - |grad truth|)^2 / 1000; 0 or more, lower is better.

    Args:
        alpha: gradient magnitude of the alpha, float32 (H, W), from ``Gradient.of``.
        truth: gradient magnitude of the truth.
    """
    import cv2

    return float(cv2.norm(alpha, truth, cv2.NORM_L2SQR)) / 1000.0


def matte_connectivity(alpha: Pixels, truth: Pixels, most_bytes: int = PIECE_BYTES) -> float:
    """Sum of |phi(alpha) - phi(truth)| / 1000; 0 or more, lower is better; always defined.

    The source region at level t is the largest 4-connected part of {alpha >= t and truth >= t}.
    l is the greatest of 0, 0.1 .. 1 up to which a pixel has belonged to it, d = value - l, and
    phi = 1 - d where d >= 0.15, else 1.

    Args:
        alpha: float32 (H, W) in [0, 1].
        truth: the same.
        most_bytes: what the arrays of a step may take.

    Raises:
        UsageError: for another dtype, unequal shapes, NaN or values outside [0, 1].
    """
    _require(alpha, truth)
    step = partial(in_pieces, bytes_per_px=_BYTES_PER_PX, most_bytes=most_bytes)

    def reached(piece: Piece) -> NDArray[np.uint8]:
        return _steps(np.minimum(alpha[piece.inner.slices], truth[piece.inner.slices]))

    def some(piece: Piece) -> MaskBool:
        either = np.maximum(alpha[piece.inner.slices], truth[piece.inner.slices])
        return np.asarray(either >= np.float32(_STEPS[0]))

    window = bounding_box(step(some, Box.full(*truth.shape)))
    if window.is_empty:
        return 0.0
    connected = _connected(step(reached, window))
    total = 0.0
    for piece in pieces(window, bytes_per_px=_BYTES_PER_PX, most_bytes=most_bytes):
        inner = piece.inner.slices
        levels = _LEVEL_OF_COUNT[connected[piece.inner.within(window).slices]]
        gap = _disconnection(alpha[inner], levels) - _disconnection(truth[inner], levels)
        total += float(np.abs(gap).sum(dtype=np.float64))
    return total / 1000.0


def _steps(values: MaskF32) -> NDArray[np.uint8]:
    """How many of the steps each value reaches."""
    reached = np.zeros(values.shape, np.uint8)
    for step in _STEPS:
        reached += values >= np.float32(step)
    return reached


def _connected(steps: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Up to how many of its steps each pixel belongs to the largest part of every region."""
    highest = int(steps.max())
    if highest == 0:
        return steps
    seed = _pixel_of(steps >= highest)  # it lies in all regions, well inside
    connected = np.zeros(steps.shape, np.uint8)
    for step in range(1, highest + 1):
        part = _largest_part(steps >= step, seed)
        part &= connected == step - 1
        connected += part
    return connected


def _disconnection(values: MaskF32, levels: MaskF32) -> NDArray[np.float32]:
    """1 - phi."""
    gap = values - levels
    gap *= gap >= np.float32(_CONNECTED_WITHIN)
    return gap


def _largest_part(region: MaskBool, seed: tuple[int, int] | None) -> MaskBool:
    """The largest 4-connected part of a region; of equals, the first in reading order.

    Args:
        region: bool (h, w).
        seed: a pixel (x, y) that is likely to be in it.
    """
    import cv2

    pixels = int(np.count_nonzero(region))
    filled = region.astype(np.uint8)
    if seed is not None and filled[seed[::-1]]:
        part_px = cv2.floodFill(filled, None, seed, 2, flags=4)[0]
        if 2 * part_px > pixels:  # more than half cannot be beaten
            return np.asarray(filled == 2)
    largest = _pixel_of(region)
    if largest is not None:
        cv2.floodFill(filled, None, largest, 3, flags=4)
    return np.asarray(filled == 3)


def _pixel_of(region: MaskBool) -> tuple[int, int] | None:
    """A pixel (x, y) of the largest 4-connected part; None where the region is empty."""
    from hairopt.metrics.connected_loops import largest_part

    first, _ = largest_part(region)
    return None if first < 0 else (first % region.shape[1], first // region.shape[1])


def _require(alpha: Pixels, truth: Pixels) -> None:
    require_mask(truth, "truth")
    require_mask(alpha, "alpha", truth.shape)
