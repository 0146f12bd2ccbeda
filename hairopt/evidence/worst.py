"""The worst of several losses, such as of metrics or of slices, with an interval that knows it.

Choosing the worst of several estimates makes it look worse than it is. So its two ends come from
two arguments, each right at 2.5 %:

- The true worst loss is at most the largest upper end of all, each taken alone: whichever of them
  truly is the worst, its own upper end holds (an intersection-union test needs no correction).
- A single one is shown to be a loss only by an end that holds for all of them together: the bound
  of the largest studentised error of any of them, drawn jointly from the same sources (Westfall &
  Young 1993, Resampling-Based Multiple Testing, section 2.3, "max-t").
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hairopt.evidence.evidence import Interval
from hairopt.evidence.significance import FEWEST_IMAGES
from hairopt.evidence.sources import Array
from hairopt.evidence.studentised import (
    RESAMPLES,
    Smooth,
    Studentised,
    studentised,
    upper_quantile,
)


@dataclass(frozen=True)
class Loss:
    """One of several losses.

    Attributes:
        value: the loss, more is worse.
        sure: a loss of at least this is shown, all of them together considered.
        most: the true loss is at most this, it alone considered.
    """

    value: float
    sure: float
    most: float


@dataclass(frozen=True)
class Losses:
    """Several losses of one comparison."""

    each: tuple[Loss, ...]

    @property
    def worst(self) -> int:
        """Place of the largest measured loss."""
        return max(range(len(self.each)), key=lambda place: self.each[place].value)

    def proven_beyond(self, limit: float) -> int | None:
        """Place of the largest loss that is beyond the limit and shown to be a loss, if any."""
        proven = [
            place for place, one in enumerate(self.each) if one.value > limit and one.sure > 0
        ]
        return max(proven, key=lambda place: self.each[place].value) if proven else None

    def interval(self, place: int) -> Interval | None:
        """95 % interval of the worst true loss, seen from one of them; None if it has no end.

        It starts where that one is sure, and ends where none of them can be beyond.
        """
        ends = self.each[place].sure, max(one.most for one in self.each)
        return ends if all(map(math.isfinite, ends)) else None


def losses(functions: Sequence[Smooth]) -> Losses:
    """Losses over the same sources, in the same order in every function; at least two sources.

    A function of only some of the sources has columns that are 0 in the others. With fewer than
    ``FEWEST_IMAGES`` sources that are not 0, or without an end of its interval, it shows nothing
    itself, and takes nothing away from what the others show.
    """
    found = [studentised(function) for function in functions]
    reaches = [_reach(*pair) for pair in zip(functions, found, strict=True)]
    together = _joint_quantile(
        [one for one, reach in zip(found, reaches, strict=True) if math.isfinite(reach)]
    )
    return Losses(
        tuple(
            Loss(one.value, one.value - one.error * together, one.value + reach)
            if math.isfinite(reach)
            else Loss(one.value, -math.inf, math.inf)
            for one, reach in zip(found, reaches, strict=True)
        )
    )


def _reach(function: Smooth, found: Studentised) -> float:
    """Half of its interval, it alone considered; infinite if it shows nothing."""
    if function.columns.any(axis=0).sum() < FEWEST_IMAGES:
        return math.inf
    return found.reach() if found.error else 0.0


def _joint_quantile(found: Sequence[Studentised]) -> float:
    """The largest of all absolute errors that 5 % of the resamples exceed."""
    varying = [one for one in found if one.error]
    if not varying:
        return 0.0
    drawn = [one.t for one in varying if one.t is not None]
    if not drawn:
        return _bonferroni(varying)
    largest: Array = np.zeros(RESAMPLES)
    for t in drawn:
        largest = np.maximum(largest, np.abs(t))
    return upper_quantile(largest, 0.05)


def _bonferroni(varying: Sequence[Studentised]) -> float:
    """Of many sources, where nothing is drawn: Student's t with Bonferroni's correction."""
    one = varying[0]
    return one.reach(0.05 / len(varying)) / one.error
