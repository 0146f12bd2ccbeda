"""Runs of versions that averaged over cases: the same numbers over source photos, from the cases.

Since ``run.json`` has ``n_sources``, means are over source photos. A run without it is read with
its means computed again from ``cases.parquet``, so that it can stand beside a newer one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hairopt.errors import DataError
from hairopt.measure.run_model import MetricSummary, Retention, Run, SliceValue, VariantResult
from hairopt.measure.run_tables import CASES_FILE, read_cases

if TYPE_CHECKING:
    import pandas as pd

_ASKED: Mapping[str, Callable[[Any], str]] = {
    "shade_name": str,
    "intensity": lambda value: f"{value:g}",
}
"""Column -> text of a slice by what was asked for; such a slice has its tag in ``_TAGS``."""

_GUARDED_THEN = ("iou", "boundary_iou", "lock_de00", "texture_structure", "bleed_de00")

_TAGS = {"shade": "shade_name", "intensity": "intensity"}


def over_sources(run: Run, cases: pd.DataFrame) -> Run:
    """The run with means over source photos; unchanged if it has them.

    Args:
        run: any run.
        cases: its rows of ``cases.parquet``.
    """
    found = {
        name: _again(result, cases, name) if _is_older(result) else result
        for name, result in run.variants.items()
    }
    return run.model_copy(update={"variants": found})


def over_sources_if_there(run: Run, path: Path) -> Run:
    """The same for a run folder or a ``run.json``; unchanged where the cases cannot be read."""
    if not any(_is_older(result) for result in run.variants.values()):
        return run
    folder = path if path.is_dir() else path.parent
    if not (folder / CASES_FILE).exists():
        return run
    try:
        return over_sources(run, read_cases(folder, run))
    except DataError:
        return run


def _is_older(result: VariantResult) -> bool:
    return any(summary.n_sources is None for summary in result.quality.values())


def _again(result: VariantResult, cases: pd.DataFrame, name: str) -> VariantResult:
    rows = cases[cases["variant"] == name]
    quality = {
        metric: _summary(summary, rows, metric) for metric, summary in result.quality.items()
    }
    slices = {
        tag: {value: _slice(means, rows, tag, value) for value, means in by_value.items()}
        for tag, by_value in result.slices.items()
    }
    changes: dict[str, Any] = {"quality": quality, "slices": slices}
    if result.retention is not None and result.retention.value is not None:
        before = cases[cases["variant"] == result.retention.baseline]
        changes["retention"] = _retention(result.retention, before, rows, list(result.quality))
    return result.model_copy(update=changes)


def _by_case(rows: pd.DataFrame, metric: str) -> tuple[list[float | None], list[str]]:
    """Mean of each case over shades and intensities, and its source."""
    if rows.empty or metric not in rows:
        return [], []
    means = rows.groupby(["case", "source"], observed=True)[metric].mean()
    return _values(means), [str(source) for source in means.index.get_level_values("source")]


def _summary(stored: MetricSummary, rows: pd.DataFrame, metric: str) -> MetricSummary:
    from hairopt.metrics.summary import summarize

    found = summarize(*_by_case(rows, metric))
    if found.mean is None:
        return stored
    return stored.model_copy(
        update={
            "mean": found.mean, "ci95": found.ci95, "median": found.median, "p10": found.p10,
            "n": found.n, "n_undefined": found.n_undefined, "n_sources": found.n_sources,
        }
    )  # fmt: skip


def _slice(
    stored: Mapping[str, SliceValue], rows: pd.DataFrame, tag: str, value: str
) -> dict[str, SliceValue]:
    from hairopt.metrics.summary import slice_mean

    column = next((one for one in (_TAGS.get(tag), f"tag.{tag}", tag) if one in rows), None)
    if column is None:
        return dict(stored)
    part = rows[rows[column].map(_ASKED.get(column, str)) == value]
    found = {}
    for metric, old in stored.items():
        mean = slice_mean(*_by_case(part, metric))
        found[metric] = (
            old
            if mean.mean is None
            else SliceValue(mean=mean.mean, n=mean.n, n_sources=mean.n_sources)
        )
    return found


def _retention(
    stored: Retention, before: pd.DataFrame, after: pd.DataFrame, measured: list[str]
) -> Retention:
    """Retention over the metrics that were guarded then, as far as they are known."""
    from hairopt.metrics.retention_evidence import RetentionEvidence

    then = dict.fromkeys((*_GUARDED_THEN, stored.worst_metric or ""))
    guarded = [name for name in then if name in measured]
    if not set(guarded) <= set(after):
        return stored
    first, second = (
        rows.groupby(["case", "source"], observed=True)[guarded].mean() for rows in (before, after)
    )
    both = first.add_suffix("|before").join(second.add_suffix("|after"), how="inner")
    values = {
        name: (_values(both[f"{name}|before"]), _values(both[f"{name}|after"])) for name in guarded
    }
    sources = [str(source) for source in both.index.get_level_values("source")]
    kept = RetentionEvidence.of(values, sources, guarded).retention
    if kept.value is None:
        return stored
    return stored.model_copy(
        update={
            "value": kept.value, "worst_metric": kept.worst_metric, "ci95": kept.ci95,
            "n_sources": kept.n_sources,
        }
    )  # fmt: skip


def _values(column: Iterable[float]) -> list[float | None]:
    return [None if value != value else float(value) for value in column]
