"""The table of a comparison: per metric both values with intervals, the change, p and n."""

from __future__ import annotations

from dataclasses import dataclass

from hairopt.evidence.change import difference, relative_change
from hairopt.evidence.evidence import Evidence, Interval
from hairopt.evidence.mean import mean_of
from hairopt.gate.pairs import PairedCases
from hairopt.metrics.catalog import known_metrics


@dataclass(frozen=True)
class MetricRow:
    """One metric of baseline and candidate over the cases defined in both.

    Attributes:
        baseline, candidate: means over source photos; None if no case is defined in both.
        baseline_ci95, candidate_ci95: their 95 % intervals; None with too few sources.
        change: candidate minus baseline.
        evidence: of the change relative to the baseline; of ``change`` if the baseline's mean is 0,
            or the best value lies between, so that a per cent of the value says nothing.
        is_relative: whether ``evidence`` is of the relative change.
    """

    metric: str
    baseline: float | None
    baseline_ci95: Interval | None
    candidate: float | None
    candidate_ci95: Interval | None
    change: float | None
    evidence: Evidence
    is_relative: bool

    @property
    def relative_change(self) -> float | None:
        """``change / baseline``; None where ``evidence`` is not of it."""
        return self.evidence.estimate if self.is_relative else None

    @property
    def is_proven(self) -> bool:
        """Whether the change is proven; otherwise tables print ``~``, or ``=`` for no change."""
        return self.evidence.is_proven

    @property
    def p(self) -> float | None:
        """Two-sided p of "no change"; None with too few sources."""
        return self.evidence.p

    @property
    def n(self) -> int:
        """Number of cases."""
        return self.evidence.n_cases

    @property
    def n_images(self) -> int:
        """Number of independent source photos among them."""
        return self.evidence.n_sources


def metric_rows(cases: PairedCases) -> list[MetricRow]:
    """One row for each measured metric, in the order of the catalog."""
    return [_row(metric, cases) for metric in cases.baseline]


def _row(metric: str, cases: PairedCases) -> MetricRow:
    sample = cases.sample(metric)
    evidence = relative_change(sample)
    known = known_metrics().get(metric)
    is_two_sided = known is not None and known.target is not None
    is_relative = evidence.estimate is not None and not is_two_sided
    if not is_relative:
        evidence = difference(sample)
    common = [before is not None and after is not None for before, after in cases.values(metric)]
    before, after = (
        mean_of(
            [value if is_common else None for value, is_common in zip(side, common, strict=True)],
            cases.sources,
        )
        for side in (cases.baseline[metric], cases.candidate[metric])
    )
    change = None
    if before.estimate is not None and after.estimate is not None:
        change = after.estimate - before.estimate
    return MetricRow(
        metric,
        before.estimate,
        before.ci95,
        after.estimate,
        after.ci95,
        change,
        evidence,
        is_relative,
    )
