"""Line charts: one quantity along one axis, one line per variant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hairopt.report.charts.svg import (
    MARKERS,
    MUTED,
    SERIES,
    SURFACE,
    figure,
    series_color,
    series_marker,
    to_svg,
)
from hairopt.report.run.page import SeriesKey

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MAX_TICKS = 6

_STROKES_APART = 0.014
"""Distance of the intervals of two variants, as a share of the axis."""


@dataclass(frozen=True)
class Spot:
    """One measured value, with ``ci95`` if it has an interval.

    Attributes:
        joined: whether a line joins it with the spot before; only if the two are comparable.
    """

    x: float
    y: float
    ci95: tuple[float, float] | None = None
    joined: bool = True


@dataclass(frozen=True)
class Axis:
    """The horizontal axis; ``labels`` has names for some of its values."""

    title: str
    labels: Mapping[float, str] | None = None


@dataclass(frozen=True)
class Line:
    """One variant; ``index`` decides its colour and marker."""

    name: str
    index: int
    spots: tuple[Spot, ...]


def series_key(index: int, name: str) -> SeriesKey:
    """The legend's entry of the index-th variant."""
    return SeriesKey(name, MARKERS[series_marker(index)], index % SERIES + 1)


def curves_svg(
    key: str, title: str, lines: Sequence[Line], axis: Axis, *, from_zero: bool, straight: bool
) -> str:
    """The chart, without a legend, because several charts of a page share one.

    Args:
        key: unique on the page.
        title: the quantity, with its unit.
        lines: at least one, each with at least one spot.
        axis: the horizontal axis.
        from_zero: whether the vertical axis begins at 0: for amounts, not for shares near 1.
        straight: whether to draw a dashed straight line from the origin to the mean of the last
            spots, which is a proportional response.
    """
    with figure(240) as (drawing, axes):
        if straight:
            _draw_proportional(axes, lines)
        xs = sorted({spot.x for line in lines for spot in line.spots})
        apart = _STROKES_APART * (xs[-1] - xs[0])
        hover: dict[str, str] = {}
        for place, line in enumerate(lines):
            _draw_line(axes, line, apart * (place - (len(lines) - 1) / 2))
            hover |= _draw_spots(axes, line, axis.labels or {})
        shown = xs if len(xs) <= _MAX_TICKS else [xs[0], *xs[:: -(-len(xs) // _MAX_TICKS)][1:]]
        labels = axis.labels or {}
        axes.set_xticks(shown, [labels.get(x, f"{x:g}") for x in shown])
        axes.margins(x=0.07, y=0.12)
        if from_zero or axes.get_ylim()[0] < 0 <= axes.dataLim.y0:
            axes.set_ylim(bottom=0)
        axes.set_xlabel(axis.title)
        axes.locator_params(axis="y", nbins=5)
        return to_svg(
            drawing, key=key, title=title, description=_describe(lines, labels), hover=hover
        )


def _draw_line(axes: Axes, line: Line, shift: float) -> None:
    """Draw a line; ``shift`` puts the strokes of variants with equal values side by side."""
    color = series_color(line.index)
    for stretch in _stretches(line.spots):
        axes.plot(
            [s.x for s in stretch], [s.y for s in stretch], color=color, linewidth=1.8, zorder=3
        )
    for spot in line.spots:
        if spot.ci95:
            axes.plot(
                [spot.x + shift] * 2, spot.ci95, color=color, linewidth=1.2, alpha=0.5, zorder=2
            )


def _draw_spots(axes: Axes, line: Line, labels: Mapping[float, str]) -> dict[str, str]:
    """Draw the markers; returns gid -> what a pointer over one shows."""
    hover = {}
    for place, spot in enumerate(line.spots):
        gid = f"spot-{line.index}-{place}"
        axes.plot(
            spot.x, spot.y, color=series_color(line.index), marker=series_marker(line.index),
            markersize=6.5, markeredgecolor=SURFACE, markeredgewidth=1, zorder=4, gid=gid,
        )  # fmt: skip
        between = f" ({spot.ci95[0]:.4g} to {spot.ci95[1]:.4g})" if spot.ci95 else ""
        hover[gid] = f"{line.name}, {labels.get(spot.x, f'{spot.x:g}')}: {spot.y:.4g}{between}"
    return hover


def _stretches(spots: Sequence[Spot]) -> list[list[Spot]]:
    """The spots, divided where two neighbours are not comparable."""
    stretches: list[list[Spot]] = []
    for spot in spots:
        if spot.joined and stretches:
            stretches[-1].append(spot)
        else:
            stretches.append([spot])
    return stretches


def _draw_proportional(axes: Axes, lines: Sequence[Line]) -> None:
    ends = [line.spots[-1] for line in lines]
    x, y = max(spot.x for spot in ends), sum(spot.y for spot in ends) / len(ends)
    axes.plot([0, x], [0, y], color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)


def _describe(lines: Sequence[Line], labels: Mapping[float, str]) -> str:
    parts = []
    for line in lines:
        values = ", ".join(f"{labels.get(s.x, f'{s.x:g}')}: {s.y:.4g}" for s in line.spots)
        parts.append(f"{line.name}: {values}")
    return "; ".join(parts) + "."
