"""The rule on retention: the worst guarded metric of the candidate over the baseline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hairopt.errors import NotComparableError, UsageError
from hairopt.evidence.intervals import Estimate, bca_interval
from hairopt.evidence.paired import Array, Statistic
from hairopt.evidence.significance import FEWEST_IMAGES
from hairopt.gate.pairs import PairedCases
from hairopt.gate.rules import judged_sample
from hairopt.gate.verdict import RuleResult, Verdict
from hairopt.metrics.catalog import Metric, known_metrics
from hairopt.metrics.retention import DEFAULT_GUARDED, metric_retention
from hairopt.registry import unknown_name

RESAMPLES = 2000


def retention_rule(
    cases: PairedCases, min_retention: float, guarded: Sequence[str] | None = None
) -> RuleResult:
    """Judge the worst of the guarded metrics, never an average.

    FAIL: the retention is below the minimum and its interval excludes "everything is kept". PASS:
    the intervals of all guarded metrics are at or above the minimum.

    Args:
        cases: the cases of both sides.
        min_retention: the least share of quality that must be kept, 0..1.
        guarded: the metrics to judge by; None for the default.

    Raises:
        UsageError: an unknown metric.
        NotComparableError: a guarded metric was not measured, is defined in no common case, or has
            no quality in the baseline that could be kept.
    """
    found = {name: _kept(name, cases) for name in guarded or DEFAULT_GUARDED}
    worst = min(found, key=lambda name: found[name].value)
    estimate = found[worst]
    sample = judged_sample(cases, worst)
    beyond_chance = estimate.high is not None and estimate.high < 1
    enough = sample.n_clusters >= FEWEST_IMAGES
    if estimate.value < min_retention and beyond_chance and enough:
        verdict = Verdict.FAIL
    else:
        kept = all(one.low is not None and one.low >= min_retention for one in found.values())
        verdict = Verdict.PASS if kept else Verdict.INCONCLUSIVE
    note = f"{estimate.value:.1%} kept; worst of {', '.join(found)}"
    return RuleResult(
        "retention",
        f"quality lost in {worst}",
        1 - estimate.value,
        None if estimate.high is None else 1 - estimate.high,
        None if estimate.low is None else 1 - estimate.low,
        1 - min_retention,
        sample.n_cases,
        None,
        verdict,
        note,
        sample.n_clusters,
    )


def _kept(name: str, cases: PairedCases) -> Estimate:
    metrics = known_metrics()
    if name not in metrics:
        raise UsageError(unknown_name("guarded metric", name, list(metrics)))
    if name not in cases.baseline:
        raise NotComparableError(f"the guarded metric {name} was not measured")
    sample = judged_sample(cases, name)
    if metrics[name].higher_is_better and not sample.baseline.any():
        raise NotComparableError(f"{name} is 0 in every case of the baseline: nothing to keep")
    return bca_interval(sample, _statistic(metrics[name]), resamples=RESAMPLES)


def _statistic(metric: Metric) -> Statistic:
    def kept(baseline: float, candidate: float, n: float) -> float:
        value = metric_retention(metric, baseline / n, candidate / n)
        return 0.0 if value is None else value

    vectorised = np.vectorize(kept, otypes=[np.float64])

    def statistic(baseline: Array, candidate: Array, cases: Array) -> Array:
        return np.asarray(vectorised(baseline, candidate, cases))

    return statistic
