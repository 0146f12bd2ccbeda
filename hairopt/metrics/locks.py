"""Locks of hair: squares of about a centimetre, whose mean colour is judged as eyes judge it."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.ciede2000 import ciede2000
from hairopt.types import MaskBool


def lock_side_px(shape: tuple[int, ...]) -> int:
    """The side of a lock: 2 % of the diagonal, at least 1; about 1 cm of a portrait."""
    return max(1, round(0.02 * hypot(*shape[:2])))


@dataclass(frozen=True)
class Locks:
    """Which square of a grid every pixel of the hair core belongs to.

    Attributes:
        lock: index of the square, intp (N,).
        px: core pixels in each square, at least 1, intp (L,).
    """

    lock: NDArray[np.intp]
    px: NDArray[np.intp]

    @classmethod
    def of(cls, core: MaskBool, side_px: int) -> Locks:
        """Group the pixels of a core, bool (H, W), in reading order.

        The middle of one square is the middle of the picture: a mirrored picture has the same.
        """
        row, column = (_squares(size_px, side_px) for size_px in core.shape)
        square = np.add.outer(row * (column[-1] + 1), column)[core]
        px = np.bincount(square)
        used = px > 0
        return cls((np.cumsum(used) - 1)[square], px[used])

    def mean_lab(self, lab: NDArray[np.float32]) -> NDArray[np.float32]:
        """The mean colour of each lock, float32 (3, L), of CIELAB float32 (3, N)."""
        sums = [np.bincount(self.lock, plane, self.px.size) for plane in lab]
        return (np.stack(sums) / self.px).astype(np.float32)

    def de00(self, output: NDArray[np.float32], ideal: NDArray[np.float32]) -> float | None:
        """Mean CIEDE2000 of the locks of two pictures, every lock weighing as its pixels.

        What is finer than a lock does not count: the grain that a lossy encoder leaves in hair is
        up to 2 dE00 from pixel to pixel, but the eye averages it. A lock that was not dyed, or in
        another shade, counts in full. 0 or more, lower is better; None without any lock.

        Args:
            output: mean CIELAB, float32 (3, L), of ``mean_lab``.
            ideal: the same of the ideal picture.
        """
        return (
            float(np.average(ciede2000(ideal, output), weights=self.px)) if self.px.size else None
        )


def _squares(size_px: int, side_px: int) -> NDArray[np.intp]:
    """Which square every row (or column) belongs to, from 0."""
    from_middle = np.arange(size_px) - (size_px - 1) / 2
    square: NDArray[np.intp] = np.rint(from_middle / side_px).astype(np.intp)
    square -= square[0]
    return square
