"""The studentised bootstrap of a smooth function of means over source photos.

The function and its standard error (delta method) are computed for the sample and for every
resample of its sources. ``t = (value of the resample - value) / error of the resample`` then has
nearly the distribution of the real error, also for few photos with skewed values, for which
Student's t and percentiles of the bootstrap are too short.

Sources: Efron & Tibshirani (1993), An Introduction to the Bootstrap, section 12.5; Hall, P. (1988),
On symmetric bootstrap confidence intervals, JRSS B 50, 35-45.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hairopt.evidence.sources import Array

RESAMPLES = 3999
"""Resamples of a bootstrap; (RESAMPLES + 1) * 0.05 / 2 is a whole number."""

MOST_SOURCES = 500
"""From more sources on, Student's t is used: both agree there, and resamples take seconds."""

LEAST_VARIANCE = 0.01
"""Least variance of a resample, as a share of the sample's. Otherwise a resample without the few
sources that changed has none, and the interval has no end."""

_ONE_THREAD = 250_000
"""Largest product of matrices, in multiplications, for which OpenBLAS starts no threads. On a busy
machine these wait for each other for ten times as long as the product takes."""

Point = Array
"""float64 (columns,) or (resamples, columns): means of the columns."""


@dataclass(frozen=True)
class Smooth:
    """A smooth function of means.

    Attributes:
        columns: float64 (columns, sources).
        value: means (..., columns) -> value (...).
        gradient: means (..., columns) -> derivatives (..., columns).
    """

    columns: Array
    value: Callable[[Point], Array]
    gradient: Callable[[Point], Array]

    def negated(self) -> Smooth:
        """The function with the other sign."""
        return Smooth(
            self.columns, lambda means: -self.value(means), lambda means: -self.gradient(means)
        )


@dataclass(frozen=True)
class Studentised:
    """A value with what its interval needs.

    Attributes:
        value: the function of the sample's means.
        error: its standard error; 0 if it does not vary at all.
        t: float64 (RESAMPLES,), studentised differences of resamples; all 0 without an error.
            None for so many sources that Student's t is used.
        n: number of sources.
    """

    value: float
    error: float
    t: Array | None
    n: int

    def reach(self, alpha: float = 0.05) -> float:
        """Half of the symmetric interval of level ``1 - alpha``."""
        if self.t is None:
            return self.error * _student(self.n, 1 - alpha / 2)
        return self.error * upper_quantile(np.abs(self.t), alpha)

    def tails(self) -> tuple[float, float]:
        """The 95 % interval with 2.5 % beyond each end."""
        if self.t is None:
            half = self.error * _student(self.n, 0.975)
            return self.value - half, self.value + half
        below, above = upper_quantile(-self.t, 0.025), upper_quantile(self.t, 0.025)
        return self.value - above * self.error, self.value + below * self.error

    def p_of(self, value: float) -> float:
        """Two-sided p of "the true value is this one", by the symmetric interval."""
        apart = abs(self.value - value)
        if apart == 0:
            return 1.0
        if self.t is None:
            return _student_p(apart / self.error if self.error else math.inf, self.n)
        beyond = int(np.sum(np.abs(self.t) * self.error >= apart)) if self.error else 0
        return (1 + beyond) / (1 + RESAMPLES)


def studentised(smooth: Smooth) -> Studentised:
    """Bootstrap a function of means over at least two sources."""
    columns = smooth.columns
    n = columns.shape[1]
    means = columns.mean(axis=1)
    value = float(smooth.value(means))
    gradient = smooth.gradient(means)
    variance = float(np.var(gradient @ columns, ddof=1))
    error = math.sqrt(variance / n)
    # What is left of equal values after rounding is no spread.
    if error <= 1e-12 * (abs(value) + float(np.abs(gradient) @ np.abs(means))):
        return Studentised(value, 0.0, np.zeros(RESAMPLES), n)
    if n > MOST_SOURCES:
        return Studentised(value, error, None, n)
    drawn, spreads = _drawn(columns)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        values, slopes = smooth.value(drawn), smooth.gradient(drawn)
        variances = np.einsum("rij,ri,rj->r", spreads, slopes, slopes)
        t = (values - value) / np.sqrt(np.maximum(variances, LEAST_VARIANCE * variance) / n)
    # A resample in which the value is undefined is as far away as can be.
    return Studentised(value, error, np.where(np.isfinite(t), t, math.inf), n)


def upper_quantile(sizes: Array, alpha: float) -> float:
    """The value that a share of less than ``alpha`` reaches, sizes counted with the sample's own.

    So ``(1 + number of sizes >= x) / (1 + RESAMPLES) < alpha`` exactly for x beyond it.
    """
    place = sizes.size - round(alpha * (sizes.size + 1)) + 1
    return float(np.partition(sizes, place)[place])


@lru_cache(maxsize=8)
def resample_counts(n: int) -> Array:
    """How often each source is drawn, float64 (RESAMPLES, n); the same for every quantity."""
    rng = np.random.default_rng(n)
    drawn = rng.integers(n, size=(RESAMPLES, n)) + n * np.arange(RESAMPLES)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=RESAMPLES * n)
    return counts.reshape(RESAMPLES, n).astype(np.float64)


def _drawn(columns: Array) -> tuple[Array, Array]:
    """Means (RESAMPLES, columns) and covariances (RESAMPLES, columns, columns) of resamples."""
    size, n = columns.shape
    rows, others = np.triu_indices(size)
    both = np.vstack([columns, columns[rows] * columns[others]])
    counts, rows_at_once = resample_counts(n), max(1, _ONE_THREAD // both.size)
    parts = (counts[start : start + rows_at_once] for start in range(0, RESAMPLES, rows_at_once))
    found = np.concatenate([part @ both.T for part in parts]) / n
    means, products = found[:, :size], found[:, size:]
    spreads = np.empty((RESAMPLES, size, size))
    spreads[:, rows, others] = products
    spreads[:, others, rows] = products
    spreads -= means[:, :, None] * means[:, None, :]
    return means, spreads * (n / (n - 1))


def _student(n: int, level: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(n - 1, level))


def _student_p(t: float, n: int) -> float:
    from scipy.special import stdtr

    return float(2 * stdtr(n - 1, -t))
