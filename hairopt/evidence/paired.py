"""Values of a baseline and a candidate on the same cases, as means by source photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hairopt.evidence.sources import Array, source_means


@dataclass(frozen=True)
class PairedSample:
    """One pair of values for each source photo, over the cases that are defined on both sides.

    Attributes:
        baseline: float64 (sources,), mean of the baseline over the cases of each source.
        candidate: float64 (sources,), mean of the candidate over the same cases.
        n_cases: number of these cases.
        is_identical: whether both sides have the same value in every case.
    """

    baseline: Array
    candidate: Array
    n_cases: int
    is_identical: bool

    @classmethod
    def of(
        cls,
        baseline: Sequence[float | None],
        candidate: Sequence[float | None],
        sources: Sequence[str],
    ) -> PairedSample:
        """Average paired values by source.

        Args:
            baseline: one value per case; None where it is undefined.
            candidate: the same cases in the same order.
            sources: the source photo of each case.

        Raises:
            UsageError: the lengths differ, or a value is NaN or infinite.
        """
        (before, after), n_cases = source_means([baseline, candidate], sources)
        same = all(pair[0] == pair[1] for pair in zip(baseline, candidate, strict=True))
        return cls(before, after, n_cases, same)

    @property
    def n_sources(self) -> int:
        """Number of independent source photos."""
        return int(self.baseline.size)
