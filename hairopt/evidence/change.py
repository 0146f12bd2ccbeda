"""The evidence of a change between two sides that answered the same cases."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from hairopt.evidence.evidence import Evidence
from hairopt.evidence.sources import Array, source_means

ONE_SOURCE = "one source photo has no interval"
NO_CASE = "no case is defined on both sides"
ZERO_BASELINE = "the baseline is zero"


def relative_change(
    baseline: Sequence[float | None], candidate: Sequence[float | None], sources: Sequence[str]
) -> Evidence:
    """``mean(candidate) / mean(baseline) - 1``, the means over source photos.

    Args:
        baseline: one value per case; None where it is undefined.
        candidate: the same cases in the same order.
        sources: the source photo of each case.

    Raises:
        UsageError: the lengths differ, or a value is NaN or infinite.
    """
    (before, after), n_cases = source_means([baseline, candidate], sources)
    if n_cases == 0:
        return Evidence(None, None, None, 0, 0, reason=NO_CASE)
    same = _are_identical(baseline, candidate)
    if before.mean() == 0:
        return Evidence(None, None, None, n_cases, before.size, same, ZERO_BASELINE)
    return _ratio_of_means(before, after, n_cases, same)


def difference(
    baseline: Sequence[float | None], candidate: Sequence[float | None], sources: Sequence[str]
) -> Evidence:
    """``mean(candidate) - mean(baseline)``, the means over source photos; as relative_change."""
    (before, after), n_cases = source_means([baseline, candidate], sources)
    if n_cases == 0:
        return Evidence(None, None, None, 0, 0, reason=NO_CASE)
    same = _are_identical(baseline, candidate)
    apart = after - before
    if apart.size < 2:
        return Evidence(float(apart.mean()), None, None, n_cases, 1, same, ONE_SOURCE)
    error = float(apart.std(ddof=1)) / math.sqrt(apart.size)
    estimate = float(apart.mean())
    reach = _t(apart.size, 0.975) * error
    p = _p(estimate, error, apart.size)
    return Evidence(estimate, (estimate - reach, estimate + reach), p, n_cases, apart.size, same)


def _ratio_of_means(before: Array, after: Array, n_cases: int, same: bool) -> Evidence:
    """Fieller's interval: the ratios that a paired t test does not refute."""
    n = before.size
    ratio = float(after.mean() / before.mean())
    if n < 2:
        return Evidence(ratio - 1, None, None, n_cases, n, same, ONE_SOURCE)
    spread = np.cov(after, before) / n
    square = _t(n, 0.975) ** 2
    a = float(before.mean()) ** 2 - square * spread[1, 1]
    b = float(after.mean() * before.mean()) - square * spread[0, 1]
    c = float(after.mean()) ** 2 - square * spread[0, 0]
    if a <= 0:
        reason = "the baseline varies too much for an interval"
        return Evidence(ratio - 1, None, None, n_cases, n, same, reason)
    reach = math.sqrt(max(0.0, b * b - a * c)) / a
    apart = after - before
    p = _p(float(apart.mean()), float(apart.std(ddof=1)) / math.sqrt(n), n)
    return Evidence(ratio - 1, (b / a - reach - 1, b / a + reach - 1), p, n_cases, n, same)


def _t(n: int, level: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(n - 1, level))


def _p(estimate: float, error: float, n: int) -> float:
    from scipy.special import stdtr

    if error == 0:
        return 0.0 if estimate else 1.0
    return float(2 * stdtr(n - 1, -abs(estimate) / error))


def _are_identical(baseline: Sequence[float | None], candidate: Sequence[float | None]) -> bool:
    return all(before == after for before, after in zip(baseline, candidate, strict=True))
