"""The tiers of a service: the cheapest variant that is good enough, the standard, the best.

Ways to segment are measured in one bench with the variant in use; everything else stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from hairopt.errors import DataError, UsageError
from hairopt.evidence.counts import most_hidden
from hairopt.files.validated import Document
from hairopt.files.whole_file import write_whole
from hairopt.files.whole_folder import whole_folder
from hairopt.measure.bench import run_bench
from hairopt.measure.plan import BenchPlan
from hairopt.measure.run_model import Run
from hairopt.measure.run_tables import asked_rows, read_cases
from hairopt.optimize.judge import numbers_of
from hairopt.optimize.outcome import Numbers
from hairopt.optimize.request import OptimizeRequest
from hairopt.optimize.subset import stratified
from hairopt.variants.load import dump_toml
from hairopt.variants.schema import CASCADE, SegmentSpec, StepSpec, Variant

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "tiers"
TIERS_JSON = "tiers.json"
RUNS = "runs"

BAD_IOU = 0.6
"""A photo below it is one that a customer notices."""

LEAST = {"cheapest": 0.95, "standard": 0.98}
"""Share of the best mean IoU that a tier keeps at least."""

_TIMING_SHARE = 0.4
_ANSWER_S = 0.5
"""Expected time of scoring one answer, for the number of photos that fit the budget."""

_FEWEST_CASES = 12


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Rung(BaseModel):
    """One way to segment, as in ``tiers.toml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    summary: str
    steps: list[StepSpec]

    def of(self, baseline: Variant) -> Variant:
        """The baseline with this way to segment."""
        if len(self.steps) > 1:
            segment = SegmentSpec(method=CASCADE, steps=tuple(self.steps))
        else:
            segment = SegmentSpec(**self.steps[0].network_settings)
        update = {"name": self.name, "summary": self.summary, "segment": segment}
        return baseline.model_copy(update=update)


class _RungFile(BaseModel):
    rung: list[Rung]


class Measured(_Record):
    """One way to segment, measured.

    Attributes:
        iou, boundary_iou: means over source photos, ``iou_ci95`` the interval of the first.
        n_bad: source photos below ``BAD_IOU``, of ``n``; ``bad_at_most`` is the share that they
            do not refute, at 95 %.
        spent: what the goal minimises: ms, CPU ms, MB, or money per 1,000 requests.
    """

    name: str
    summary: str
    numbers: Numbers
    iou: FiniteFloat
    iou_ci95: tuple[FiniteFloat, FiniteFloat] | None
    boundary_iou: FiniteFloat | None
    n_bad: int
    n: int
    bad_at_most: FiniteFloat
    spent: FiniteFloat


class Tiers(_Record):
    """The content of ``tiers.json``, schema ``hairopt.tiers/1``.

    Attributes:
        chosen: tier -> name of a measured way to segment.
        measured: all of them, the cheapest first.
        left_out: sentences about those that could not be measured.
        run: folder of the run, relative to ``tiers.json``.
        notes: what a reader has to know of the choice.
    """

    schema_: Literal["hairopt.tiers/1"] = Field(default="hairopt.tiers/1", alias="schema")
    command: str
    dataset: str
    cpu_model: str
    goal: str
    chosen: dict[Literal["cheapest", "standard", "best"], str]
    measured: list[Measured]
    left_out: list[str]
    run: str
    notes: list[str]

    def tier(self, name: Literal["cheapest", "standard", "best"]) -> Measured:
        """The numbers of a tier."""
        return next(one for one in self.measured if one.name == self.chosen[name])


def load_rungs() -> tuple[Rung, ...]:
    """The ways to segment of ``tiers.toml``."""
    text = files("hairopt.optimize").joinpath("tiers.toml").read_text(encoding="utf-8")
    document = Document.of_toml(text, "the built-in tiers.toml", "a list of ways to segment")
    return tuple(document.validated(_RungFile).rung)


