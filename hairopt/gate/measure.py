"""Measure the sides of a comparison that have no stored numbers, in one interleaved run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from hairopt.cpu_isa import cpu_isa
from hairopt.datasets import Dataset
from hairopt.datasets.combined import chosen_dataset
from hairopt.errors import NotComparableError, RegressionError
from hairopt.gate.comparable import refuse_incomparable
from hairopt.gate.resources import Timed
from hairopt.gate.settings import GateSettings
from hairopt.gate.snapshot import Snapshot, snapshot
from hairopt.measure.bench import run_bench
from hairopt.measure.latency import noise_floor
from hairopt.measure.plan import NULL_SUFFIX, BenchPlan
from hairopt.measure.progress import Progress
from hairopt.measure.run_model import Run
from hairopt.measure.run_tables import read_cases
from hairopt.quantities import AUTO
from hairopt.shades import find_shade, read_palette
from hairopt.types import Shade
from hairopt.variants.schema import Variant, suffixed

_ALONE_ROUNDS = 18
"""Rounds of a side that is measured alone: its times are compared with none."""

CANDIDATE_SUFFIX = "@candidate"
"""Suffix for the name of a candidate that has the same name as its baseline."""


@dataclass(frozen=True)
class Measured:
    """A run that was made for a comparison.

    Attributes:
        folder: the run folder.
        dataset: its dataset.
        lanes: names of its variants in the run, by side.
        timed: latency of candidate over baseline; None if only one side was measured.
    """

    folder: Path
    run: Run
    dataset: Dataset
    lanes: dict[Literal["baseline", "candidate"], str]
    timed: Timed | None

    def snapshot(self, role: Literal["baseline", "candidate"]) -> Snapshot:
        """The scores of one side.

        Raises:
            NotComparableError: it is unavailable on this machine, or the baseline failed.
            RegressionError: the candidate failed.
        """
        name = self.lanes[role]
        try:
            return snapshot(self.run, read_cases(self.folder, self.run), name)
        except RegressionError as error:
            if role == "candidate":
                raise
            raise NotComparableError(f"the baseline cannot be measured: {error}") from error


def measure(
    settings: GateSettings,
    variants: Sequence[Variant],
    stored: Sequence[Snapshot | None],
    dataset: Dataset,
    cases: Sequence[str] = (),
    *,
    like: Snapshot | None = None,
    progress: Progress | None = None,
    render: Callable[[Path], object] | None = None,
    command: str = "",
) -> Measured:
    """Measure one or two variants, by the settings, or by default as the stored side was measured.

    Args:
        settings: shades, intensities, rounds, seed, limits and folder for runs.
        variants: the sides that are not stored, baseline first.
        stored: both sides in order; None for one that has to be measured.
        dataset: the dataset of the comparison.
        cases: names of the cases to measure; all if empty.
        like: a stored side that is measured again: shades, intensities and seed are as there
            where the settings do not set them.
        progress: called after every step.
        render: writes the reports of the run.
        command: the command line, for the record.

    Raises:
        NotComparableError: the stored side was measured in another way or on another machine;
            then nothing is measured.
        DataError: no such case, or no case that can be used.
    """
    known = next((one for one in stored if one is not None), None)
    lanes = _lanes(variants, timed=settings.limits.max_latency_increase is not None)
    plan = _plan(settings, lanes, known or like, dataset, command)
    if known is not None:
        _refuse_early(known, plan, settings, is_baseline=stored[0] is not None)
    if cases:
        chosen = tuple(dataset.case(name) for name in dict.fromkeys(cases))
        plan = replace(plan, dataset=replace(dataset, cases=chosen))
    run = run_bench(plan, progress, render)
    free = [role for role, one in zip(("baseline", "candidate"), stored, strict=False) if not one]
    names: dict[Any, str] = {role: lane.name for role, lane in zip(free, lanes, strict=False)}
    timed = timing(run, lanes[0].name, lanes[1].name) if len(variants) == 2 else None
    return Measured(settings.out / run.id, run, plan.dataset, names, timed)


def dataset_of(settings: GateSettings, stored: Snapshot | None) -> Dataset:
    """The dataset of the settings, or that of the stored side, or the shipped ones.

    The path of a stored side starts where the command is run, as it did when it was typed, or
    beside the folder of stored baselines, where the project is.
    """
    folder = settings.dataset
    if folder is None and stored is not None and stored.dataset_path:
        folder = Path(stored.dataset_path)
        in_project = settings.baselines.parent / folder
        folder = in_project if in_project.exists() and not folder.exists() else folder
    return chosen_dataset(folder, needs_masks=False)


def timing(run: Run, baseline: str, candidate: str) -> Timed | None:
    """Latency of a variant over the baseline of its run; None if it was not measured."""
    ratio = run.variants[candidate].latency_ratio if candidate in run.variants else None
    if ratio is None:
        return None
    twin = run.variants.get(suffixed(baseline, NULL_SUFFIX))
    floor = noise_floor(twin.latency_ratio if twin else None)
    p50 = [run.variants[name].latency_ms["total"].p50 for name in (baseline, candidate)]
    memory = run.variants[candidate].memory_ratio
    return Timed(ratio, floor, p50[0], p50[1], memory, tuple(run.environment.warnings))


def _lanes(variants: Sequence[Variant], *, timed: bool) -> list[Variant]:
    """The variants with different names, and the baseline once more for the noise floor."""
    if len(variants) == 1:
        return list(variants)
    baseline, candidate = variants
    if baseline.name == candidate.name:
        candidate = candidate.with_suffix(CANDIDATE_SUFFIX)
    return [baseline, candidate, *([baseline.with_suffix(NULL_SUFFIX)] if timed else [])]


def _plan(
    settings: GateSettings,
    lanes: Sequence[Variant],
    stored: Snapshot | None,
    dataset: Dataset,
    command: str,
) -> BenchPlan:
    rounds = settings.rounds or (_ALONE_ROUNDS if len(lanes) == 1 else AUTO)
    asked: dict[str, Any] = {
        "rounds": None if rounds == AUTO else rounds,
        "timing_limit_s": settings.timing_limit,
        "seed": settings.seed,
    }
    shades, intensities = asked_shades(settings, stored), settings.intensities
    if stored is not None:
        intensities = intensities or tuple(stored.intensities)
        asked["seed"] = stored.seed if settings.seed is None else settings.seed
    if shades:
        asked["shades"] = shades
    if intensities:
        asked["intensities"] = intensities
    return BenchPlan(
        variants=tuple(lanes),
        dataset=dataset,
        out=settings.out,
        command=command,
        **{name: value for name, value in asked.items() if value is not None},
    )


def asked_shades(settings: GateSettings, stored: Snapshot | None) -> tuple[Shade, ...]:
    """The shades that were asked for, else those of a stored side; empty for the defaults.

    A stored side has the code of a shade and the SHA-256 of its swatch: the project's shade with
    both is taken.
    """
    palette = read_palette(None, Path.cwd())
    if settings.shades or stored is None:
        texts = settings.shades or ()
        return tuple(dict.fromkeys(find_shade(text, palette) for text in texts))
    with_swatch = {
        (shade.hex, shade.swatch.sha256): shade
        for shade in (one.shade for one in palette.values() if stored.swatches)
        if shade.swatch
    }
    return tuple(
        with_swatch.get((code, stored.swatches.get(code, ""))) or Shade.parse(code)
        for code in stored.shades
    )


def _refuse_early(
    stored: Snapshot, plan: BenchPlan, settings: GateSettings, *, is_baseline: bool
) -> None:
    """Refuse a comparison that is not possible before anything is measured."""
    if not stored.is_labelled:
        raise NotComparableError(
            f"{stored.variant} was stored on photos without masks: agreement is with its answers, "
            "which are not stored. --remeasure (remeasure = true in the configuration) measures "
            "both sides together."
        )
    planned = stored.model_copy(
        update={
            "variant": plan.variants[0].name,
            "dataset": plan.dataset.name,
            "dataset_fingerprint": plan.dataset.fingerprint,
            "isa": list(cpu_isa()),
            "shades": [shade.hex for shade in plan.shades],
            "swatches": plan.swatches(),
            "intensities": list(plan.intensities),
            "seed": plan.seed,
        }
    )
    pair = (stored, planned) if is_baseline else (planned, stored)
    refuse_incomparable(*pair, across_isa=settings.across_isa)
