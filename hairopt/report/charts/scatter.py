"""Chart of cost against quality: every variant with its intervals, and the Pareto front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hairopt.pareto import non_dominated
from hairopt.report.charts.svg import ACCENT, INK, MUTED, SURFACE, figure, series_color, to_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_OFFSET_PX = 9
_CHARACTER_PX = 7.0


@dataclass(frozen=True)
class Point:
    """One variant on the plane: cost in ms (lower is better), quality (higher is better)."""

    name: str
    cost_ms: float
    quality: float
    cost_ci95: tuple[float, float] | None = None
    quality_ci95: tuple[float, float] | None = None


def pareto_front(points: Sequence[Point]) -> list[Point]:
    """The points that no other point dominates, by rising cost."""
    kept = non_dominated([(point.cost_ms, -point.quality) for point in points])
    front = [point for point, is_kept in zip(points, kept, strict=True) if is_kept]
    return sorted(front, key=lambda point: point.cost_ms)


def scatter_svg(points: Sequence[Point], quality_title: str) -> str:
    """The chart; ``points`` in the order of the matrix, at least one."""
    front = pareto_front(points)
    with figure(430, 310) as (drawing, axes):
        _draw_front(axes, front)
        for index, point in enumerate(points):
            _draw_point(axes, point, series_color(index), on_front=point in front)
        axes.margins(x=0.18, y=0.2)
        axes.set_xlim(left=max(0.0, axes.get_xlim()[0]))
        axes.set_xlabel("latency, mean ms (left is faster)")
        axes.set_ylabel(f"{quality_title} (up is better)")
        _label_points(drawing, axes, points)
        return to_svg(
            drawing,
            key="scatter",
            title=f"Latency against {quality_title}",
            description=_describe(points, front, quality_title),
        )


def _draw_front(axes: Axes, front: Sequence[Point]) -> None:
    axes.step(
        [p.cost_ms for p in front],
        [p.quality for p in front],
        where="post",
        color=ACCENT,
        linewidth=1.6,
        linestyle=(0, (4, 3)),
        alpha=0.8,
        zorder=2,
    )


def _draw_point(axes: Axes, point: Point, color: str, *, on_front: bool) -> None:
    axes.errorbar(
        point.cost_ms,
        point.quality,
        xerr=_arms(point.cost_ms, point.cost_ci95),
        yerr=_arms(point.quality, point.quality_ci95),
        color=color,
        elinewidth=1.2,
        alpha=0.65,
        zorder=3,
    )
    axes.plot(
        point.cost_ms,
        point.quality,
        marker="o" if on_front else "s",
        markersize=10 if on_front else 7,
        color=color,
        markeredgecolor=SURFACE,
        markeredgewidth=1.5,
        zorder=4,
    )


def _arms(value: float, ci95: tuple[float, float] | None) -> list[list[float]] | None:
    if ci95 is None:
        return None
    low, high = ci95
    return [[max(0.0, value - low)], [max(0.0, high - value)]]


def _label_points(drawing: Figure, axes: Axes, points: Sequence[Point]) -> None:
    """Write names beside the points, moved vertically so that they do not overlap."""
    drawing.canvas.draw()
    front = pareto_front(points)
    spots = [axes.transData.transform((point.cost_ms, point.quality)) for point in points]
    taken = [(x - _OFFSET_PX + 1, y, 2.0 * _OFFSET_PX - 2) for x, y in spots]
    for point, (x, y) in sorted(zip(points, spots, strict=True), key=lambda pair: -pair[1][1]):
        width = _CHARACTER_PX * len(point.name)
        to_left = x + width > axes.bbox.x1 and x - width > axes.bbox.x0
        start = x - _OFFSET_PX - width if to_left else x + _OFFSET_PX
        shift = _free_height(taken, start, y + 8, width) - y
        taken.append((start, y + shift, width))
        axes.annotate(
            point.name,
            (point.cost_ms, point.quality),
            xytext=(-_OFFSET_PX if to_left else _OFFSET_PX, shift),
            textcoords="offset pixels",
            ha="right" if to_left else "left",
            va="center",
            color=INK if point in front else MUTED,
            zorder=5,
        )


def _free_height(
    taken: Sequence[tuple[float, float, float]], x: float, y: float, width: float
) -> float:
    """The nearest height at or below ``y`` where a label of this width overlaps no other."""
    while any(
        abs(y - other_y) < 17 and x < other_x + other_width and other_x < x + width
        for other_x, other_y, other_width in taken
    ):
        y -= 3
    return y


def _describe(points: Sequence[Point], front: Sequence[Point], quality_title: str) -> str:
    values = "; ".join(
        f"{p.name}: {p.cost_ms:.1f} ms, {quality_title} {p.quality:.3f}" for p in points
    )
    return f"{values}. On the Pareto front: {', '.join(p.name for p in front)}."
