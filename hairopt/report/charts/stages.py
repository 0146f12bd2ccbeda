"""Chart of the time of each step, as stacked bars per variant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hairopt.report.charts.svg import INK, SURFACE, figure, stage_color, to_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WHOLE_FROM_MS = 1000
"""Totals in ms from which times are shown without decimals."""


def stages_svg(stage_ms: Mapping[str, Mapping[str, float]], stages: Sequence[str]) -> str:
    """The stages of one warm request; see ``stacked_svg``."""
    return stacked_svg("stages", "Time of each stage", stage_ms, stages, "mean ms per request")


def stacked_svg(
    key: str,
    title: str,
    stage_ms: Mapping[str, Mapping[str, float]],
    stages: Sequence[str],
    unit: str,
) -> str:
    """The chart.

    Args:
        key: unique on the page.
        title: title of the chart.
        stage_ms: variant -> stage -> milliseconds, in the order of the matrix; at least one.
        stages: the steps in the order in which they run.
        unit: title of the axis.
    """
    names = list(stage_ms)
    totals = [sum(stage_ms[name].values()) for name in names]
    with figure(430, 92 + 34 * len(names)) as (drawing, axes):
        _draw_bars(axes, stage_ms, stages)
        for row, total in enumerate(totals):
            text = f"{total:,.0f}" if max(totals) >= _WHOLE_FROM_MS else f"{total:.1f}"
            axes.text(total + max(totals) * 0.015, row, text, va="center", color=INK)
        axes.set_xlim(0, max(totals) * 1.14 or 1)
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", labelcolor=INK)
        axes.set_xlabel(unit)
        drawing.legend(
            loc="outside upper left",
            ncols=len(stages),
            handlelength=0.8,
            columnspacing=0.9,
            fontsize=10.5,
        )
        return to_svg(drawing, key=key, title=title, description=_describe(stage_ms))


def _draw_bars(
    axes: Axes, stage_ms: Mapping[str, Mapping[str, float]], stages: Sequence[str]
) -> None:
    names = list(stage_ms)
    left = [0.0] * len(names)
    for index, stage in enumerate(stages):
        widths = [stage_ms[name].get(stage, 0.0) for name in names]
        axes.barh(
            names, widths, left=left, height=0.62, label=stage,
            color=stage_color(index), edgecolor=SURFACE, linewidth=1,
        )  # fmt: skip
        left = [start + width for start, width in zip(left, widths, strict=True)]


def _describe(stage_ms: Mapping[str, Mapping[str, float]]) -> str:
    parts = []
    for name, times in stage_ms.items():
        shares = ", ".join(f"{stage} {value:.1f} ms" for stage, value in times.items())
        parts.append(f"{name}: {shares}")
    return "; ".join(parts) + "."
