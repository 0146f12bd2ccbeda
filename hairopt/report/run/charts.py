"""The charts of a run, if it has data for them, with their captions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hairopt.backends.answer import SERVICE
from hairopt.measure.run_model import Run, VariantResult
from hairopt.report.charts.scatter import Point, scatter_keys, scatter_svg
from hairopt.report.charts.stages import stacked_svg, stages_svg
from hairopt.report.matrix import Matrix
from hairopt.report.run.answer import LIMIT_PERCENT
from hairopt.report.run.page import Chart
from hairopt.types import STAGES

if TYPE_CHECKING:
    import pandas as pd

_REST = "not told by the back-end"

_Results = Mapping[str, VariantResult]


def run_charts(run: Run, matrix: Matrix, timings: pd.DataFrame | None) -> tuple[Chart, ...]:
    """Cost against quality, time of each stage, distribution of latency, and start-up.

    Args:
        run: the content of ``run.json``.
        matrix: its matrix.
        timings: the rows of ``timings.parquet``; None for a run that kept no single times.
    """
    measured = {name: result for name, result in run.variants.items() if result.status == "ok"}
    charts = (
        _scatter(run, matrix),
        _stages(measured),
        _distribution(measured, timings),
        _startup(measured),
    )
    return tuple(chart for chart in charts if chart)


def _scatter(run: Run, matrix: Matrix) -> Chart | None:
    points = [
        Point(row.name, total.mean, kept.value, total.ci95, kept.ci95)
        for row in matrix.measured
        if (total := run.variants[row.name].latency_ms.get("total"))
        and (kept := row.cells["kept_percent"]).value is not None
    ]
    if len(points) < 2:
        return None
    caption = (
        "Mean latency, back to back, and the quality kept, with their 95 % intervals. Filled "
        "points on the dashed line form the Pareto front: nothing is both faster and better. "
        f"Dotted: the {LIMIT_PERCENT:g} % that the gate wants."
    )
    svg = scatter_svg(points, LIMIT_PERCENT)
    return Chart("Cost against quality", caption, svg, scatter_keys(points))


def _stages(measured: _Results) -> Chart | None:
    stage_ms = {name: _stage_ms(result) for name, result in measured.items()}
    stage_ms = {name: times for name, times in stage_ms.items() if times}
    if not stage_ms:
        return None
    others = dict.fromkeys(stage for times in stage_ms.values() for stage in times)
    stages = [*STAGES, *(stage for stage in others if stage not in (*STAGES, _REST)), _REST]
    caption = "Mean of warm requests, back to back, in processes of their own."
    shown = [stage for stage in stages if stage in others]
    return Chart("Time of each stage", caption, stages_svg(stage_ms, shown))


def _stage_ms(result: VariantResult) -> dict[str, float]:
    """Mean time of every stage; of a back-end those that it tells, and the rest."""
    found = {
        stage: times.mean
        for stage, times in result.latency_ms.items()
        if stage != "total" and (result.backend is None or stage != SERVICE)
    }
    if result.backend is not None and "total" in result.latency_ms:
        found[_REST] = max(0.0, result.latency_ms["total"].mean - sum(found.values()))
    return found


def _startup(measured: _Results) -> Chart | None:
    step_ms = {
        name: {"start and imports": start.import_, "load": start.load, "first request": start.first}
        for name, result in measured.items()
        if (start := result.startup_ms)
    }
    if not step_ms:
        return None
    n = max(start.n for result in measured.values() if (start := result.startup_ms))
    caption = (
        "Time of a new process before its first answer, with files in the page cache: "
        f"{f'medians of {n} starts' if n > 1 else 'one start'} of each variant."
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
        "Every warm request back to back is a dot; every variant answers the same ones. Bar: the "
        "middle half; "
        "line: the middle 90 %; stroke: the median."
    )
    return Chart("Distribution of latency", caption, distribution_svg(times_ms))
