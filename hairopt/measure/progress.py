"""The callback by which a bench reports its progress."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol, TypeAlias

Phase: TypeAlias = Literal["check", "prepare", "start", "time", "quality", "write"]
"""``check`` reads every case once and looks for faults; ``prepare`` loads every variant once, so
that conversions and cold files cost nothing later; ``start`` starts the workers that are measured;
``time`` counts timed requests; ``quality`` counts cases; ``write`` makes the run folder."""

PHASES: tuple[Phase, ...] = ("check", "prepare", "start", "time", "quality", "write")


class Progress(Protocol):
    """Told after every step, never while a request is being timed.

    During the phase ``time`` an implementation must not run a thread of its own (a display that
    refreshes itself), because that would compete with the worker for the processor.
    """

    def update(self, phase: Phase, done: int, total: int) -> None:
        """``done`` of ``total`` steps of a phase are over; 0 announces the phase."""
        ...

    def doubt(self, sentence: str) -> None:
        """Something is wrong with the dataset, told before anything is timed."""
        ...

    def kept(self, folder: Path, *, of_killed: bool = False) -> None:
        """A run folder is in its place, with all of its measurement.

        Args:
            folder: the run folder.
            of_killed: it is of an earlier process, which was killed before that.
        """
        ...


class Silent:
    """Says nothing."""

    def update(self, phase: Phase, done: int, total: int) -> None:
        """Ignore it."""

    def doubt(self, sentence: str) -> None:
        """Ignore it."""

    def kept(self, folder: Path, *, of_killed: bool = False) -> None:
        """Ignore it."""
