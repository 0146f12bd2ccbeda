"""Resolve command-line arguments to a baseline and a candidate, stored or to be measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hairopt.datasets import Dataset
from hairopt.errors import (
    ConfigError,
    DataError,
    NotComparableError,
    RegressionError,
    UsageError,
)
from hairopt.gate.comparable import refuse_incomparable
from hairopt.gate.measure import Measured, dataset_of, measure, timing
from hairopt.gate.remeasure import note_of, require_dataset, stored_variant
from hairopt.gate.resources import Timed
from hairopt.gate.settings import GateSettings
from hairopt.gate.snapshot import Snapshot, read_snapshot, snapshot_of_run
from hairopt.gate.stored import list_baselines, load_baseline, load_baseline_of_revision
from hairopt.measure.progress import Progress
from hairopt.measure.run_store import RUN_FILE, read_run
from hairopt.registry import unknown_name
from hairopt.variants.load import list_variants, load_variant, with_model
from hairopt.variants.schema import Variant


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Attributes:
        snapshot: its scores.
        run: the run folder that holds its pictures; None for a stored baseline.
    """

    snapshot: Snapshot
    run: Path | None


@dataclass(frozen=True)
class Sides:
    """Both sides of a comparison.

    Attributes:
        timed: their latency, if both were measured interleaved in one run.
        measured: the run folder made for the comparison; None if nothing was measured.
        dataset: the dataset of that run; None if nothing was measured.
        notes: sentences on stored sides that were measured again.
    """

    baseline: Side
    candidate: Side
    timed: Timed | None
    measured: Path | None = None
    dataset: Dataset | None = None
    notes: tuple[str, ...] = ()


def resolve_sides(
    settings: GateSettings,
    *,
    cases: Sequence[str] = (),
    progress: Progress | None = None,
    render: Callable[[Path], object] | None = None,
    command: str = "",
) -> Sides:
    """Read the stored sides, and measure the others in one interleaved run.

    With ``settings.remeasure`` the stored sides are measured, too: the variant that they store.

    Args:
        settings: settings with both sides.
        cases: names of the cases to compare; all if empty.
        progress: called while something is measured.
        render: writes the reports of that run.
        command: the command line, for the record.

    Raises:
        UsageError: a side is missing or ambiguous.
        ConfigError: a side is neither a variant nor anything stored.
        NotComparableError: a run or a stored baseline is missing, damaged or not comparable, or a
            variant cannot be measured on this machine.
        RegressionError: the candidate failed completely.
    """
    if settings.baseline is None or settings.candidate is None:
        raise UsageError("a comparison needs a baseline and a candidate")
    found = [_baseline(settings.baseline, settings), _side(settings.candidate, settings)]
    again: list[Snapshot | None] = [None, None]
    if settings.remeasure:
        again = [side.snapshot if isinstance(side, Side) else None for side in found]
        found = [stored_variant(one.snapshot) if isinstance(one, Side) else one for one in found]
    if all(isinstance(side, Side) for side in found):
        first, second = (side for side in found if isinstance(side, Side))
        return Sides(_only(first, cases), _only(second, cases), _stored_timing(settings))
    stored = [side.snapshot if isinstance(side, Side) else None for side in found]
    variants = [side for side in found if isinstance(side, Variant)]
    like = next((one for one in again if one), None)
    dataset = dataset_of(settings, next((one for one in (*stored, like) if one), None))
    changed = (
        require_dataset(like, dataset, is_chosen=settings.dataset is not None) if like else None
    )
    measured = measure(
        settings,
        variants,
        stored,
        dataset,
        cases,
        like=like,
        progress=progress,
        render=render,
        command=command,
    )
    sides = _assembled(found, measured, cases)
    return replace(sides, notes=(*_notes(settings, again, sides), *([changed] if changed else [])))


def _notes(settings: GateSettings, again: Sequence[Snapshot | None], sides: Sides) -> Iterator[str]:
    """What was measured again, in words.

    Raises:
        NotComparableError: another network than the stored one ran.
    """
    names = (settings.baseline or "", settings.candidate or "")
    for name, stored, now in zip(names, again, (sides.baseline, sides.candidate), strict=True):
        if stored is not None:
            yield note_of(name, stored, now.snapshot)


def _assembled(found: Sequence[Variant | Side], measured: Measured, cases: Sequence[str]) -> Sides:
    sides: list[Side] = []
    for side in found:
        if isinstance(side, Variant):
            now = measured.snapshot("candidate" if sides else "baseline")
            sides.append(Side(now, measured.folder))
        else:
            sides.append(_only(side, cases, measured.dataset if cases else None))
    timed = measured.timed if all(isinstance(side, Variant) for side in found) else None
    return Sides(sides[0], sides[1], timed, measured.folder, measured.dataset)


