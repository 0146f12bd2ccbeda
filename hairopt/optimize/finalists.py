"""Select up to five candidates to confirm, from least to most effort."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hairopt.optimize.knobs import Family, families
from hairopt.optimize.request import OptimizeRequest
from hairopt.optimize.screened import MARGINAL, Screened, front
from hairopt.optimize.search import best_of, trimmed
from hairopt.optimize.space import Changes, Space, unique

MOST = 5
"""Largest number of options in a plan."""

_SPARE = 0.6
"""Share of the allowed loss of quality that a safe candidate does not use."""

_NEAR = 0.05
"""A candidate this little below the least retention is confirmed, because few cases are inexact."""


def finalists(
    measured: Sequence[Screened], space: Space, request: OptimizeRequest, most: int = MOST
) -> list[Changes]:
    """The candidates to confirm, the most promising first.

    First the best one without changes that add nothing, and the best one with a reserve of quality;
    then the best ones for less effort, down to the smallest; then the rest of the Pareto front over
    latency, cost and retention, best retention first; then those that miss the limits, the smallest
    miss first. Those that change other parts of the service than the ones before come first.

    Args:
        measured: all screened candidates.
        space: the knobs.
        request: goal and limits.
        most: largest number of candidates.
    """
    whole = (one for one in measured if one.is_complete)
    saving = [one for one in whole if _saves(one, request)]
    feasible = [one for one in saving if one.is_feasible(request.min_retention)]
    chosen: list[Changes] = []
    best = best_of(feasible, request)
    if best is not None:
        chosen.append(trimmed(best, measured, space, request.goal))
        # Few cases are inexact, so the best one with a reserve of quality is confirmed, too.
        spare = request.min_retention + (1 - request.min_retention) * _SPARE
        safer = [one for one in feasible if one.kept >= spare]
        second = best_of(safer, request)
        chosen += [trimmed(second, measured, space, request.goal)] if second else []
    chosen += _by_effort(feasible, space, request)
    chosen += _changes(sorted(front(feasible), key=lambda one: -one.kept))
    near = [one for one in saving if one not in feasible]
    close = [o for o in near if o.kept >= request.min_retention - _NEAR]
    chosen += _changes(sorted(close, key=lambda one: one.spends(request.goal))[:1])
    chosen += _changes(sorted(near, key=lambda one: one.miss(request.min_retention)))
    return _apart(unique(change for change in chosen if change))[:most]


def _apart(candidates: Sequence[Changes]) -> list[Changes]:
    """Those first that change other parts of the service than all before; the order is kept.

    Three variants of one idea are one option for the reader of a plan.
    """
    seen: set[tuple[Family, ...]] = set()
    first, others = list[Changes](), list[Changes]()
    for one in candidates:
        parts = families(one)
        # The best one with a reserve of quality stands by for the best one.
        into = others if parts in seen and len(first) != 1 else first
        into.append(one)
        seen.add(parts)
    return [*first, *others]


def _by_effort(
    feasible: Sequence[Screened], space: Space, request: OptimizeRequest
) -> list[Changes]:
    """Candidates that no other beats with the same or less effort, spread from most to least."""
    steps: list[Screened] = []
    ordered = sorted(
        feasible, key=lambda one: (space.effort_days(one.changes), one.spends(request.goal))
    )
    for one in ordered:
        last = steps[-1].spends(request.goal) if steps else 1.0
        if one.spends(request.goal) < last - MARGINAL:
            steps.append(one)
    return _changes(_spread(steps[::-1], MOST - 1))


def _spread(steps: list[Screened], count: int) -> list[Screened]:
    """At most ``count`` of them, first and last included."""
    if len(steps) <= count:
        return steps
    return [steps[round(i * (len(steps) - 1) / (count - 1))] for i in range(count)]


def _saves(one: Screened, request: OptimizeRequest) -> bool:
    if request.goal == "quality":
        return min(one.spends("latency"), one.spends("cost")) < 1 - MARGINAL
    return one.saves_surely(request.goal, MARGINAL)


def _changes(candidates: Iterable[Screened]) -> list[Changes]:
    return [one.changes for one in candidates]
