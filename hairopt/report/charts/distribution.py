"""Chart of the distribution of warm request times: dots and a box per variant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hairopt.quantities import number_of
from hairopt.report.charts.svg import (
    INK,
    MUTED,
    SURFACE,
    figure,
    folded_name,
    rows_height_px,
    series_color,
    to_svg,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MAX_DOTS = 120
"""Largest number of dots; more requests are drawn as this number of quantiles."""

_BOX_FROM = 20
"""Least number of requests for quartiles and the middle 90 %."""

_LOG_FROM = 8.0
"""Ratio of largest to smallest median from which the axis is logarithmic."""

_ROOM = 1.5
"""End of a linear axis over the largest 95th percentile."""

_MARGIN = 1.05
_GOLDEN = 0.618_034

Array = NDArray[np.float64]


def distribution_svg(times_ms: Mapping[str, Sequence[float]]) -> str:
    """The chart.

    Args:
        times_ms: variant -> milliseconds of every request, positive, at least one; in the order
            of the matrix; at least one variant.
    """
    samples = {name: np.asarray(times, dtype=np.float64) for name, times in times_ms.items()}
    medians = {name: float(np.median(times)) for name, times in samples.items()}
    logarithmic = max(medians.values()) > _LOG_FROM * min(medians.values())
    with figure(58 + rows_height_px(samples, 42)) as (drawing, axes):
        for row, times in enumerate(samples.values()):
            _draw_row(axes, row, times, series_color(row))
        if logarithmic:
            axes.set_xscale("log")
            _plain_ticks(axes)
        else:
            _cut_long_tails(axes, samples)
        axes.set_yticks(range(len(samples)), list(map(folded_name, samples)), color=INK)
        axes.set_ylim(len(samples) - 0.5, -0.55)
        axes.grid(visible=False, axis="y")
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("milliseconds per request" + (", logarithmic" if logarithmic else ""))
        return to_svg(
            drawing,
            key="distribution",
            title="Distribution of latency",
            description=_describe(samples),
            hover={f"median-{i}": _words(*sample) for i, sample in enumerate(samples.items())},
        )


def _draw_row(axes: Axes, row: int, times: Array, color: str) -> None:
    dots = np.sort(times)
    if dots.size > _MAX_DOTS:
        dots = np.quantile(times, (np.arange(_MAX_DOTS) + 0.5) / _MAX_DOTS)
    # A low-discrepancy sequence separates neighbours, and is the same in every rendering.
    heights = row + 0.1 + 0.24 * (np.arange(dots.size) * _GOLDEN % 1)
    axes.plot(dots, heights, "o", color=color, markersize=3, alpha=0.5, markeredgewidth=0)
    if times.size >= _BOX_FROM:
        low, quarter, three_quarters, high = np.percentile(times, (5, 25, 75, 95))
        axes.plot([low, high], [row - 0.14] * 2, color=color, linewidth=1.6)
        axes.barh(
            row - 0.14, three_quarters - quarter, left=quarter, height=0.26, color=color,
            edgecolor=SURFACE, linewidth=0.8,
        )  # fmt: skip
    middle = np.median(times)
    axes.plot([middle] * 2, [row - 0.31, row + 0.03], color=INK, linewidth=2, gid=f"median-{row}")


def _cut_long_tails(axes: Axes, samples: Mapping[str, Array]) -> None:
    """Limit the axis if there are a few large outliers, and state their number."""
    end = _ROOM * max(float(np.percentile(times, 95)) for times in samples.values())
    axes.set_xlim(0, min(end, _MARGIN * max(float(times.max()) for times in samples.values())))
    for row, times in enumerate(samples.values()):
        beyond = times[times > end]
        if beyond.size:
            axes.annotate(
                f"{beyond.size} up to {beyond.max():,.0f} \N{RIGHTWARDS ARROW}",
                (1, row - 0.14),
                xycoords=("axes fraction", "data"),
                ha="right",
                va="center",
                color=MUTED,
                fontsize=10.5,
            )


def _plain_ticks(axes: Axes) -> None:
    """20, 50, 100 instead of powers of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.xaxis.set_major_locator(LogLocator(base=10, subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _describe(samples: Mapping[str, Array]) -> str:
    return "; ".join(_words(name, times) for name, times in samples.items()) + "."


def _words(name: str, times: Array) -> str:
    low, median, high = np.percentile(times, (25, 50, 75))
    return (
        f"{name}: median {median:.1f} ms, middle half {low:.1f} to {high:.1f} ms, "
        f"{number_of(times.size, 'request')}"
    )
