"""Where the time of one request goes: the stages of every variant as stacked bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hairopt.report.charts.svg import INK, SURFACE, figure, series_color, to_svg


def stages_svg(stage_ms: Mapping[str, Mapping[str, float]], stages: Sequence[str]) -> str:
    """The chart.

    Args:
        stage_ms: variant -> stage -> milliseconds, in the order of the matrix; at least one.
        stages: the stages in the order in which they run.
    """
    names = list(stage_ms)
    totals = [sum(stage_ms[name].values()) for name in names]
    with figure(500, 104 + 40 * len(names)) as (drawing, axes):
        left = [0.0] * len(names)
        for index, stage in enumerate(stages):
            widths = [stage_ms[name].get(stage, 0.0) for name in names]
            axes.barh(
                names,
                widths,
                left=left,
                height=0.62,
                color=series_color(index),
                edgecolor=SURFACE,
                linewidth=1,
                label=stage,
            )
            left = [start + width for start, width in zip(left, widths, strict=True)]
        for row, total in enumerate(totals):
            axes.text(total + max(totals) * 0.015, row, f"{total:.1f}", va="center", color=INK)
        axes.set_xlim(0, max(totals) * 1.14 or 1)
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", labelcolor=INK)
        axes.set_xlabel("milliseconds per request, mean")
        drawing.legend(
            loc="outside upper left",
            ncols=len(stages),
            handlelength=0.8,
            columnspacing=0.9,
            fontsize=11.5,
        )
        return to_svg(
            drawing,
            key="stages",
            title="Time of each stage",
            description=_describe(stage_ms),
        )


def _describe(stage_ms: Mapping[str, Mapping[str, float]]) -> str:
    parts = []
    for name, times in stage_ms.items():
        shares = ", ".join(f"{stage} {value:.1f} ms" for stage, value in times.items())
        parts.append(f"{name}: {shares}")
    return "; ".join(parts) + "."
