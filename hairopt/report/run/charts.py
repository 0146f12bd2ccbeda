"""The charts of a run, if it has data for them, with their captions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hairopt.measure.run_model import Run, VariantResult
from hairopt.report.charts.scatter import Point, scatter_svg
from hairopt.report.charts.stages import stacked_svg, stages_svg
from hairopt.report.run.page import Chart
from hairopt.types import STAGES

if TYPE_CHECKING:
    import pandas as pd

_QUALITY = "iou"
_QUALITY_TITLE = "IoU"

_Results = Mapping[str, VariantResult]


def run_charts(run: Run, timings: pd.DataFrame | None) -> tuple[Chart, ...]:
    """Cost against quality, time of each stage, distribution of latency, and start-up.

    Args:
        run: the content of ``run.json``.
        timings: the rows of ``timings.parquet``; None for a run that kept no single times.
    """
    measured = {name: result for name, result in run.variants.items() if result.status == "ok"}
    charts = (
        _scatter(measured),
        _stages(measured),
        _distribution(measured, timings),
        _startup(measured),
    )
    return tuple(chart for chart in charts if chart)


def _scatter(measured: _Results) -> Chart | None:
    points = [
        Point(name, total.mean, summary.mean, total.ci95, summary.ci95)
        for name, result in measured.items()
        if (total := result.latency_ms.get("total"))
        and (summary := result.quality.get(_QUALITY))
        and summary.mean is not None
    ]
    if not points:
        return None
    caption = (
        "Mean latency and mean IoU with their 95 % intervals. Round points on the dashed line "
        "form the Pareto front: nothing is both faster and better."
    )
    return Chart("Cost against quality", caption, scatter_svg(points, _QUALITY_TITLE))


def _stages(measured: _Results) -> Chart | None:
    stage_ms = {
        name: {
            stage: result.latency_ms[stage].mean for stage in STAGES if stage in result.latency_ms
        }
        for name, result in measured.items()
    }
    stage_ms = {name: times for name, times in stage_ms.items() if times}
    if not stage_ms:
        return None
    caption = "Mean of warm requests, one after another, in a process of their own."
    return Chart("Time of each stage", caption, stages_svg(stage_ms, STAGES))


def _startup(measured: _Results) -> Chart | None:
    step_ms = {
        name: {"start and imports": start.import_, "load": start.load, "first request": start.first}
        for name, result in measured.items()
        if (start := result.startup_ms)
    }
    if not step_ms:
        return None
    caption = (
        "Time of a new process before its first answer. One sample each, with files in the "
        "page cache."
    )
    steps = list(next(iter(step_ms.values())))
    svg = stacked_svg("startup", "From cold to the first answer", step_ms, steps, "milliseconds")
    return Chart("From cold to the first answer", caption, svg)


def _distribution(measured: _Results, timings: pd.DataFrame | None) -> Chart | None:
    from hairopt.report.charts.distribution import distribution_svg

    if timings is None or timings.empty:
        return None
    by_variant = timings.groupby("variant", observed=True)["total_ms"]
    times = {name: by_variant.get_group(name) for name in measured if name in by_variant.groups}
    times_ms = {name: values[values > 0].tolist() for name, values in times.items()}
    times_ms = {name: values for name, values in times_ms.items() if values}
    if not times_ms:
        return None
    caption = (
        "Every warm request is a dot; every variant answers the same ones. Bar: the middle half; "
        "line: the middle 90 %; stroke: the median."
    )
    return Chart("Distribution of latency", caption, distribution_svg(times_ms))
