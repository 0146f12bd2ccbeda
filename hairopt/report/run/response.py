"""Charts of the response of variants to intensity, if a run has several intensities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hairopt.measure.run_model import Run
from hairopt.report.charts.curves import Axis, Line, Spot, curves_svg, series_key
from hairopt.report.matrix import COLOUR_METRIC
from hairopt.report.run.page import Chart, SeriesKey

if TYPE_CHECKING:
    import pandas as pd

_FEWEST_TIMES = 5
"""Least number of requests at one intensity for a median."""

_AXIS = Axis("intensity")


@dataclass(frozen=True)
class _Quantity:
    column: str
    title: str
    caption: str
    straight: bool = False


_QUANTITIES = (
    _Quantity(
        "hair_change_de76", "Change of the hair", "ΔE76 to the photo. Dashed: in proportion.", True
    ),
    _Quantity(COLOUR_METRIC, "Colour error", "ΔE00 to the intent of that intensity."),
    _Quantity("outside_de00", "Bleed", "ΔE00 beside the hair, square by square."),
)


def response_charts(
    run: Run, cases: pd.DataFrame, timings: pd.DataFrame | None
) -> tuple[Chart, ...]:
    """One chart per quantity that is defined at two or more intensities.

    Args:
        run: the content of ``run.json``.
        cases: the rows of ``cases.parquet``.
        timings: the rows of ``timings.parquet``; None for a run that kept no single times.
    """
    if len(run.protocol.intensities) < 2:
        return ()
    charts = [
        _chart(quantity.column, quantity.title, quantity.caption, lines, quantity.straight)
        for quantity in _QUANTITIES
        if (lines := _quality_lines(run, cases, quantity.column))
    ]
    lines = _latency_lines(run, timings)
    if lines:
        caption = "Median of warm requests back to back, ms."
        charts.append(_chart("latency", "Latency", caption, lines, straight=False))
    return tuple(charts)


def series_keys(run: Run) -> tuple[SeriesKey, ...]:
    """The legend of these charts: every measured variant with its colour and marker."""
    return tuple(series_key(index, name) for index, name in enumerate(measured_names(run)))


def measured_names(run: Run) -> list[str]:
    """The variants that have numbers; their order decides colours and markers."""
    return [name for name, result in run.variants.items() if result.status == "ok"]


def _chart(column: str, title: str, caption: str, lines: list[Line], straight: bool) -> Chart:
    svg = curves_svg(
        f"by-intensity-{column}", f"{title} by intensity", lines, _AXIS,
        from_zero=True, straight=straight,
    )  # fmt: skip
    return Chart(title, caption, svg)


def _quality_lines(run: Run, cases: pd.DataFrame, column: str) -> list[Line]:
    from hairopt.metrics.summary import summarize

    if column not in cases:
        return []
    keys = ["variant", "intensity", "case", "source"]
    means = cases.dropna(subset=[column]).groupby(keys, observed=True)[column].mean().reset_index()
    lines = []
    for index, name in enumerate(measured_names(run)):
        spots = []
        for intensity, group in means[means["variant"] == name].groupby("intensity"):
            sources = [str(source) for source in group["source"]]
            found = summarize(group[column].tolist(), sources)
            if found.mean is not None:
                spots.append(Spot(float(str(intensity)), found.mean, found.ci95))
        if len(spots) > 1:
            lines.append(Line(name, index, tuple(spots)))
    return lines


def _latency_lines(run: Run, timings: pd.DataFrame | None) -> list[Line]:
    if timings is None:
        return []
    lines = []
    for index, name in enumerate(measured_names(run)):
        groups = timings[timings["variant"] == name].groupby("intensity")["total_ms"]
        spots = [
            Spot(float(str(intensity)), float(times.median()))
            for intensity, times in groups
            if len(times) >= _FEWEST_TIMES
        ]
        if len(spots) > 1:
            lines.append(Line(name, index, tuple(spots)))
    return lines
