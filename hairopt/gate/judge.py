"""Judge a comparison from its settings: called by the commands, the API and the pytest fixture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hairopt.gate.compare import Comparison, compare
from hairopt.gate.inspection import find_inspections
from hairopt.gate.settings import GateSettings
from hairopt.gate.sides import Sides, resolve_sides
from hairopt.measure.progress import Progress


@dataclass(frozen=True)
class Judged:
    """A comparison, with its two sides."""

    comparison: Comparison
    sides: Sides


def judge(
    settings: GateSettings,
    *,
    cases: Sequence[str] = (),
    progress: Progress | None = None,
    render: Callable[[Path], object] | None = None,
    command: str = "",
) -> Judged:
    """Read or measure both sides, compare them, and find the pictures of the worst cases.

    Args:
        settings: both sides, limits, and how to measure.
        cases: names of the cases to compare; all where empty.
        progress: called while something is measured.
        render: writes the reports of a new run.
        command: the command line, for the record.

    Raises:
        UsageError, ConfigError, DataError: a side or a setting is invalid or cannot be read.
        NotComparableError: the two sides may not be compared.
        RegressionError: the candidate failed completely.
    """
    sides = resolve_sides(settings, cases=cases, progress=progress, render=render, command=command)
    comparison = compare(
        sides.baseline.snapshot,
        sides.candidate.snapshot,
        settings.limits,
        timed=sides.timed,
        guarded=settings.guarded,
        without=settings.without,
        across_isa=settings.across_isa,
        notes=sides.notes,
    )
    worst = [one.case for one in comparison.offenders]
    inspections = find_inspections(worst, sides, settings)
    return Judged(replace(comparison, inspections=inspections), sides)
