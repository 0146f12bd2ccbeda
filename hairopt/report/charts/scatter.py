"""Chart of cost against quality kept: every variant with its intervals, and the Pareto front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hairopt.pareto import non_dominated
from hairopt.report.charts.curves import series_key
from hairopt.report.charts.svg import (
    ACCENT,
    INK,
    MUTED,
    SURFACE,
    figure,
    series_color,
    series_marker,
    to_svg,
)
from hairopt.report.run.page import SeriesKey

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_OFFSET_PX = 9
_CHARACTER_PX = 7.5
_LINE_PX = 14


@dataclass(frozen=True)
class Point:
    """One variant on the plane: cost in ms (lower is better), quality kept in per cent."""

    name: str
    cost_ms: float
    kept_percent: float
    cost_ci95: tuple[float, float] | None = None
    kept_ci95: tuple[float, float] | None = None

    @property
    def words(self) -> str:
        """``int8: 77.0 ms (75.1 to 78.9), 98.8 % kept (97.1 to 99.9)``."""
        cost, kept = _between(self.cost_ci95), _between(self.kept_ci95)
        return f"{self.name}: {self.cost_ms:.1f} ms{cost}, {self.kept_percent:.1f} % kept{kept}"


def _between(ci95: tuple[float, float] | None) -> str:
    return f" ({ci95[0]:.1f} to {ci95[1]:.1f})" if ci95 else ""


def pareto_front(points: Sequence[Point]) -> list[Point]:
    """The points that no other point dominates, by rising cost."""
    kept = non_dominated([(point.cost_ms, -point.kept_percent) for point in points])
    front = [point for point, is_kept in zip(points, kept, strict=True) if is_kept]
    return sorted(front, key=lambda point: point.cost_ms)


def scatter_keys(points: Sequence[Point]) -> tuple[SeriesKey, ...]:
    """The legend: the number, marker and name of every point."""
    return tuple(series_key(i, f"{i + 1} {point.name}") for i, point in enumerate(points))


def scatter_svg(points: Sequence[Point], limit_percent: float | None = None) -> str:
    """The chart; its points have the numbers of ``scatter_keys``, for names would overlap.

    Args:
        points: in the order of the matrix, at least one.
        limit_percent: the quality that has to be kept, drawn as a line.
    """
    front = pareto_front(points)
    with figure(300) as (drawing, axes):
        if limit_percent is not None:
            axes.axhline(limit_percent, color=MUTED, linewidth=1, linestyle=(0, (1, 2)), zorder=1)
        _draw_front(axes, front)
        for index, point in enumerate(points):
            _draw_point(axes, point, index, on_front=point in front)
        axes.margins(x=0.18, y=0.2)
        axes.set_xlim(left=max(0.0, axes.get_xlim()[0]))
        axes.set_xlabel("latency, mean ms (left is faster)")
        axes.set_ylabel("quality kept, % (up is better)")
        _label_points(drawing, axes, points)
        hover = {f"point-{index}": point.words for index, point in enumerate(points)}
        return to_svg(
            drawing,
            key="scatter",
            title="Latency against quality kept",
            description=_describe(points, front),
            hover=hover,
        )


def _draw_front(axes: Axes, front: Sequence[Point]) -> None:
    axes.step(
        [p.cost_ms for p in front],
        [p.kept_percent for p in front],
        where="post",
        color=ACCENT,
        linewidth=1.6,
        linestyle=(0, (4, 3)),
        alpha=0.8,
        zorder=2,
    )


def _draw_point(axes: Axes, point: Point, index: int, *, on_front: bool) -> None:
    color = series_color(index)
    axes.errorbar(
        point.cost_ms,
        point.kept_percent,
        xerr=_arms(point.cost_ms, point.cost_ci95),
        yerr=_arms(point.kept_percent, point.kept_ci95),
        color=color,
        elinewidth=1.2,
        alpha=0.65,
        zorder=3,
    )
    axes.plot(
        point.cost_ms,
        point.kept_percent,
        marker=series_marker(index),
        markersize=10 if on_front else 8,
        color=color,
        markerfacecolor=color if on_front else SURFACE,
        markeredgecolor=SURFACE if on_front else color,
        markeredgewidth=1.5,
        zorder=4,
        gid=f"point-{index}",
    )


def _arms(value: float, ci95: tuple[float, float] | None) -> list[list[float]] | None:
    if ci95 is None:
        return None
    low, high = ci95
    return [[max(0.0, value - low)], [max(0.0, high - value)]]


def _label_points(drawing: Figure, axes: Axes, points: Sequence[Point]) -> None:
    """Write numbers beside the points, moved so that they overlap neither points nor each other."""
    drawing.canvas.draw()
    front = pareto_front(points)
    spots = [axes.transData.transform((point.cost_ms, point.kept_percent)) for point in points]
    taken = [(x - _OFFSET_PX + 1, y, 2.0 * _OFFSET_PX - 2) for x, y in spots]
    for index, (point, (x, y)) in enumerate(zip(points, spots, strict=True)):
        width = _CHARACTER_PX * len(str(index + 1))
        start = x + _OFFSET_PX
        shift = _free_height(taken, start, y + 8, width, axes.bbox.y0 + 8) - y
        taken.append((start, y + shift, width))
        axes.annotate(
            str(index + 1),
            (point.cost_ms, point.kept_percent),
            xytext=(_OFFSET_PX, shift),
            textcoords="offset pixels",
            va="center",
            color=INK if point in front else MUTED,
            zorder=5,
        )


def _free_height(
    taken: Sequence[tuple[float, float, float]], x: float, y: float, width: float, lowest: float
) -> float:
    """The nearest height around ``y``, not below ``lowest``, where a label overlaps no other."""

    def is_free(height: float) -> bool:
        return height >= lowest and not any(
            abs(height - other_y) < _LINE_PX and x < other_x + other_width and other_x < x + width
            for other_x, other_y, other_width in taken
        )

    steps = sorted(range(-100, 100), key=abs)
    return next((y + 3 * step for step in steps if is_free(y + 3 * step)), y)


def _describe(points: Sequence[Point], front: Sequence[Point]) -> str:
    values = "; ".join(point.words for point in points)
    return f"{values}. On the Pareto front: {', '.join(p.name for p in front)}."