def find_tiers(
    request: OptimizeRequest, tell: Callable[[str], None], render: Callable[[Path], object] | None
) -> Tiers:
    """Measure all ways to segment, choose three, and write their variant files.

    Raises:
        UsageError: the folder cannot be written.
        DataError: nothing could be measured, or no photo has a mask.
    """
    variants = (request.baseline, *(rung.of(request.baseline) for rung in load_rungs()))
    if request.baseline.name in {variant.name for variant in variants[1:]}:
        variants = (variants[0].with_suffix("-in-use"), *variants[1:])
    room = int((1 - _TIMING_SHARE) * request.budget_s / (_ANSWER_S * len(variants)))
    n_cases = max(_FEWEST_CASES, room // (len(request.shades) * len(request.intensities)))
    dataset = request.dataset
    if n_cases < len(dataset.cases):
        tell(f"{n_cases} of {len(dataset.cases)} cases fit the budget; give more with --budget")
        dataset = stratified(dataset, n_cases, request.seed)
    plan = BenchPlan(
        variants=variants,
        dataset=dataset,
        out=request.out / RUNS,
        shades=request.shades,
        intensities=request.intensities,
        timing_limit_s=_TIMING_SHARE * request.budget_s,
        seed=request.seed,
        command=request.command,
    )
    tell(f"measuring {len(variants)} ways to segment on {len(dataset.cases)} cases")
    run = run_bench(plan, render=render)
    rows = asked_rows(read_cases(plan.out / run.id, run))
    found = choose(run, rows, request)
    _write(found, {variant.name: variant for variant in variants}, request.out)
    return found


def choose(run: Run, rows: pd.DataFrame, request: OptimizeRequest) -> Tiers:
    """The three tiers of a run.

    Raises:
        DataError: nothing could be measured, or no photo has a mask.
    """
    measured = [one for name in run.variants if (one := _measured(run, rows, name, request))]
    if not measured:
        raise DataError("no way to segment could be measured on photos with masks; see the run")
    measured.sort(key=lambda one: one.spent)
    best = max(measured, key=lambda one: one.iou)
    chosen = {tier: _cheapest(measured, share * best.iou) for tier, share in LEAST.items()}
    return Tiers.model_validate(
        {
            "command": request.command,
            "dataset": request.dataset.title or request.dataset.name,
            "cpu_model": run.environment.cpu_model,
            "goal": request.goal,
            "chosen": {**{tier: one.name for tier, one in chosen.items()}, "best": best.name},
            "measured": measured,
            "left_out": [
                f"{name}: {result.error}"
                for name, result in run.variants.items()
                if result.status != "ok"
            ],
            "run": f"{RUNS}/{run.id}",
            "notes": _notes(chosen, best, len(measured)),
        }
    )


def _cheapest(measured: Sequence[Measured], least_iou: float) -> Measured:
    return next(one for one in measured if one.iou >= least_iou)


def _notes(chosen: dict[str, Measured], best: Measured, n_measured: int) -> list[str]:
    notes = [
        f"best is the best of {n_measured} on these photos, so its IoU is a little too high for "
        "others."
    ]
    if chosen["cheapest"] is best:
        notes.append("The best is also the cheapest: one variant is enough.")
    elif chosen["cheapest"] is chosen["standard"]:
        notes.append("The cheapest keeps enough for the standard tier, too.")
    elif chosen["standard"] is best:
        notes.append("Nothing cheaper keeps enough for the standard tier: it is the best one.")
    return notes


def _measured(run: Run, rows: pd.DataFrame, name: str, request: OptimizeRequest) -> Measured | None:
    result = run.variants[name]
    numbers = numbers_of(result, request) if result.status == "ok" else None
    iou, edge = result.quality.get("iou"), result.quality.get("boundary_iou")
    if numbers is None or iou is None or iou.mean is None:
        return None
    own = rows[rows["variant"] == name]
    of_sources = own.groupby(["source", "case"])["iou"].mean().groupby("source").mean().dropna()
    n_bad, n = int((of_sources < BAD_IOU).sum()), len(of_sources)
    return Measured(
        name=name,
        summary=str(result.spec.get("summary", "")),
        numbers=numbers,
        iou=iou.mean,
        iou_ci95=iou.ci95,
        boundary_iou=edge.mean if edge else None,
        n_bad=n_bad,
        n=n,
        bad_at_most=most_hidden(n_bad, n),
        spent=_spent(numbers, request),
    )


def _spent(numbers: Numbers, request: OptimizeRequest) -> float:
    own = {
        "cpu": numbers.cpu_ms,
        "memory": numbers.peak_mb,
        "cost": numbers.cost_per_1000,
    }
    return own.get(request.goal, numbers.mean_ms)


def _write(tiers: Tiers, variants: dict[str, Variant], out: Path) -> None:
    try:
        with whole_folder(out / FOLDER, replace=True) as new:
            for tier, name in tiers.chosen.items():
                one = tiers.tier(tier)
                summary = f"{one.summary or name}; tier {tier}"
                variant = variants[name].model_copy(update={"name": tier, "summary": summary})
                comment = (
                    f"# Tier {tier}: mean IoU {one.iou:.3f}, {one.n_bad} of {one.n} photos below "
                    f"{BAD_IOU:g}, {one.numbers.mean_ms:.1f} ms in the mean.\n"
                )
                (new / f"{tier}.toml").write_text(
                    comment + dump_toml(variant, out / FOLDER), encoding="utf-8"
                )
        text = json.dumps(tiers.model_dump(mode="json", by_alias=True), indent=1)
        write_whole(out / TIERS_JSON, f"{text}\n".encode())
    except OSError as error:
        raise UsageError(f"the tiers cannot be written to {out}: {error.strerror}") from error
