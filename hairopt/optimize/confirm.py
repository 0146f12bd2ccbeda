"""Confirmation: finalists, baseline and floor in one interleaved run, on all cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hairopt.datasets.dataset import Dataset
from hairopt.measure.latency import P95_FROM
from hairopt.measure.plan import BenchPlan
from hairopt.measure.run_model import Run
from hairopt.measure.schedule import pauses_s, starts_for
from hairopt.optimize.budget import Budget
from hairopt.optimize.request import OptimizeRequest
from hairopt.optimize.screening import Pace, bench_within
from hairopt.optimize.space import Changes, Space
from hairopt.optimize.subset import stratified
from hairopt.types import Shade
from hairopt.variants.schema import SegmentSpec, Variant

FLOOR = "floor"
FLOOR_LIKE = "option-1"
"""The most promising finalist; the floor has its decoder and encoder."""

FOLDER = "runs"

_FEWEST_ROUNDS = 20
"""Enough process starts to prove a change of time."""

_LAST_RESORT = 6
"""Too few to prove one: the plan then has numbers, and says so."""

_FEWEST_CASES = 2
_SAFETY = 1.15
"""Factor on estimated times, because the machine may be busier than before."""


@dataclass(frozen=True)
class Extent:
    """The part of a confirmation that fits into the time: options, cases, shades, requests."""

    finalists: tuple[Changes, ...]
    dataset: Dataset
    shades: tuple[Shade, ...]
    rounds: int


def plan_extent(
    wanted: Sequence[Changes],
    request: OptimizeRequest,
    pace: Pace,
    left_s: float,
) -> Extent | None:
    """The largest confirmation that fits; the least important parts are removed first.

    Removed are, in this order: options after the third, shades after the first, cases (a stratified
    subset of half, a quarter ...), options after the first, timed requests.

    Args:
        wanted: the finalists, best first.
        request: the request.
        pace: the times of measuring.
        left_s: seconds left.

    Returns:
        None if even the smallest one does not fit.
    """
    rounds = max(P95_FROM, request.target.rounds_needed if request.target else 0)
    n_all = len(request.confirmation.cases)
    sizes = [n_all]
    while sizes[-1] // 2 >= _FEWEST_CASES:
        sizes.append(sizes[-1] // 2)
    steps = [(len(wanted), request.shades, n_all, rounds)]
    steps += [(min(3, len(wanted)), request.shades, n_all, rounds)]
    steps += [(min(3, len(wanted)), request.shades[:1], n, rounds) for n in sizes]
    steps += [(1, request.shades[:1], sizes[-1], n) for n in (rounds, _FEWEST_ROUNDS, _LAST_RESORT)]
    for count, shades, n_cases, n_rounds in steps:
        lanes = count + 2
        answers = n_cases * len(shades) * len(request.intensities) * lanes
        starts = 1 + starts_for(n_rounds)  # the first one is the rehearsal
        needed_s = starts * pace.start_s * lanes + pace.answer_s * answers
        needed_s += n_rounds * lanes * pace.request_s + pauses_s(n_rounds) * lanes
        if needed_s * _SAFETY <= left_s:
            dataset = stratified(request.confirmation, n_cases, request.seed)
            return Extent(tuple(wanted[:count]), dataset, shades, n_rounds)
    return None


def confirm(
    extent: Extent,
    space: Space,
    request: OptimizeRequest,
    budget: Budget,
    pace: Pace,
    render: Callable[[Path], object] | None = None,
) -> tuple[Run, dict[str, Changes]]:
    """Measure baseline, options and floor together.

    Returns:
        The run, written to ``runs/`` of the search's folder, and the changes of every option by
        the name that it has in the run.

    Raises:
        BudgetEndedError: the time is over.
        HairoptError: the baseline cannot be measured.
    """
    names = {f"option-{i}": changes for i, changes in enumerate(extent.finalists, start=1)}
    options = [space.variant(changes, name) for name, changes in names.items()]
    plan = BenchPlan(
        variants=(
            request.baseline,
            *options,
            floor_of(next(o for o in options if o.name == FLOOR_LIKE)),
        ),
        dataset=extent.dataset,
        out=request.out / FOLDER,
        shades=extent.shades,
        intensities=request.intensities,
        rounds=extent.rounds,
        seed=request.seed,
        command=request.command,
    )
    return bench_within(plan, budget, 0.0, pace, render=render), names


def floor_of(option: Variant) -> Variant:
    """A variant with only the decoder and encoder of an option."""
    return option.model_copy(
        update={
            "name": FLOOR,
            "summary": f"decode and encode of {option.name} alone: the least possible cost",
            "segment": SegmentSpec(method="none"),
            "recolor": option.recolor.model_copy(update={"region": "hair"}),
        }
    )
