"""Values of a baseline and a candidate on the same cases, as sums by source photo.

The unit is the *cluster*: cases derived from one photo are not independent, so one photo is one
observation, with any number of cases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairopt.errors import UsageError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PairedSample:
    """Sums per cluster of the cases that are defined in both variants.

    Attributes:
        baseline: float64 (clusters,), sum of the baseline's values in each cluster.
        candidate: float64 (clusters,), sum of the candidate's values in each cluster.
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
            UsageError: the lengths differ, there is no case, or a value is not finite.
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
        """Number of cases."""
        return int(self.cases.sum())

    @property
    def n_clusters(self) -> int:
        """Number of independent source images."""
        return self.cases.size


Statistic = Callable[[Array, Array, Array], Array]
"""Computes a number, elementwise, from the sums of baseline, candidate and cases over clusters."""


def relative_drop(baseline: Array, candidate: Array, cases: Array) -> Array:
    """``1 - mean(candidate) / mean(baseline)``: 0.05 means that 5 % of the quality is lost.

    For a baseline of zero: 0 if the candidate is also zero, otherwise -inf.
    """
    del cases
    with np.errstate(divide="ignore", invalid="ignore"):
        drop = 1.0 - candidate / baseline
    return np.where(baseline == 0, np.where(candidate == 0, 0.0, -np.inf), drop)


def relative_rise(baseline: Array, candidate: Array, cases: Array) -> Array:
    """``mean(candidate) / mean(baseline) - 1``: the loss if lower values are better."""
    return -relative_drop(baseline, candidate, cases)
