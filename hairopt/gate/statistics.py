"""Paired statistics of a candidate against a baseline, clustered by source image.

Everything here works on *clusters*: cases derived from one photo rise and fall together, so one
photo is one observation, however many cases were made of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hairopt.errors import UsageError

Array = NDArray[np.float64]

RESAMPLES = 10_000

ALPHA = 0.05
"""A p below it, one-sided, is evidence."""

FEWEST_IMAGES = 6
"""Source images from which a change can be proven at all: even if every one of them changes in the
same direction, a sign test at 5 % (two-sided, 2 * 0.5 ** n) needs six. A bootstrap of fewer gives
intervals that are far too short.
"""


@dataclass(frozen=True)
class PairedSample:
    """Sums per cluster of the cases that are defined in both variants.

    Attributes:
        baseline: float64 (clusters,), sum of the baseline's values in each cluster.
        candidate: float64 (clusters,), likewise for the candidate.
        cases: float64 (clusters,), number of cases in each cluster.
    """

    baseline: Array
    candidate: Array
    cases: Array

    @classmethod
    def of(
        cls, baseline: Sequence[float], candidate: Sequence[float], clusters: Sequence[str]
    ) -> PairedSample:
        """Sum paired values by cluster.

        Args:
            baseline: one finite value per case.
            candidate: the same cases in the same order.
            clusters: the source image of each case.

        Raises:
            UsageError: lengths differ, nothing is left, or a value is not finite.
        """
        if not len(baseline) == len(candidate) == len(clusters):
            lengths = f"{len(baseline)}, {len(candidate)}, {len(clusters)}"
            raise UsageError(f"baseline, candidate and clusters have {lengths} values: not pairs")
        values = np.array([baseline, candidate, np.ones(len(baseline))], dtype=np.float64)
        if values.shape[1] == 0 or not np.isfinite(values).all():
            raise UsageError("a paired sample needs at least one case and only finite values")
        _, index = np.unique(np.asarray(clusters), return_inverse=True)
        sums = [np.bincount(index, weights=row).astype(np.float64) for row in values]
        return cls(baseline=sums[0], candidate=sums[1], cases=sums[2])

    @property
    def n_cases(self) -> int:
        """How many cases."""
        return int(self.cases.sum())

    @property
    def n_clusters(self) -> int:
        """How many independent source images."""
        return self.cases.size


Statistic = Callable[[Array, Array, Array], Array]
"""From sums of baseline, candidate and cases, each (..., clusters) already summed over the last
axis, to the number of interest, elementwise."""


def relative_drop(baseline: Array, candidate: Array, cases: Array) -> Array:
    """``1 - mean(candidate) / mean(baseline)``: 0.05 means that 5 % of the quality is gone.

    A baseline of zero has nothing to lose: 0 where the candidate is zero too, otherwise -inf.
    """
    del cases
    with np.errstate(divide="ignore", invalid="ignore"):
        drop = 1.0 - candidate / baseline
    return np.where(baseline == 0, np.where(candidate == 0, 0.0, -np.inf), drop)


def relative_rise(baseline: Array, candidate: Array, cases: Array) -> Array:
    """``mean(candidate) / mean(baseline) - 1``: the loss where lower values are better."""
    return -relative_drop(baseline, candidate, cases)


@dataclass(frozen=True)
class Estimate:
    """A number with its two-sided bootstrap interval.

    Attributes:
        value: of the sample itself.
        low, high: the interval's ends; None with fewer than two clusters.
        confidence: such as 0.95.
    """

    value: float
    low: float | None
    high: float | None
    confidence: float


def bca_interval(
    sample: PairedSample,
    statistic: Statistic,
    *,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """Bias-corrected and accelerated bootstrap interval over clusters.

    Source: Efron, B. (1987), Better Bootstrap Confidence Intervals, JASA 82(397), 171-185:
    bias correction eq. 4.1, acceleration by the jackknife eq. 6.6. ``scipy.stats.bootstrap`` is
    the oracle in the tests; it cannot weigh clusters of different sizes.

    Returns:
        The estimate. Where every resample gives the same number the interval is that number.
    """
    sums = np.stack([sample.baseline, sample.candidate, sample.cases])
    value = float(statistic(*sums.sum(axis=1)))
    if sample.n_clusters < 2:
        return Estimate(value, None, None, confidence)
    draws = _resampled_sums(sums, resamples, seed)
    replicates = np.sort(statistic(*draws))
    if replicates[0] == replicates[-1]:
        return Estimate(value, value, value, confidence)
    levels = _bca_levels(replicates, value, _jackknife(sums, statistic), confidence)
    low, high = np.quantile(replicates, levels)
    return Estimate(value, float(low), float(high), confidence)


def _resampled_sums(sums: Array, resamples: int, seed: int) -> Array:
    """(3, resamples) sums over clusters drawn with replacement."""
    return np.asarray(sums @ _draws(sums.shape[1], resamples, seed))


@lru_cache(maxsize=4)
def _draws(clusters: int, resamples: int, seed: int) -> Array:
    """How often each cluster was drawn, (clusters, resamples); every metric shares the draws."""
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=resamples)
    return np.ascontiguousarray(counts.T, dtype=np.float64)


def _jackknife(sums: Array, statistic: Statistic) -> Array:
    """The statistic with each cluster left out once, (clusters,)."""
    return statistic(*(sums.sum(axis=1, keepdims=True) - sums))


def _bca_levels(replicates: Array, value: float, jackknife: Array, confidence: float) -> Array:
    """The two quantile levels of the bootstrap distribution that BCa reads off."""
    from scipy.special import ndtr, ndtri

    # Half of the ties count as below, as in scipy: a discrete distribution has many.
    below = np.mean(replicates < value) + 0.5 * np.mean(replicates == value)
    edge = 0.5 / replicates.size
    bias = ndtri(np.clip(below, edge, 1 - edge))
    centred = jackknife.mean() - jackknife
    spread = float(np.sum(centred**2))
    acceleration = float(np.sum(centred**3)) / (6 * spread**1.5) if spread > 0 else 0.0
    tails = ndtri(np.array([(1 - confidence) / 2, (1 + confidence) / 2]))
    shifted = bias + tails
    return np.asarray(ndtr(bias + shifted / (1 - acceleration * shifted)))


def non_inferiority_p(sample: PairedSample, margin: float, *, higher_is_better: bool) -> float:
    """One-sided p of "the candidate is worse than the margin allows".

    The hypothesis on a ratio of means is linear: the drop is below ``margin`` exactly when
    ``mean(candidate - (1 - margin) * baseline) > 0`` (with ``1 + margin`` and the other sign where
    lower is better). It is tested with the paired t statistic over clusters (Sasabuchi's
    construction; see Laster & Johnson 2003, Statistics in Medicine 22, 187-200).

    Returns:
        0..1; small means that non-inferiority is shown. 1.0 with fewer than two clusters.
    """
    from scipy.special import stdtr  # scipy.stats takes four times as long to import

    if sample.n_clusters < 2:
        return 1.0
    sign = 1.0 if higher_is_better else -1.0
    gains = sign * (sample.candidate - (1.0 - sign * margin) * sample.baseline)
    error = float(gains.std(ddof=1)) / math.sqrt(gains.size)
    if error == 0.0:
        return 0.0 if gains[0] > 0 else 1.0
    return float(stdtr(gains.size - 1, -gains.mean() / error))


def no_change_p(sample: PairedSample) -> float:
    """Two-sided p of "candidate and baseline have the same mean": the paired t test."""
    from scipy.special import stdtr  # scipy.stats takes four times as long to import

    changes = sample.candidate - sample.baseline
    if sample.n_clusters < 2:
        return 1.0
    error = float(changes.std(ddof=1)) / math.sqrt(changes.size)
    if error == 0.0:
        return 1.0 if changes[0] == 0 else 0.0
    return float(2 * stdtr(changes.size - 1, -abs(changes.mean()) / error))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment for several tests at once.

    Source: Holm, S. (1979), A simple sequentially rejective multiple test procedure,
    Scandinavian Journal of Statistics 6, 65-70.
    """
    order = np.argsort(p_values, kind="stable")
    count = len(p_values)
    adjusted = [0.0] * count
    running = 0.0
    for rank, index in enumerate(order):
        running = max(running, min(1.0, (count - rank) * p_values[index]))
        adjusted[index] = running
    return adjusted
