"""Large pictures in pieces, so that no step needs more memory than it would for a small one."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from math import isqrt
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hairopt.types import Box

T = TypeVar("T", bound=np.generic)

PIECE_BYTES = 100_000_000
"""What the arrays of a step may take together; a picture that needs no more is one piece."""

_STEP_PX = 64
"""What a filter is given begins and ends at multiples of it. What remains of a row behind the last
whole vector of the processor is computed in another way, by a rounding apart; so it is the same
columns in every piece as in the whole picture."""


@dataclass(frozen=True)
class Piece:
    """A part of a picture.

    Attributes:
        inner: the pixels it stands for; those of all pieces make up the whole, each once.
        outer: the same with what a filter needs around it, as far as the picture reaches.
    """

    inner: Box
    outer: Box

    @property
    def cut(self) -> tuple[slice, slice]:
        """Where the inner pixels lie in an array of the outer ones."""
        return self.inner.within(self.outer).slices


def pieces(
    box: Box,
    *,
    bytes_per_px: int,
    reach_px: int = 0,
    frame: Box | None = None,
    most_bytes: int = PIECE_BYTES,
) -> Iterator[Piece]:
    """Cut a part of a picture into columns of full height, or squares where a filter reaches far.

    A step that works on the outer pixels and keeps the inner ones gives what it would give for all
    of them at once. Columns, because ``cv2.resize`` can be had for some columns exactly, but not
    for some rows.

    Args:
        box: what is cut.
        bytes_per_px: what the arrays of the step take for each pixel.
        reach_px: how many pixels away a pixel may be that the step's result depends on.
        frame: the whole picture; ``box`` itself where None.
        most_bytes: what the arrays of the step may take.

    Yields:
        The pieces, row by row; one where the box is small, none where it is empty.
    """
    frame = box if frame is None else frame
    height, width = box.bottom - box.top, box.right - box.left
    if box.is_empty:
        return
    most_px = most_bytes // bytes_per_px
    if height * width <= most_px:
        yield Piece(box, grown(box, reach_px, frame))
        return
    rows, columns = _sides(height, width, most_px, reach_px)
    for top, bottom in _cuts(box.top, box.bottom, rows):
        for left, right in _cuts(box.left, box.right, columns):
            inner = Box(top, bottom, left, right)
            yield Piece(inner, grown(inner, reach_px, frame))
            give_back()


def in_pieces(
    step: Callable[[Piece], NDArray[T]],
    box: Box,
    *,
    bytes_per_px: int,
    reach_px: int = 0,
    frame: Box | None = None,
    most_bytes: int = PIECE_BYTES,
) -> NDArray[T]:
    """What a step gives for each piece of a box, as one array.

    Args:
        step: gives an array for the inner pixels of a piece, (h, w, ...).
        box: what is cut; not empty.
        bytes_per_px: as for ``pieces``.
        reach_px: likewise.
        frame: likewise.
        most_bytes: likewise.

    Returns:
        (box height, box width, ...); where there is only one piece, what the step gave.
    """
    cuts = pieces(
        box, bytes_per_px=bytes_per_px, reach_px=reach_px, frame=frame, most_bytes=most_bytes
    )
    first = next(cuts)
    part = step(first)
    if first.inner == box:
        return part
    whole = np.empty((box.bottom - box.top, box.right - box.left, *part.shape[2:]), part.dtype)
    whole[first.inner.within(box).slices] = part
    for piece in cuts:
        whole[piece.inner.within(box).slices] = step(piece)
    return whole


def grown(box: Box, reach_px: int, frame: Box) -> Box:
    """A box with at least so many pixels more on every side, as far as the frame reaches."""
    if reach_px == 0:
        return box
    left = (box.left - reach_px) // _STEP_PX * _STEP_PX
    right = -(-(box.right + reach_px) // _STEP_PX) * _STEP_PX
    return Box(
        max(frame.top, box.top - reach_px),
        min(frame.bottom, box.bottom + reach_px),
        max(frame.left, left),
        min(frame.right, right),
    )


def give_back() -> None:
    """Return freed memory to the system.

    The arrays of a piece are too small for glibc to map each on its own. On its heap they leave
    holes, of which it would keep hundreds of megabytes.
    """
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@lru_cache(maxsize=1)
def _malloc_trim() -> Callable[[int], int] | None:
    """What only glibc has."""
    with suppress(TypeError, OSError, AttributeError):  # Windows has no library of the process
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
        return found
    return None


def _cuts(start: int, stop: int, step: int) -> list[tuple[int, int]]:
    """Begin and end of the parts; no last part that is only a sliver."""
    starts = list(range(start, stop, step))
    if len(starts) > 1 and stop - starts[-1] < _STEP_PX:
        starts.pop()
    return list(zip(starts, [*starts[1:], stop], strict=True))


def _sides(height: int, width: int, most_px: int, reach: int) -> tuple[int, int]:
    """Rows and columns of the inner box: those of which the outer one holds most."""
    margin = 2 * reach + (_STEP_PX if reach else 0)
    columns = (most_px // height - margin) // _STEP_PX * _STEP_PX
    side = (isqrt(most_px) - margin) // _STEP_PX * _STEP_PX
    if columns > 0 and columns * height >= max(side, 0) ** 2:
        return height, columns
    side = max(side, _STEP_PX)
    return min(side, height), min(side, width)
