"""The evidence of one number: estimate, 95 % interval, p, n, and whether a change is proven.

Everything that shows or judges a change uses this class, so that a change is proven everywhere or
nowhere. Interval and p come from one test: p is below 5 % exactly when the interval excludes "no
change".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hairopt.evidence.significance import ALPHA, FEWEST_IMAGES
from hairopt.quantities import number_of

Interval = tuple[float, float]

Mark = Literal["", "~", "="]

UNPROVEN: Mark = "~"
"""Mark of a change that is not proven, in every format."""

IDENTICAL: Mark = "="
"""Mark of a change of nothing at all: both sides have the same value in every case."""


@dataclass(frozen=True)
class Evidence:
    """A number over source photos, with what is known about it.

    Attributes:
        estimate: a relative change (0.05 is 5 % more), a difference or a mean; None if it is
            undefined, such as a change relative to a baseline of zero.
        ci95: its 95 % interval; None if there is too little data for one that holds.
        p: two-sided p of "no change", by the same test as the interval; None without a test.
        n_cases: cases in which it is defined.
        n_sources: independent source photos among them; for times, independent measurements.
        is_identical: whether both sides have the same value in every case.
        reason: why there is no estimate or no interval; empty if there are both.
    """

    estimate: float | None
    ci95: Interval | None
    p: float | None
    n_cases: int
    n_sources: int
    is_identical: bool = False
    reason: str = ""

    @property
    def is_proven(self) -> bool:
        """Whether it differs from "no change" beyond chance, with enough sources."""
        if self.ci95 is None or self.n_sources < FEWEST_IMAGES or self.is_identical:
            return False
        beyond = not self.ci95[0] <= 0.0 <= self.ci95[1]
        return beyond and (self.p is None or self.p < ALPHA)

    @property
    def mark(self) -> Mark:
        """``=`` identical in every case, ``~`` not proven, empty if it is proven."""
        if self.is_identical:
            return IDENTICAL
        return "" if self.is_proven else UNPROVEN


def too_few(n_sources: int, fewest: int) -> str:
    """The reason for no interval."""
    return f"{number_of(n_sources, 'source photo')}; an interval needs {fewest}"
