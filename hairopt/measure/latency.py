"""Summaries of times: percentiles only from enough samples, intervals and ratios over starts.

The requests of one process share whatever distinguishes it from the next process of the same
program, so intervals are made over process starts: see ``hairopt.evidence.times``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from hairopt.evidence.times import FEWEST_STARTS, change_over_starts, t_reach
from hairopt.measure.lane import Lane, Timed
from hairopt.measure.messages import Timing
from hairopt.measure.run_model import Latency, Ratio
from hairopt.measure.schedule import PRECISE, Regime

P95_FROM = 100
"""Least number of samples for a 95th percentile: five are above it."""

P99_FROM = 500
"""Least number of samples for a 99th percentile: five are above it."""

Times: TypeAlias = Mapping[int, Mapping[int, float]]
"""Number of the process start -> round -> time."""


def times_of(
    timed: Sequence[Timed], regime: Regime, number: Callable[[Timing], float | None]
) -> Times:
    """One number of every request of a regime, such as its total time; without unknown ones."""
    found: dict[int, dict[int, float]] = {}
    for one in timed:
        value = number(one.timing) if one.regime == regime else None
        if value is not None:
            found.setdefault(one.start, {})[one.round] = value
    return found


def latency(times_ms: Times) -> Latency:
    """Summarise the times of one stage or of whole requests, in milliseconds, at least one."""
    starts = [np.array(list(times.values())) for times in times_ms.values()]
    times = np.concatenate(starts)
    enough95, enough99 = times.size >= P95_FROM, times.size >= P99_FROM
    p50, mean = float(np.median(times)), float(times.mean())
    return Latency(
        p50=p50,
        p95=float(np.percentile(times, 95)) if enough95 else None,
        p99=float(np.percentile(times, 99)) if enough99 else None,
        mean=mean,
        ci95=_around(mean, [float(one.mean()) for one in starts]),
        p50_ci95=_around(p50, [float(np.median(one)) for one in starts]),
        n=times.size,
        starts=len(starts),
    )


def paired_ratio(times: Times, baseline: Times) -> Ratio | None:
    """A variant's time divided by the baseline's, over the rounds that both answered.

    In every start the median over its rounds; of these the geometric mean.

    Returns:
        The ratio; below 1 is faster than the baseline. None without a common round, or if a time
        is 0: then the clock is too coarse for so little work.
    """
    ratios, n = medians_of_pairs(times, baseline)
    return ratio_of_starts(ratios, n)


def medians_of_pairs(times: Times, baseline: Times) -> tuple[list[float], int]:
    """The median of the paired ratios in every start, and the number of pairs; see above."""
    ratios, n = [], 0
    for start in sorted(times.keys() & baseline.keys()):
        common = sorted(times[start].keys() & baseline[start].keys())
        after, before = (np.array([side[start][i] for i in common]) for side in (times, baseline))
        if not (after > 0).all() or not (before > 0).all():
            return [], 0
        if common:
            ratios.append(float(np.median(after / before)))
            n += len(common)
    return ratios, n


def ratio_of_starts(ratios: Sequence[float], n: int) -> Ratio | None:
    """The ratio that one number per process start shows; None without any.

    It has an interval only with enough starts for a claim: with fewer there are only numbers.
    """
    if not ratios:
        return None
    found = change_over_starts(ratios, n)
    median, starts = 1 + (found.estimate or 0.0), len(ratios)
    if found.ci95 is None or starts < FEWEST_STARTS:
        return Ratio(median=median, ci95=None, n=n, starts=starts)
    ends = 1 + found.ci95[0], 1 + found.ci95[1]
    return Ratio(median=median, ci95=ends, n=n, starts=starts, p=found.p)


def is_precise(lanes: Sequence[Lane]) -> bool:
    """Whether every variant's median and ratio to the first one is within ``PRECISE``."""
    return widest(lanes) <= PRECISE


def widest(lanes: Sequence[Lane]) -> float:
    """The widest interval of the medians and of their ratios to the first lane's.

    Returns:
        Half its width as a share of the number; infinite if one has none.
    """
    times = [times_of(lane.timed, "back to back", total_ms) for lane in lanes]
    if not times or not all(times):
        return math.inf
    shares = []
    for one in times:
        found = latency(one)
        shares.append(half_width(found.p50, found.p50_ci95))
        if one is not times[0]:
            ratio = paired_ratio(one, times[0])
            shares.append(half_width(ratio.median, ratio.ci95) if ratio else math.inf)
    return max(shares)


def half_width(value: float, ci95: tuple[float, float] | None) -> float:
    """Half the width of an interval as a share of its number; infinite without one."""
    return math.inf if ci95 is None or value <= 0 else (ci95[1] - ci95[0]) / (2 * value)


def total_ms(timing: Timing) -> float:
    """The time of the whole request."""
    return timing.total_ms


def stage_ms(stage: str) -> Callable[[Timing], float]:
    """What gives the time of a stage; 0 for one that a request had not."""
    return lambda timing: timing.stage_ms.get(stage, 0.0)


def cpu_ms(timing: Timing) -> float | None:
    """The CPU time of the whole request; None where it is not known."""
    return timing.cpu_ms


def noise_floor(ratio: Ratio | None) -> float | None:
    """The relative difference of a variant from itself; None if it is not known."""
    if ratio is None or ratio.ci95 is None:
        return None
    return max(abs(end - 1) for end in ratio.ci95)


def _around(value: float, of_starts: Sequence[float]) -> tuple[float, float] | None:
    """The interval of a time, from its value in every start; the spread is taken as relative."""
    if min(of_starts) <= 0:
        return None
    reach = t_reach(np.log(of_starts))
    return None if reach is None else (value * math.exp(-reach), value * math.exp(reach))
