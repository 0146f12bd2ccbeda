"""What is computed for each piece of a picture, so that no metric needs all pieces at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from hairopt.pieces import Piece, give_back

T = TypeVar("T")


class Parts(Generic[T]):
    """One object for each piece; kept where there is a single piece, else made for every pass."""

    def __init__(self, pieces: Iterable[Piece], make: Callable[[Piece], T]) -> None:
        self._pieces = tuple(pieces)
        self._make = make
        self._only: T | None = None

    def __iter__(self) -> Iterator[T]:
        if len(self._pieces) != 1:
            for piece in self._pieces:
                yield self._make(piece)
                give_back()
            return
        if self._only is None:
            self._only = self._make(self._pieces[0])
        yield self._only
