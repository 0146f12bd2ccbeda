"""Locks of hair: squares of about a centimetre, whose mean colour is judged as eyes judge it."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.ciede2000 import ciede2000
from hairopt.types import Box, MaskBool

_LEAST_CHANGE_DE76 = 3.0


def lock_side_px(shape: tuple[int, ...]) -> int:
    """The side of a lock: 2 % of the diagonal, at least 1; about 1 cm of a portrait."""
    return max(1, round(0.02 * hypot(*shape[:2])))


class LockGrid:
    """The squares of a picture.

    The middle of one square is the middle of the picture: a mirrored picture has the same.
    """

    def __init__(self, shape: tuple[int, ...], side_px: int) -> None:
        """The squares of that side in a picture (H, W)."""
        self._row, self._column = (_squares(size_px, side_px) for size_px in shape[:2])
        self._columns = int(self._column[-1]) + 1
        self.count = (int(self._row[-1]) + 1) * self._columns

    def locks(self, inside: MaskBool, box: Box) -> NDArray[np.intp]:
        """Which square each pixel of a core belongs to, intp (N,), in reading order.

        Args:
            inside: bool (h, w), the core within a rectangle.
            box: the rectangle.
        """
        rows, columns = self._row[box.top : box.bottom], self._column[box.left : box.right]
        return np.asarray(np.add.outer(rows * self._columns, columns)[inside])

    def sums(self, lock: NDArray[np.intp], lab: NDArray[np.float32]) -> LockSums:
        """Add up the colours of each square.

        Args:
            lock: of ``locks``.
            lab: CIELAB of the same pixels, float32 (3, N).
        """
        totals = [np.bincount(lock, plane, self.count) for plane in lab]
        return LockSums(np.bincount(lock, minlength=self.count), np.stack(totals))


@dataclass(frozen=True)
class LockSums:
    """Colours added up square by square.

    Attributes:
        px: core pixels in each square, intp (L,).
        lab: the sums of their L*, a*, b*, float64 (3, L).
    """

    px: NDArray[np.intp]
    lab: NDArray[np.float64]

    @classmethod
    def none(cls, count: int) -> LockSums:
        """Of so many squares without a pixel."""
        return cls(np.zeros(count, np.intp), np.zeros((3, count)))

    def __add__(self, other: LockSums) -> LockSums:
        """The sums of two parts of a core together."""
        return LockSums(self.px + other.px, self.lab + other.lab)

    @property
    def mean_lab(self) -> NDArray[np.float32]:
        """The mean colour of each square that holds a pixel of the core, CIELAB float32 (3, n)."""
        used = self.px > 0
        return (self.lab[:, used] / self.px[used]).astype(np.float32)

    def de00(self, ideal: LockSums, unseen_de00: float = 0.0) -> float | None:
        """Mean CIEDE2000 of the squares of two pictures, every square weighing as its pixels.

        What is finer than a lock does not count: the grain that a lossy encoder leaves in hair is
        up to 2 dE00 from pixel to pixel, but the eye averages it. A lock that was not dyed, or in
        another shade, counts in full. 0 or more, lower is better; None without any pixel.

        Args:
            ideal: the sums of the ideal picture, over the same pixels.
            unseen_de00: what nobody sees: of each square, only the difference beyond it counts.
        """
        weights = self.px[self.px > 0]
        if not weights.size:
            return None
        seen = np.maximum(ciede2000(ideal.mean_lab, self.mean_lab) - np.float32(unseen_de00), 0.0)
        return float(np.average(seen, weights=weights))

    def strength(self, photo: LockSums, wanted: LockSums) -> float | None:
        """dye_strength: the share of the change that was asked for which was made; at most 1.

        The change of each square's mean colour from the photo, projected on the change that the
        intent makes there, in CIELAB: sum of p <got, wanted> over sum of p <wanted, wanted>, p the
        pixels. 0 where nothing was dyed, below 0 where the change goes the other way. More than was
        asked for counts as 1, so that it does not make up for less in another shade: that it is too
        much shows in the distance from the intent. None without
        a pixel, or where the root mean square of the change asked for is below 3 dE76, a few times
        what an encoder does.

        Args:
            photo: the sums of the photo, over the same pixels.
            wanted: those of the intent.
        """
        px = self.px[self.px > 0]
        if not px.size:
            return None
        before = photo.mean_lab.astype(np.float64)
        got, asked = self.mean_lab - before, wanted.mean_lab - before
        size = float((px * asked * asked).sum())
        if size < _LEAST_CHANGE_DE76**2 * px.sum():
            return None
        return min(1.0, float((px * got * asked).sum()) / size)


def _squares(size_px: int, side_px: int) -> NDArray[np.intp]:
    """Which square every row (or column) belongs to, from 0."""
    from_middle = np.arange(size_px) - (size_px - 1) / 2
    square: NDArray[np.intp] = np.rint(from_middle / side_px).astype(np.intp)
    square -= square[0]
    return square