def take_snapshot(
    text: str,
    settings: GateSettings,
    *,
    progress: Progress | None = None,
    render: Callable[[Path], object] | None = None,
    command: str = "",
) -> Snapshot:
    """Read or measure one side, for use as a baseline.

    Raises:
        NotComparableError: it is incomplete, so it cannot be a baseline.
    """
    side = _side(text, settings)
    if isinstance(side, Side):
        found = side.snapshot
    else:
        dataset = dataset_of(settings, None)
        measured = measure(
            settings, [side], [None], dataset, progress=progress, render=render, command=command
        )
        found = measured.snapshot("baseline")
    refuse_incomparable(found, found, across_isa=False)
    return found


def read_side(text: str, settings: GateSettings) -> Side | None:
    """The stored side that a text names: a run, a run's variant, a baseline; otherwise None.

    Raises:
        NotComparableError: it should be stored, but is missing, damaged or incomplete.
        UsageError: the name is that of a variant and of a baseline.
    """
    try:
        return _stored(text, settings)
    except DataError as error:
        raise NotComparableError(str(error)) from error


def _baseline(text: str, settings: GateSettings) -> Variant | Side:
    """The baseline; an unknown name is a missing one, and a failed one is nobody's regression."""
    try:
        return _side(text, settings)
    except UnknownSideError as error:
        raise NotComparableError(f"the baseline is missing: {error}") from error
    except RegressionError as error:
        raise NotComparableError(f"the baseline has no numbers: {error}") from error


class UnknownSideError(ConfigError):
    """A name that is neither a variant nor a stored baseline."""


def _side(text: str, settings: GateSettings) -> Variant | Side:
    stored = read_side(text, settings)
    if stored is not None:
        return stored
    try:
        variant = load_variant(text)
    except ConfigError as error:
        names = list_baselines(settings.baselines)
        if text in list_variants() or text.endswith(".toml"):
            raise
        reason = str(error)
        if "/" not in text:
            kind = "variant or stored baseline"
            reason = unknown_name(kind, text, [*list_variants(), *names])
        raise UnknownSideError(
            f"{reason}; stored baselines in {settings.baselines}: {', '.join(names) or 'none'}"
        ) from error
    return with_model(variant, settings.model) if settings.model else variant


def _stored(text: str, settings: GateSettings) -> Side | None:
    path = Path(text)
    # A folder with the name of a variant is no run.
    is_run = (path / RUN_FILE).is_file() or path.name == RUN_FILE
    if is_run or (path.is_dir() and len(path.parts) > 1):
        return Side(snapshot_of_run(path), path if path.is_dir() else path.parent)
    if path.suffix == ".json":
        return Side(read_snapshot(path), None)
    before, colon, after = text.rpartition(":")
    if colon and Path(before).exists():
        run = Path(before)
        return Side(snapshot_of_run(run, after), run if run.is_dir() else run.parent)
    if colon:
        return Side(load_baseline_of_revision(settings.baselines, before, after), None)
    if text not in list_baselines(settings.baselines):
        return None
    if text in list_variants():
        raise UsageError(
            f"{text} is both a variant and a stored baseline; write "
            f"{settings.baselines / text}.json for the stored one, or rename one of them"
        )
    return Side(load_baseline(settings.baselines, text), None)


def _only(side: Side, cases: Sequence[str], dataset: Dataset | None = None) -> Side:
    """The side with only the named cases; ``dataset`` contains only these cases."""
    if not cases:
        return side
    snapshot = side.snapshot
    absent = sorted(set(cases) - snapshot.cases.keys() - set(snapshot.failed_cases))
    if absent:
        raise DataError(f"{snapshot.variant} has no measured case named {', '.join(absent)}")
    kept = snapshot.model_copy(
        update={
            "cases": {name: case for name, case in snapshot.cases.items() if name in cases},
            "failed_cases": [name for name in snapshot.failed_cases if name in cases],
            "dataset_fingerprint": (
                dataset.fingerprint if dataset else snapshot.dataset_fingerprint
            ),
        }
    )
    return Side(kept, side.run)


def _stored_timing(settings: GateSettings) -> Timed | None:
    """The timing of two variants of the same stored run."""
    sides = [str(text).rpartition(":") for text in (settings.baseline, settings.candidate)]
    (first_run, _, first), (second_run, _, second) = sides
    if not first_run or Path(first_run).resolve() != Path(second_run).resolve():
        return None
    if not Path(first_run).exists():
        return None
    run = read_run(Path(first_run))
    return timing(run, first, second) if run.protocol.baseline == first else None
