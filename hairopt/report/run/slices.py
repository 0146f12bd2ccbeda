"""Quality by slice: one table per tag."""

from __future__ import annotations

from dataclasses import dataclass

from hairopt.measure.run_model import Run, SliceValue
from hairopt.metrics.catalog import agreement
from hairopt.report.run.page import SliceCell, SliceHead, SliceRow, SliceTable
from hairopt.report.text import ABSENT

_MAX_VALUES = 8
"""Largest number of values of a tag; with more the table is not readable."""

FEW = 5
"""Least number of cases for a reliable mean."""


@dataclass(frozen=True)
class _Metric:
    name: str
    title: str
    higher_is_better: bool
    decimals: int


_MASK = _Metric("alpha_iou", "mask, IoU", True, 3)
_OLDER_MASK = _Metric("iou", "IoU", True, 3)
"""Of the network's mask: for runs of older versions."""
_AGREEMENT = _Metric(agreement("alpha_iou"), "mask agreement, IoU", True, 3)
"""Of photos without masks."""
_AGREED_COLOUR = _Metric(agreement("lock_de00"), "colour agreement, ΔE00", False, 2)
_COLOUR = _Metric("lock_de00", "colour, ΔE00", False, 2)
_ABOUT_COLOUR = ("shade", "intensity", "hair_lightness")
"""Slices by shade and intensity, where the mask is the same and the colour is not, and by hair."""


def slice_tables(run: Run) -> tuple[SliceTable, ...]:
    """The tables of all tags that divide the cases into at least two slices."""
    measured = {name: result for name, result in run.variants.items() if result.status == "ok"}
    tags = dict.fromkeys(tag for result in measured.values() for tag in result.slices)
    has_alpha = any(_MASK.name in result.quality for result in measured.values())
    mask = _MASK if has_alpha else _OLDER_MASK if run.dataset.is_labelled else _AGREEMENT
    colour = _COLOUR if run.dataset.is_labelled else _AGREED_COLOUR
    tables = []
    for tag in tags:
        metric = colour if tag in _ABOUT_COLOUR else mask
        found = {
            name: {value: metrics.get(metric.name) for value, metrics in slices.items()}
            for name, result in measured.items()
            if (slices := result.slices.get(tag))
        }
        values = _in_order({value for by_value in found.values() for value in by_value})
        defined = any(v and v.mean is not None for row in found.values() for v in row.values())
        if defined and 2 <= len(values) <= _MAX_VALUES:
            tables.append(_table(tag, metric, values, found))
    return tuple(tables)


def _in_order(values: set[str]) -> list[str]:
    """The values sorted by number if all are numbers, otherwise by name."""
    try:
        return sorted(values, key=float)
    except ValueError:
        return sorted(values)


def _table(
    tag: str,
    metric: _Metric,
    values: list[str],
    found: dict[str, dict[str, SliceValue | None]],
) -> SliceTable:
    means = [v.mean for row in found.values() for v in row.values() if v and v.mean is not None]
    ends = (min(means), max(means)) if means else (0.0, 0.0)
    worst, best = ends if metric.higher_is_better else ends[::-1]
    heads = []
    for value in values:
        n = max((one.n for by_value in found.values() if (one := by_value.get(value))), default=0)
        heads.append(SliceHead(value, n, n < FEW))
    rows = tuple(
        SliceRow(
            name,
            tuple(_cell(by_value.get(value), worst, best, metric.decimals) for value in values),
        )
        for name, by_value in found.items()
    )
    return SliceTable(tag, metric.title, tuple(heads), rows)


def _cell(value: SliceValue | None, worst: float, best: float, decimals: int) -> SliceCell:
    if value is None or value.mean is None:
        return SliceCell(ABSENT, 0.0)
    level = (value.mean - worst) / (best - worst) if best != worst else 1.0
    return SliceCell(f"{value.mean:.{decimals}f}", round(level, 3))
