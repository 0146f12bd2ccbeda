"""The callback by which a bench reports its progress."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol, TypeAlias

Phase: TypeAlias = Literal["check", "prepare", "start", "time", "quality", "write"]
"""``check`` reads every case once and finds faults; ``prepare`` loads every variant once, so that
conversions and cold files take no time later; ``start`` starts the workers that are measured,
several of each variant one after the other, and so alternates with ``time``, which counts rounds;
``quality`` counts cases; ``write`` makes the run folder."""

PHASES: tuple[Phase, ...] = ("check", "prepare", "start", "time", "quality", "write")


class Progress(Protocol):
    """Receives the progress after every step, never while a request is timed.

    During the phase ``time`` an implementation must not run a thread (such as a display that
    refreshes itself), because it would compete with the worker for the CPU.
    """

    def update(self, phase: Phase, done: int, total: int) -> None:
        """``done`` of ``total`` steps of a phase are done; 0 means that the phase begins."""
        ...

    def doubt(self, sentence: str) -> None:
        """A warning about the dataset, before anything is timed."""
        ...

    def kept(self, folder: Path, *, of_killed: bool = False) -> None:
        """A run folder with a complete measurement is in its place.

        Args:
            folder: the run folder.
            of_killed: whether it is from an earlier process that was killed.
        """
        ...


class Silent:
    """Ignores the progress."""

    def update(self, phase: Phase, done: int, total: int) -> None:
        """Ignore it."""

    def doubt(self, sentence: str) -> None:
        """Ignore it."""

    def kept(self, folder: Path, *, of_killed: bool = False) -> None:
        """Ignore it."""
