"""Summaries of times: percentiles only from enough samples, ratios of paired rounds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hairopt.evidence.intervals import percentile_ci95
from hairopt.measure.run_model import Latency, Ratio

P95_FROM = 100
"""Least number of samples for a 95th percentile: five are above it."""

P99_FROM = 500
"""Least number of samples for a 99th percentile: five are above it."""


def latency(times_ms: Sequence[float], seed: int) -> Latency:
    """Summarise the times of one stage or of whole requests.

    Args:
        times_ms: at least one, in milliseconds.
        seed: seed of the bootstrap.
    """
    times = np.asarray(times_ms, dtype=np.float64)
    enough95, enough99 = times.size >= P95_FROM, times.size >= P99_FROM
    return Latency(
        p50=float(np.median(times)),
        p95=float(np.percentile(times, 95)) if enough95 else None,
        p99=float(np.percentile(times, 99)) if enough99 else None,
        mean=float(times.mean()),
        ci95=percentile_ci95(times, np.mean, seed),
        n=times.size,
    )


def paired_ratio(
    times_ms: Sequence[float], baseline_ms: Sequence[float], seed: int
) -> Ratio | None:
    """Median over rounds of a variant's total time divided by the baseline's.

    Args:
        times_ms: times of the variant, one per round, positive.
        baseline_ms: times of the baseline, for the same requests in the same rounds, positive.
        seed: seed of the bootstrap.

    Returns:
        The ratio; below 1 is faster than the baseline. None without a common round.
    """
    if not times_ms:
        return None
    ratios = np.asarray(times_ms, dtype=np.float64) / np.asarray(baseline_ms, dtype=np.float64)
    return Ratio(
        median=float(np.median(ratios)),
        ci95=percentile_ci95(ratios, np.median, seed),
        n=ratios.size,
    )


def noise_floor(ratio: Ratio | None) -> float | None:
    """The relative difference of a variant from itself; None if it is not known."""
    if ratio is None or ratio.ci95 is None:
        return None
    return max(abs(end - 1) for end in ratio.ci95)
