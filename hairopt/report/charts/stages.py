"""Chart of the time of each step, as stacked bars per variant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hairopt.report.charts.svg import (
    INK,
    SURFACE,
    figure,
    folded_name,
    rows_height_px,
    stage_color,
    to_svg,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEGEND_COLUMNS = 3

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
    with figure(108 + rows_height_px(names, 34)) as (drawing, axes):
        hover = _draw_bars(axes, stage_ms, stages)
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
            ncols=_LEGEND_COLUMNS,
            handlelength=0.8,
            columnspacing=0.9,
            fontsize=10.5,
        )
        return to_svg(drawing, key=key, title=title, description=_describe(stage_ms), hover=hover)


def _draw_bars(
    axes: Axes, stage_ms: Mapping[str, Mapping[str, float]], stages: Sequence[str]
) -> dict[str, str]:
    """Draw the bars; returns gid -> what a pointer over a part of a bar shows."""
    names = list(stage_ms)
    left, hover = [0.0] * len(names), dict[str, str]()
    for index, stage in enumerate(stages):
        widths = [stage_ms[name].get(stage, 0.0) for name in names]
        bars = axes.barh(
            range(len(names)), widths, left=left, height=0.62, label=stage,
            color=stage_color(index), edgecolor=SURFACE, linewidth=1,
        )  # fmt: skip
        for row, bar in enumerate(bars):
            bar.set_gid(f"bar-{index}-{row}")
            hover[f"bar-{index}-{row}"] = f"{names[row]}, {stage}: {widths[row]:.1f} ms"
        left = [start + width for start, width in zip(left, widths, strict=True)]
    axes.set_yticks(range(len(names)), [folded_name(name) for name in names])
    return hover


def _describe(stage_ms: Mapping[str, Mapping[str, float]]) -> str:
    parts = []
    for name, times in stage_ms.items():
        shares = ", ".join(f"{stage} {value:.1f} ms" for stage, value in times.items())
        parts.append(f"{name}: {shares}")
    return "; ".join(parts) + "."
