"""Build the matrix of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from hairopt.evidence.evidence import Evidence
from hairopt.measure.run_model import (
    OLDER_COLOR_REFERENCE,
    Ratio,
    Retention,
    Run,
    VariantResult,
)
from hairopt.report.matrix import COSTS, KEPT, Cell, Column, Delta, Matrix, Row
from hairopt.report.metric_columns import headline_columns, other_columns
from hairopt.report.run.bill import PER_1000, PER_MONTH, Bill
from hairopt.report.run.changes import case_means, change_of_means, ratio_change

if TYPE_CHECKING:
    import pandas as pd

_COSTS: Mapping[str, Callable[[VariantResult], float | None]] = {
    "latency_p50_ms": lambda r: r.latency_ms["total"].p50 if "total" in r.latency_ms else None,
    "latency_after_pause_p50_ms": lambda r: (
        r.latency_after_pause_ms["total"].p50 if r.latency_after_pause_ms else None
    ),
    "latency_p95_ms": lambda r: r.latency_ms["total"].p95 if "total" in r.latency_ms else None,
    "cpu_ms": lambda r: r.cpu_ms,
    "peak_rss_mb": lambda r: r.memory_mb.peak_rss if r.memory_mb else None,
    "output_kb": lambda r: None if r.output_bytes is None else r.output_bytes / 1000,
}

_RATIOS: Mapping[str, Callable[[VariantResult], Ratio | None]] = {
    "latency_p50_ms": lambda r: r.latency_ratio,
    "latency_after_pause_p50_ms": lambda r: r.latency_after_pause_ratio,
    "cpu_ms": lambda r: r.cpu_ratio,
    "peak_rss_mb": lambda r: r.memory_ratio,
}

_OLDER_COLOUR = (
    "Difference to the same recolour with the truth as mask, of an older version of hairopt; not "
    "comparable with newer colours."
)

_BILL = (PER_1000, PER_MONTH)


def build_matrix(run: Run, cases: pd.DataFrame, bill: Bill | None = None) -> Matrix:
    """The matrix of a run.

    Args:
        run: the content of ``run.json``.
        cases: the rows of ``cases.parquet``.
        bill: prices and traffic; None for the built-in example, which is marked as one.
    """
    bill = bill or Bill()
    headline = headline_columns(run)
    others = tuple(_explained(column, run) for column in other_columns(run, headline))
    columns = (KEPT, *headline, *COSTS)
    reference, means = run.reference, case_means(cases)
    cells = {
        name: {column.key: cell_of(result, column, bill) for column in (*columns, *others)}
        for name, result in run.variants.items()
        if result.status == "ok"
    }
    for name in cells:
        for column in (*columns, *others):
            delta = _delta(run, means, name, reference, column)
            cells[name][column.key] = replace(cells[name][column.key], delta=delta)
    rows = tuple(_row(name, run.variants[name], cells, reference) for name in run.variants)
    shown = tuple(
        bill.explained(column) if column.key in _BILL else _explained(column, run)
        for column in columns
        if any(row[column.key].value is not None for row in cells.values())
    )
    return Matrix(shown, rows, reference, others)


def _explained(column: Column, run: Run) -> Column:
    """A column of a run of an older version says what colour was judged against then."""
    is_older = run.protocol.color_reference == OLDER_COLOR_REFERENCE
    if is_older and column.key.startswith(("lock_", "color_")):
        return replace(column, meaning=_OLDER_COLOUR)
    return column


def cell_of(result: VariantResult, column: Column, bill: Bill | None = None) -> Cell:
    """The cell of a variant in a column; ``bill`` as in ``build_matrix``."""
    if column.key in _BILL:
        return (bill or Bill()).cell(result, column.key)
    if column.key in _COSTS:
        return Cell(_COSTS[column.key](result))
    if column.key == KEPT.key:
        return _kept(result.retention)
    summary = result.summaries.get(column.key)
    return Cell(summary.mean, summary.ci95) if summary else Cell()


def _kept(retention: Retention | None) -> Cell:
    if retention is None or retention.value is None:
        return Cell()
    ends = retention.ci95
    # The baseline keeps all of its own quality, which is no estimate.
    percent = None if ends in (None, (1, 1)) else (100 * ends[0], 100 * ends[1])
    return Cell(100 * retention.value, percent)


def _delta(
    run: Run, means: pd.DataFrame, name: str, reference: str | None, column: Column
) -> Delta | None:
    if reference is None or name == reference or column.key == KEPT.key:
        return None
    if column.higher_is_better is None:
        return None  # neither more nor less is better: a relative change would say nothing
    found = _change(run, means, name, reference, column)
    return None if found is None else Delta(found, column.higher_is_better)


def _change(
    run: Run, means: pd.DataFrame, name: str, reference: str, column: Column
) -> Evidence | None:
    """The evidence of a change; None for a quantity that is one number per variant."""
    if column.key in _RATIOS:
        is_baseline = reference == run.protocol.baseline
        return ratio_change(_RATIOS[column.key](run.variants[name])) if is_baseline else None
    quantity = "output_bytes" if column.key == "output_kb" else column.key
    return change_of_means(means, name, reference, quantity)


def _row(
    name: str,
    result: VariantResult,
    cells: Mapping[str, dict[str, Cell]],
    reference: str | None,
) -> Row:
    reason, fix = result.error or "", result.fix or ""
    if fix:
        reason = reason.removesuffix(f" (fix: {fix})")
    return Row(
        name=name,
        summary=str(result.spec.get("summary", "")),
        status=result.status,
        reason=reason,
        fix=fix,
        is_reference=name == reference,
        cells=cells.get(name, {}),
    )
