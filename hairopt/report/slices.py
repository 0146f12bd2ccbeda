"""Quality by slice: one table per tag."""

from __future__ import annotations

from hairopt.bench.run_model import Run, SliceValue
from hairopt.report.page import SliceCell, SliceColumn, SliceRow, SliceTable
from hairopt.report.text import ABSENT

SLICE_METRIC = "iou"
_MAX_VALUES = 8
"""A tag with more values, such as a photographer's name, makes no readable table."""


def slice_tables(run: Run) -> tuple[SliceTable, ...]:
    """The tables of all tags that split the cases into at least two slices."""
    measured = {name: result for name, result in run.variants.items() if result.status == "ok"}
    tags = dict.fromkeys(tag for result in measured.values() for tag in result.slices)
    tables = []
    for tag in tags:
        found = {
            name: {value: metrics.get(SLICE_METRIC) for value, metrics in slices.items()}
            for name, result in measured.items()
            if (slices := result.slices.get(tag))
        }
        values = sorted({value for by_value in found.values() for value in by_value})
        if 2 <= len(values) <= _MAX_VALUES:
            tables.append(_table(tag, values, found))
    return tuple(tables)


def _table(
    tag: str, values: list[str], found: dict[str, dict[str, SliceValue | None]]
) -> SliceTable:
    means = [v.mean for row in found.values() for v in row.values() if v and v.mean is not None]
    low, high = (min(means), max(means)) if means else (0.0, 0.0)
    return SliceTable(
        tag=tag,
        columns=tuple(
            SliceColumn(value, max((v.n for r in found.values() if (v := r.get(value))), default=0))
            for value in values
        ),
        rows=tuple(
            SliceRow(name, tuple(_cell(row.get(value), low, high) for value in values))
            for name, row in found.items()
        ),
    )


def _cell(value: SliceValue | None, low: float, high: float) -> SliceCell:
    if value is None or value.mean is None:
        return SliceCell(ABSENT, 0.0)
    level = (value.mean - low) / (high - low) if high > low else 1.0
    return SliceCell(f"{value.mean:.3f}", round(level, 3))
