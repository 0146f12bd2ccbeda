"""The time budget of a search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hairopt.errors import HairoptError
from hairopt.measure.progress import Phase, Silent


class BudgetEndedError(HairoptError):
    """The time is over; the current step is stopped."""


@dataclass
class Budget:
    """A deadline on a clock.

    Attributes:
        total_s: the whole budget, with earlier sessions of the same search.
        now: a monotonic clock, in seconds, given by the caller: this package reads no clock.
        spent_before_s: seconds spent by earlier sessions.
    """

    total_s: float
    now: Callable[[], float]
    spent_before_s: float = 0.0
    _started_s: float = field(init=False)

    def __post_init__(self) -> None:
        """Start the clock."""
        self._started_s = self.now()

    @property
    def spent_s(self) -> float:
        """Seconds spent so far, in all sessions."""
        return self.spent_before_s + self.now() - self._started_s

    @property
    def left_s(self) -> float:
        """Seconds left; negative once it has ended."""
        return self.total_s - self.spent_s


@dataclass
class Watched(Silent):
    """Ends a bench when its time is over, and records the time per phase; shows nothing.

    Attributes:
        budget: the budget.
        reserve_s: seconds of the budget that the bench must leave for later steps.
        phase_s: phase -> seconds of its steps; phases may alternate.
    """

    budget: Budget
    reserve_s: float
    phase_s: dict[Phase, float] = field(default_factory=dict)
    _seen_s: float | None = None

    def update(self, phase: Phase, done: int, total: int) -> None:
        """Note the time; between two steps nothing is being timed, so a bench may end there.

        Raises:
            BudgetEndedError: the time is over.
        """
        now = self.budget.now()
        # Before the first step of a phase lies what belongs to none.
        last = now if self._seen_s is None or done == 0 else self._seen_s
        self.phase_s[phase] = self.phase_s.get(phase, 0.0) + now - last
        self._seen_s = now
        super().update(phase, done, total)
        if phase != "write" and self.budget.left_s < self.reserve_s:
            raise BudgetEndedError("the budget ended")
