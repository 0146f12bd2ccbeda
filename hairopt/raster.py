"""Pictures that need not be in memory: rectangles of them are read from disk, or computed."""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from math import prod
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from hairopt.types import Box, MaskF32, MaskU8

T = TypeVar("T", bound=np.generic)


class Raster(ABC):
    """Values (H, W) or (H, W, C) of which rectangles are made when they are asked for.

    Attributes:
        shape: (H, W) or (H, W, C).
    """

    shape: tuple[int, ...]

    @abstractmethod
    def __getitem__(self, key: tuple[slice, slice]) -> NDArray[Any]:
        """A new array of the pixels ``[top:bottom, left:right]``."""

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """All of it, in memory."""
        whole = self[0 : self.shape[0], 0 : self.shape[1]]
        return whole if dtype is None else whole.astype(dtype, copy=False)


Pixels: TypeAlias = "NDArray[Any] | Raster"
"""What ``[top:bottom, left:right]`` can be taken of, whether it is in memory or not."""


def coverage(levels: MaskU8) -> MaskF32:
    """Levels of 255 to float32 in [0, 1], of the same shape."""
    return np.divide(levels, 255, dtype=np.float32)


class Coverage(Raster):
    """A truth mask: float32 (H, W) in [0, 1] of the levels 0..255 of its file."""

    def __init__(self, levels: MaskU8) -> None:
        self.levels = levels
        self.shape = levels.shape

    def __getitem__(self, key: tuple[slice, slice]) -> MaskF32:
        """``coverage`` of the pixels ``[top:bottom, left:right]``."""
        return coverage(self.levels[key])


def levels_of(truth: Pixels, key: tuple[slice, slice] = (slice(None), slice(None))) -> MaskU8:
    """The levels 0..255 of a truth mask, of a rectangle or all of it: the opposite of coverage."""
    if isinstance(truth, Coverage):
        return np.asarray(truth.levels[key])
    return np.asarray(np.rint(np.asarray(truth[key]) * np.float32(255)), np.uint8)


class OnDisk(Raster, Generic[T]):
    """An array in a file of the temporary folder; the file has no name and ends with the object.

    Rectangles are read and written by ``[top:bottom, left:right]``, as of a NumPy array. A mapped
    file would count as memory of the process as soon as it is read.
    """

    def __init__(self, shape: Sequence[int], dtype: type[T]) -> None:
        """An array of zeros, (H, W) or (H, W, C)."""
        self.shape = tuple(shape)
        self.dtype = np.dtype(dtype)
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - as long as the object
        self._px_bytes = self.dtype.itemsize * prod(self.shape[2:])
        self._file.truncate(self._px_bytes * prod(self.shape[:2]))

    @classmethod
    def of(cls, array: NDArray[T]) -> OnDisk[T]:
        """A copy of an array."""
        copy = cls(array.shape, array.dtype.type)
        copy[0 : array.shape[0], 0 : array.shape[1]] = array
        return copy

    def __getitem__(self, key: tuple[slice, slice]) -> NDArray[T]:
        """A new array of the pixels ``[top:bottom, left:right]``."""
        box = self._box(key)
        size = (box.bottom - box.top, box.right - box.left, *self.shape[2:])
        part = np.empty(size, self.dtype)
        for row in self._seek_each(part, box):
            while row:
                count = self._file.readinto(row)
                if not count:
                    raise OSError("a temporary file of hairopt was cut short")
                row = row[count:]
        return part

    def __setitem__(self, key: tuple[slice, slice], part: NDArray[T]) -> None:
        """Write the pixels ``[top:bottom, left:right]``."""
        for row in self._seek_each(np.ascontiguousarray(part, self.dtype), self._box(key)):
            while row:
                row = row[self._file.write(row) :]

    def _box(self, key: tuple[slice, slice]) -> Box:
        top, bottom, _ = key[0].indices(self.shape[0])
        left, right, _ = key[1].indices(self.shape[1])
        return Box(top, max(top, bottom), left, max(left, right))

    def _seek_each(self, part: NDArray[T], box: Box) -> Iterator[memoryview]:
        """The rows of a part as bytes, one after the other, the file being where each belongs.

        Rows of full width lie side by side in the file: they are one.
        """
        if box.is_empty:
            return
        width = self.shape[1]
        is_wide = box.right - box.left == width
        runs = part.reshape(1 if is_wide else len(part), -1).view(np.uint8)
        for row, run in enumerate(runs, box.top):
            self._file.seek((row * width + box.left) * self._px_bytes)
            yield run.data
