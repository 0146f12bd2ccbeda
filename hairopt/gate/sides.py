"""From what a user typed to two snapshots: stored ones are read, variants are measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hairopt.bench.bench import run_bench
from hairopt.bench.plan import NULL_SUFFIX, BenchPlan
from hairopt.bench.progress import Progress
from hairopt.bench.run_model import Run
from hairopt.bench.run_store import RUN_FILE, read_cases, read_run
from hairopt.datasets import Dataset, default_datasets, load_dataset
from hairopt.datasets.combined import combine_datasets
from hairopt.errors import UsageError
from hairopt.gate.resources import Timed
from hairopt.gate.settings import GateSettings
from hairopt.gate.snapshot import Snapshot, read_snapshot, snapshot, snapshot_of_run
from hairopt.gate.stored import list_baselines, load_baseline, load_baseline_of_revision
from hairopt.types import Shade
from hairopt.variants.load import list_variants, load_variant, with_model
from hairopt.variants.schema import Variant

CANDIDATE_SUFFIX = "@candidate"


@dataclass(frozen=True)
class Sides:
    """Both sides of a comparison.

    Attributes:
        timed: their latency where both were measured interleaved in one run.
        run: the run folder that was measured for it; None where nothing had to be.
    """

    baseline: Snapshot
    candidate: Snapshot
    timed: Timed | None
    run: Path | None


def resolve_sides(
    settings: GateSettings,
    *,
    progress: Progress | None = None,
    render: Callable[[Path], None] | None = None,
    command: str = "",
) -> Sides:
    """Read what is stored and measure, in one interleaved run, what is not.

    Args:
        settings: with both sides named.
        progress: told while something is measured.
        render: writes the reports of that run.
        command: the command line, for the record.

    Raises:
        UsageError: a side is missing or ambiguous.
        DataError: a run or stored baseline cannot be read.
        NotComparableError, RegressionError: a side could not be measured.
    """
    if settings.baseline is None or settings.candidate is None:
        raise UsageError("a comparison needs a baseline and a candidate")
    sides = [_side(text, settings) for text in (settings.baseline, settings.candidate)]
    variants = [side for side in sides if isinstance(side, Variant)]
    stored = [side for side in sides if isinstance(side, Snapshot)]
    if not variants:
        return Sides(stored[0], stored[1], _stored_timing(settings), None)
    lanes = _lanes(variants, timed=settings.limits.max_latency_increase is not None)
    plan = _plan(settings, lanes, stored, command)
    run = run_bench(plan, progress, render)
    folder = settings.out / run.id
    rows = read_cases(folder)
    measured = iter(snapshot(run, rows, lane.name) for lane in lanes)
    first, second = (side if isinstance(side, Snapshot) else next(measured) for side in sides)
    timed = None if stored else _timing(run, lanes[0].name, lanes[1].name)
    return Sides(first, second, timed, folder)


def _side(text: str, settings: GateSettings) -> Variant | Snapshot:
    path = Path(text)
    if path.is_dir() or path.name == RUN_FILE:
        return snapshot_of_run(path)
    if path.suffix == ".json":
        return read_snapshot(path)
    before, colon, after = text.rpartition(":")
    if colon and Path(before).exists():
        return snapshot_of_run(Path(before), after)
    if colon:
        return load_baseline_of_revision(settings.baselines, before, after)
    return _named(text, settings)


def _named(text: str, settings: GateSettings) -> Variant | Snapshot:
    is_stored = text in list_baselines(settings.baselines)
    if is_stored and text in list_variants():
        raise UsageError(
            f"{text} is both a variant and a stored baseline; write "
            f"{settings.baselines / text}.json for the stored one, or rename one of them"
        )
    if is_stored:
        return load_baseline(settings.baselines, text)
    variant = load_variant(text)
    return with_model(variant, settings.model) if settings.model else variant


def _lanes(variants: Sequence[Variant], *, timed: bool) -> list[Variant]:
    """The variants under names of their own, and the baseline once more for the noise floor."""
    if len(variants) == 1:
        return list(variants)
    baseline, candidate = variants
    if baseline.name == candidate.name:
        candidate = _renamed(candidate, CANDIDATE_SUFFIX)
    return [baseline, candidate, *([_renamed(baseline, NULL_SUFFIX)] if timed else [])]


def _renamed(variant: Variant, suffix: str) -> Variant:
    return variant.model_copy(update={"name": variant.name[: 80 - len(suffix)] + suffix})


def _plan(
    settings: GateSettings, lanes: Sequence[Variant], stored: Sequence[Snapshot], command: str
) -> BenchPlan:
    """What to measure: as the settings say, else as the stored side was, else as bench does."""
    asked: dict[str, Any] = {"rounds": settings.rounds, "seed": settings.seed}
    shades, intensities = settings.shades, settings.intensities
    if stored:
        shades = shades or tuple(stored[0].shades)
        intensities = intensities or tuple(stored[0].intensities)
        asked["seed"] = stored[0].seed if settings.seed is None else settings.seed
    if shades:
        asked["shades"] = tuple(Shade.parse(shade) for shade in shades)
    if intensities:
        asked["intensities"] = intensities
    return BenchPlan(
        variants=tuple(lanes),
        dataset=_dataset(settings, stored),
        out=settings.out,
        command=command,
        **{name: value for name, value in asked.items() if value is not None},
    )


def _dataset(settings: GateSettings, stored: Sequence[Snapshot]) -> Dataset:
    if settings.dataset is not None:
        return load_dataset(settings.dataset)
    if stored and stored[0].dataset_path:
        return load_dataset(Path(stored[0].dataset_path))
    return combine_datasets([load_dataset(path) for path in default_datasets()])


def _stored_timing(settings: GateSettings) -> Timed | None:
    """The timing of two variants of one and the same stored run."""
    sides = [str(text).rpartition(":") for text in (settings.baseline, settings.candidate)]
    (first_run, _, first), (second_run, _, second) = sides
    if not first_run or Path(first_run).resolve() != Path(second_run).resolve():
        return None
    run = read_run(Path(first_run))
    return _timing(run, first, second) if run.protocol.baseline == first else None


def _timing(run: Run, baseline: str, candidate: str) -> Timed | None:
    ratio = run.variants[candidate].latency_ratio
    twin = run.variants.get(baseline[: 80 - len(NULL_SUFFIX)] + NULL_SUFFIX)
    itself = twin.latency_ratio.ci95 if twin and twin.latency_ratio else None
    floor = max(abs(end - 1) for end in itself) if itself else None
    return Timed(ratio, floor) if ratio else None
