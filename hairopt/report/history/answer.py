"""The first screen of a history: where every variant stands now, and what judges a change."""

from __future__ import annotations

import shlex

from hairopt.measure.complete import doubt_lines
from hairopt.quantities import number_of
from hairopt.report.answer import SHIP, SURE, Answer, Point
from hairopt.report.history.data import HISTORY_COLUMNS, Entry, History
from hairopt.report.text import interval_text, value_text

NOT_PROVEN = (
    "Numbers of two runs prove no change: each run has its own noise. hairopt compare judges two "
    "runs, or measures two variants beside each other."
)

_MOST = 4
_SHOWN = ("kept_percent", "latency_p50_ms")


def history_answer(history: History) -> Answer:
    """The first screen."""
    variants, runs = len(history.variants), len(history.runs)
    last = history.runs[-1]
    warnings = (
        *history.breaks,
        *(f"Dataset: {line}" for line in doubt_lines(last)),
        *(f"Run {runs}: {warning}" for warning in last.environment.warnings),
    )
    return Answer(
        f"{number_of(variants, 'variant')} over {number_of(runs, 'run')}",
        (Point(SHIP, "Not judged here", (NOT_PROVEN,), "doubt"), _now(history), _sure(history)),
        warnings,
        _command(history),
    )


def _now(history: History) -> Point:
    lines = [
        f"{variant.name}: {_numbers(variant.entries[-1])}" for variant in history.variants[:_MOST]
    ]
    if len(history.variants) > _MOST:
        lines.append(f"and {len(history.variants) - _MOST} more, below")
    return Point("Where does it stand?", "In its last run", tuple(lines))


def _numbers(entry: Entry) -> str:
    """``kept 98.8 % (97.1 to 99.9), latency 77.0 ms p50``."""
    found = []
    for column in HISTORY_COLUMNS:
        cell = entry.cells[column.key]
        if column.key in _SHOWN and cell.value is not None:
            interval = interval_text(cell, column)
            between = f" ({interval})" if interval else ""
            found.append(
                f"{column.title} {value_text(cell, column)} {column.unit}".rstrip() + between
            )
    return ", ".join(found)


def _sure(history: History) -> Point:
    same = "all of one machine and dataset" if not history.breaks else "not all compare"
    return Point(SURE, number_of(len(history.runs), "run"), (same, "in brackets: 95 % intervals"))


def _command(history: History) -> str:
    """Judge the last run of a variant against the one before; empty if none was in two runs."""
    for variant in history.variants:
        if len(variant.entries) > 1:
            sides = [f"{entry.run.id}:{variant.name}" for entry in variant.entries[-2:]]
            return shlex.join(["hairopt", "compare", *sides])
    return ""
