"""The table of a comparison: per metric both values with intervals, the change, p and n."""

from __future__ import annotations

from dataclasses import dataclass

from hairopt.evidence.intervals import bca_interval
from hairopt.evidence.paired import Array, PairedSample
from hairopt.evidence.significance import is_significant, no_change_p
from hairopt.gate.pairs import PairedCases

_RESAMPLES = 2000


@dataclass(frozen=True)
class MetricRow:
    """One metric of baseline and candidate over the cases defined in both.

    Attributes:
        baseline, candidate: means over cases; None if no case is defined in both.
        baseline_half, candidate_half: half widths of their 95 % intervals; None for one image.
        change: candidate minus baseline.
        relative_change: ``change / baseline``; None if the baseline's mean is 0.
        p: two-sided p of "no change", paired by source image.
        n: number of cases.
        n_images: number of independent source images among them.
    """

    metric: str
    baseline: float | None
    baseline_half: float | None
    candidate: float | None
    candidate_half: float | None
    change: float | None
    relative_change: float | None
    p: float
    n: int
    n_images: int

    @property
    def is_proven(self) -> bool:
        """Whether the change is proven; otherwise tables print ``~``."""
        return is_significant(self.p, self.n_images)


def metric_rows(cases: PairedCases) -> list[MetricRow]:
    """One row for each measured metric, in the order of the catalog."""
    return [_row(metric, cases.sample(metric)) for metric in cases.baseline]


def _row(metric: str, sample: PairedSample | None) -> MetricRow:
    if sample is None:
        return MetricRow(metric, None, None, None, None, None, None, 1.0, 0, 0)
    before, before_half = _mean(sample.baseline, sample)
    after, after_half = _mean(sample.candidate, sample)
    return MetricRow(
        metric,
        before,
        before_half,
        after,
        after_half,
        after - before,
        (after - before) / abs(before) if before else None,
        no_change_p(sample),
        sample.n_cases,
        sample.n_clusters,
    )


def _mean(sums: Array, sample: PairedSample) -> tuple[float, float | None]:
    """Mean per case of one side, and the half width of its interval."""
    alone = PairedSample(sums, sums, sample.cases)
    found = bca_interval(alone, lambda values, _, cases: values / cases, resamples=_RESAMPLES)
    if found.low is None or found.high is None:
        return found.value, None
    return found.value, (found.high - found.low) / 2
