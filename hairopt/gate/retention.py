"""The rule on retention: the worst guarded metric of the candidate over the baseline."""

from __future__ import annotations

from collections.abc import Sequence

from hairopt.errors import NotComparableError
from hairopt.gate.pairs import PairedCases
from hairopt.gate.rules import judged_sample
from hairopt.gate.verdict import RuleResult, Verdict
from hairopt.metrics.retention import Retention, guarded_metrics
from hairopt.metrics.retention_evidence import RetentionEvidence


def retention_rule(
    cases: PairedCases, min_retention: float, guarded: Sequence[str] | None = None
) -> RuleResult:
    """Judge the worst of the guarded metrics, never an average.

    Value and interval are those of ``retention`` in ``run.json``. FAIL: a metric keeps less than
    the minimum and is shown to lose, by a bound that holds for all metrics together. PASS: the
    whole interval is at or above the minimum.

    Args:
        cases: the cases of both sides.
        min_retention: the least share of quality that must be kept, 0..1.
        guarded: the metrics to judge by; None for the default.

    Raises:
        UsageError: an unknown metric.
        NotComparableError: a guarded metric was not measured, is defined in no common case, or has
            no quality in the baseline that could be kept.
    """
    names = cases.guarded(guarded)
    kept, verdict = judged_retention(cases, min_retention, names)
    value = kept.value or 0.0
    low, high = kept.ci95 or (None, None)
    note = f"{value:.1%} kept; worst of {', '.join(names)}"
    return RuleResult(
        "retention",
        f"{'quality' if cases.has_truth else 'agreement'} lost in {kept.worst_metric}"
        + (f" of {kept.shade}" if kept.shade else ""),
        1 - value,
        None if high is None else 1 - high,
        None if low is None else 1 - low,
        1 - min_retention,
        kept.n_cases,
        None,
        verdict,
        "; ".join(filter(None, [note, kept.reason])),
        kept.n_sources,
    )


def judged_retention(
    cases: PairedCases, min_retention: float, guarded: Sequence[str] | None = None
) -> tuple[Retention, Verdict]:
    """Retention with its interval, and the verdict on it; arguments and errors as above."""
    known = guarded_metrics(cases.guarded(guarded))
    names = list(known)
    for name in names:
        if name not in cases.baseline:
            raise NotComparableError(f"the guarded metric {name} was not measured")
        if not (known[name].is_optional and cases.is_absent(name)):
            judged_sample(cases, name)
    values = {name: (cases.baseline[name], cases.candidate[name]) for name in names}
    found = RetentionEvidence.of(values, cases.sources, names, cases.shades)
    failed = found.proven_below(min_retention)
    if failed is not None:
        return failed, Verdict.FAIL
    kept = found.retention
    if kept.value is None:
        raise NotComparableError(f"{kept.reason}: nothing to keep")
    passed = kept.ci95 is not None and kept.ci95[0] >= min_retention
    return kept, Verdict.PASS if passed else Verdict.INCONCLUSIVE
