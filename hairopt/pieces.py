"""Large pictures in pieces, so that no step needs more memory than it would for a small one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isqrt

from hairopt.types import Box

PIECE_BYTES = 100_000_000
"""What the arrays of a step may take together. A picture that needs no more is one piece."""


@dataclass(frozen=True)
class Piece:
    """A part of a picture.

    Attributes:
        inner: the pixels it stands for; those of all pieces make up the picture, each once.
        outer: the same with what a filter needs around it, as far as the picture reaches.
    """

    inner: Box
    outer: Box

    @property
    def cut(self) -> tuple[slice, slice]:
        """Where the inner pixels lie in an array of the outer ones."""
        return self.inner.within(self.outer).slices


def pieces(
    height_px: int, width_px: int, *, bytes_per_px: int, reach_px: int = 0
) -> Iterator[Piece]:
    """Cut a picture into rows of full width, or into rectangles where a filter reaches far.

    A step that works on the outer pixels and keeps the inner ones gives what it would give for the
    whole picture.

    Args:
        height_px: rows of the picture.
        width_px: columns of the picture.
        bytes_per_px: what the arrays of the step take for each pixel.
        reach_px: how many pixels away a pixel may be that the step's result depends on.

    Yields:
        The pieces in reading order; one where the picture is small.
    """
    rows, columns = _sides(height_px, width_px, PIECE_BYTES // bytes_per_px, reach_px)
    for top in range(0, height_px, rows):
        for left in range(0, width_px, columns):
            inner = Box(top, min(top + rows, height_px), left, min(left + columns, width_px))
            yield Piece(inner, grown(inner, reach_px, height_px, width_px))


def grown(box: Box, reach_px: int, height_px: int, width_px: int) -> Box:
    """A box with so many pixels more on every side, as far as the picture reaches."""
    return Box(
        max(0, box.top - reach_px),
        min(height_px, box.bottom + reach_px),
        max(0, box.left - reach_px),
        min(width_px, box.right + reach_px),
    )


def _sides(height: int, width: int, most_px: int, reach: int) -> tuple[int, int]:
    """Rows and columns of the inner box, so that the outer one is mostly inner."""
    if height * width <= most_px:
        return height, width
    rows = most_px // width - 2 * reach
    side = isqrt(most_px) - 2 * reach
    of_rows, of_squares = rows * width, max(side, 0) ** 2
    if rows > 0 and of_rows >= of_squares:
        return rows, width
    side = max(side, reach, 1)
    return min(side, height), min(side, width)
