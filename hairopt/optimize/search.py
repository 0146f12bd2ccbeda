"""The search: single knobs, combinations, proposals of a sampler, then trimming and easing.

First each knob is changed alone. Then the good changes are combined, one after the other, in the
order of effect over effort (a *ladder*). Then a sampler (multi-objective TPE, Optuna) searches for
combinations that are not on the ladder. At the end the best one is *trimmed*: changes that add
nothing are removed; and *eased*: changes are tried that give back much quality for little, because
the best one uses all the quality that may be lost, and its score on few cases is too good.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Literal

from hairopt.optimize import Goal
from hairopt.optimize.knobs import RISKS
from hairopt.optimize.request import OptimizeRequest
from hairopt.optimize.screened import Screened
from hairopt.optimize.screening import BATCH, Screening
from hairopt.optimize.space import Changes, Space, unique
from hairopt.variants.load import list_variants, load_variant

Ending = Literal["complete", "settled", "budget"]

_TRIFLE = 0.02
"""Savings below this share of the baseline are within the noise of a short run."""

_MOST_ADDED = 2 * BATCH
"""Most changes that are tried on top of the cheapest combination."""

_PATIENCE = 3
"""Number of batches without a better candidate after which the search ends."""


def search(screening: Screening, reserve_s: float) -> Ending:
    """Screen until nothing better is found, or the time is over.

    Args:
        screening: measures the candidates and saves the results.
        reserve_s: seconds of the budget to leave for the confirmation.

    Returns:
        ``budget`` if the time is over, ``complete`` if everything was measured, ``settled`` if
        further proposals were no better.
    """
    space, request = screening.space, screening.request
    has_time = _alone(screening, reserve_s)
    stacked = ladders(screening.study.measured, space, request)
    if not screening.measure(stacked, "together", reserve_s) or not has_time:
        return "budget"
    if not screening.measure(named(space), "together", reserve_s):
        return "budget"
    if not screening.measure(
        added(screening.study.measured, space, request), "together", reserve_s
    ):
        return "budget"
    ending = _explore(screening, reserve_s)
    best = best_of(screening.study.measured, request)
    if best is None:
        return ending
    near = unique([*without_each(best.changes, space), *other_values(best.changes, space)])
    if not screening.measure(near, "simplified", reserve_s):
        return "budget"
    milder = eased(best, screening.study.measured, space, request.goal)
    return ending if screening.measure(milder, "eased", reserve_s) else "budget"


def _alone(screening: Screening, reserve_s: float) -> bool:
    """Measure single changes, and leave the time of one batch for what is good about them together.

    Returns:
        Whether there was time for all of them.
    """
    left = in_turns(screening.space)
    while left:
        batch, left = left[:BATCH], left[BATCH:]
        if not screening.measure(batch, "alone", reserve_s + screening.pace.next_batch_s):
            return False
    return True


def in_turns(space: Space) -> list[Changes]:
    """Every single change: the first value of every knob, then the second one, and so on.

    With little time, a value of every knob says more than all values of a few.
    """
    by_knob: dict[str, list[Changes]] = {}
    for changes in space.singles():
        # A change that needs another one comes with it; its own knob is the last one.
        by_knob.setdefault([*changes][-1], []).append(changes)
    rounds = zip_longest(*by_knob.values())
    return [changes for turn in rounds for changes in turn if changes is not None]


def proposals(
    measured: Sequence[Screened], space: Space, request: OptimizeRequest
) -> list[Changes]:
    """What has to be measured before a search may say that something cannot be had.

    Every value of every knob alone, the named variants, and all good changes together.
    """
    return unique([*space.singles(), *named(space), *ladders(measured, space, request)])


def named(space: Space) -> list[Changes]:
    """The named variants, as far as the knobs can express them.

    They combine settings that belong together, such as a model and the right runtime, which single
    changes do not.
    """
    variants = [load_variant(name) for name in list_variants()]
    return unique(changes for v in variants if (changes := space.changes_to(v)))


def ladders(measured: Sequence[Screened], space: Space, request: OptimizeRequest) -> list[Changes]:
    """Combine the good single changes step by step: without the risky ones, and with them.

    A change is good if it saves and keeps the quality by itself. Of two good ones for the same
    knob, the one that saves more is used. The longest combinations come first.
    """
    good = [
        one
        for one in measured
        if one.origin == "alone"
        and one.is_complete
        and one.kept >= request.min_retention
        and one.saves_surely(request.goal, _TRIFLE)
    ]
    found: list[Changes] = []
    for risks in (("none", "low"), ("none", "low", "medium", "high")):
        allowed = [one for one in good if all(space.knob(k).risk in risks for k in one.changes)]
        found += _ladder(allowed, space, request)
    return unique(sorted(found, key=len, reverse=True))


def _ladder(good: Sequence[Screened], space: Space, request: OptimizeRequest) -> list[Changes]:
    kept: list[Screened] = []
    for one in sorted(good, key=lambda one: one.spends(request.goal)):
        if not any(one.changes.keys() & other.changes.keys() for other in kept):
            kept.append(one)
    kept.sort(key=lambda one: effect_over_effort(one, space, request), reverse=True)
    whole: Changes = {}
    steps = []
    for one in kept:
        whole = space.settle({**whole, **one.changes})
        steps.append(whole)
    return steps


def added(measured: Sequence[Screened], space: Space, request: OptimizeRequest) -> list[Changes]:
    """The cheapest combination so far with each change that did not surely save by itself.

    Beside a stage that takes most of the baseline's time, a change of another stage does not show.
    Those that spend least by themselves come first.
    """
    kept = [one for one in measured if one.is_complete and one.kept >= request.min_retention]
    cheapest = min(kept, key=lambda one: one.spends(request.goal), default=None)
    if cheapest is None:
        return []
    hidden = [
        one for one in kept if one.origin == "alone" and not one.saves_surely(request.goal, _TRIFLE)
    ]
    hidden.sort(key=lambda one: one.spends(request.goal))
    return unique(space.settle({**cheapest.changes, **one.changes}) for one in hidden)[:_MOST_ADDED]


def effect_over_effort(one: Screened, space: Space, request: OptimizeRequest) -> float:
    """Share of the baseline that is saved per person-day."""
    return (1 - one.spends(request.goal)) / space.effort_days(one.changes)


def best_of(measured: Sequence[Screened], request: OptimizeRequest) -> Screened | None:
    """The best feasible candidate for the goal, or None."""
    feasible = [one for one in measured if one.is_feasible(request.min_retention)]
    if request.goal == "quality":
        return max(feasible, key=lambda one: one.kept, default=None)
    return min(feasible, key=lambda one: one.spends(request.goal), default=None)


def without_each(changes: Changes, space: Space) -> list[Changes]:
    """The combination without each of its changes, one at a time."""
    return [
        space.settle({name: value for name, value in changes.items() if name != left_out})
        for left_out in changes
    ]


def trimmed(best: Screened, measured: Sequence[Screened], space: Space, goal: Goal) -> Changes:
    """The combination without those changes that add nothing to it.

    A change is removed if the combination without it was measured, does not take noticeably more
    and keeps no less quality. The riskiest changes are removed first, then those that save least.
    In total the loss must stay negligible.
    """
    known = {tuple(sorted(one.changes.items(), key=str)): one for one in measured}
    slack = _TRIFLE
    kept = dict(best.changes)
    costs = []
    for name in best.changes:
        rest = space.settle({k: v for k, v in best.changes.items() if k != name})
        other = known.get(tuple(sorted(rest.items(), key=str)))
        if other is None or not other.is_complete or len(rest) != len(best.changes) - 1:
            continue
        loss = other.spends(goal) - best.spends(goal)
        if other.kept >= best.kept - _TRIFLE / 4:
            costs.append((-RISKS.index(space.knob(name).risk), max(0.0, loss), name))
    for _, loss, name in sorted(costs):
        if loss <= slack and len(kept) > 1:
            slack -= loss
            del kept[name]
    return space.settle(kept)


def other_values(changes: Changes, space: Space) -> list[Changes]:
    """The combination with each of its changes set to every other value of the knob."""
    return [
        space.settle({**changes, name: value})
        for name, now in changes.items()
        for value in space.knob(name).values
        if value != now
    ]


def eased(best: Screened, measured: Sequence[Screened], space: Space, goal: Goal) -> list[Changes]:
    """The trimmed best combination with changes that keep more quality, added step by step.

    These are single changes of the best one, in the order of quality gained over cost. Of two for
    the same knob, the first one is used.
    """
    gains: list[tuple[float, str, Changes]] = []
    for one in measured:
        moved = [k for k in {**best.changes, **one.changes} if _differ(one, best, k)]
        gain = one.kept - best.kept
        if one.is_complete and len(moved) == 1 and gain > _TRIFLE / 4:
            price = max(one.spends(goal) - best.spends(goal), _TRIFLE / 4)
            gains.append((gain / price, moved[0], one.changes))
    whole = trimmed(best, measured, space, goal)
    steps, seen = [], set()
    for _, name, changes in sorted(gains, key=lambda found: -found[0]):
        if name not in seen:
            seen.add(name)
            whole = {k: v for k, v in whole.items() if k != name}
            whole |= {k: v for k, v in changes.items() if k == name}
            steps.append(space.settle(whole))
    return unique(step for step in steps if step)


def _differ(one: Screened, other: Screened, name: str) -> bool:
    absent = object()
    return one.changes.get(name, absent) != other.changes.get(name, absent)


def _explore(screening: Screening, reserve_s: float) -> Ending:
    """Ask the sampler until it has no new proposals, none is better, or the time is over."""
    best, idle = _spent_by_best(screening), 0
    while idle < _PATIENCE:
        proposals = screening.study.suggest(BATCH)
        if not proposals:
            return "complete"
        # The trimming that follows needs one more batch.
        if not screening.measure(proposals, "explored", reserve_s + screening.pace.next_batch_s):
            return "budget"
        now = _spent_by_best(screening)
        idle = 0 if now < best * (1 - _TRIFLE) else idle + 1
        best = min(best, now)
    return "settled"


def _spent_by_best(screening: Screening) -> float:
    best = best_of(screening.study.measured, screening.request)
    if best is None:
        return float("inf")
    if screening.request.goal == "quality":
        return 1 / (best.retention or 1e-9)
    return best.spends(screening.request.goal)
