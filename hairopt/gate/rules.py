"""The rules of the gate: each one a line of measured, limit, verdict and n.

A rule on a mean gives one of three verdicts:

- ``FAIL``: the measured loss is beyond the limit, and its 95 % interval excludes "no loss" - it is
  large and it is not chance.
- ``PASS``: the loss is shown to be smaller than the limit (non-inferiority, one-sided 5 %), or not
  a single case changed.
- ``INCONCLUSIVE``: the images at hand can show neither; the result says how many could.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from hairopt.errors import NotComparableError
from hairopt.gate.limits import GateLimits
from hairopt.gate.pairs import PairedCases
from hairopt.gate.power import Sensitivity, sensitivity
from hairopt.gate.statistics import (
    PairedSample,
    bca_interval,
    holm,
    non_inferiority_p,
    relative_drop,
)

ALPHA = 0.05


class Verdict(str, Enum):
    """What a rule, or a whole gate, says."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"


@dataclass(frozen=True)
class RuleResult:
    """One line of a verdict.

    Attributes:
        rule: name of the rule, such as ``mask``.
        subject: what was measured, in words.
        measured: the loss, in the unit of ``limit``; None where it was not measured.
        low, high: its 95 % interval; None for counts and where one image cannot give one.
        limit: the most that is allowed.
        n: cases that entered.
        p: one-sided p of "worse than the limit allows"; None for counts.
        verdict: of this rule.
        note: what would settle it, or the cases it is about; empty where there is nothing to say.
    """

    rule: str
    subject: str
    measured: float | None
    low: float | None
    high: float | None
    limit: float
    n: int
    p: float | None
    verdict: Verdict
    note: str = ""


def overall(results: Sequence[RuleResult]) -> Verdict:
    """FAIL if any rule fails, else INCONCLUSIVE if any is, else PASS.

    Raises:
        NotComparableError: without any result there is nothing to pass.
    """
    if not results:
        raise NotComparableError(
            "no rule could be applied: the two have no measured case in common"
        )
    verdicts = {result.verdict for result in results}
    for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE):
        if verdict in verdicts:
            return verdict
    return Verdict.PASS


def default_rules(cases: PairedCases, limits: GateLimits) -> list[RuleResult]:
    """The default rule of a release: mean IoU, mean Boundary IoU, slices, big losers, failures."""
    results = [
        mean_rule("mask", "mean IoU", cases, "iou", limits.max_mask_drop),
        mean_rule("boundary", "mean Boundary IoU", cases, "boundary_iou", limits.max_boundary_drop),
    ]
    worst = slice_rule(cases, limits)
    if worst is not None:
        results.append(worst)
    return [*results, big_loser_rule(cases, limits), failure_rule(cases, limits)]


def mean_rule(rule: str, subject: str, cases: PairedCases, metric: str, limit: float) -> RuleResult:
    """Judge the relative drop of the mean of one higher-is-better metric.

    Raises:
        NotComparableError: the metric is defined in no common case, or the baseline's mean is 0.
    """
    sample = cases.sample(metric)
    if sample is None or sample.baseline.sum() == 0:
        raise NotComparableError(
            f"{metric} is undefined or zero in every case of the baseline: nothing to compare with"
        )
    found = bca_interval(sample, relative_drop)
    p = _p_worse_than(sample, limit)
    verdict = _verdict(found.value, found.low, p, limit)
    note = _settling_note(sample, limit) if verdict is Verdict.INCONCLUSIVE else ""
    return RuleResult(
        rule, subject, found.value, found.low, found.high, limit, sample.n_cases, p, verdict, note
    )


def slice_rule(cases: PairedCases, limits: GateLimits) -> RuleResult | None:
    """Judge the mean IoU of every slice with enough images; the worst one is reported.

    A slice fails on Holm-adjusted evidence, since many slices mean many chances to fail by
    accident. To pass, all of them must be shown to be non-inferior, which needs no correction
    (an intersection-union test). None where no slice has enough images.
    """
    judged = [
        (where, sample)
        for where in cases.slices(limits.min_slice_images)
        if (sample := cases.sample("iou", where=where)) is not None
        and sample.n_clusters >= limits.min_slice_images
        and sample.baseline.sum() > 0
    ]
    if not judged:
        return None
    limit = limits.max_slice_drop
    losses = [float(relative_drop(s.baseline.sum(), s.candidate.sum(), s.cases)) for _, s in judged]
    adjusted = holm([_p_no_loss(sample) for _, sample in judged])
    worse = [_p_worse_than(sample, limit) for _, sample in judged]
    worst = int(np.argmax(losses))
    (tag, value), sample = judged[worst]
    proven = [loss > limit and p < ALPHA for loss, p in zip(losses, adjusted, strict=True)]
    if any(proven):
        verdict = Verdict.FAIL
    else:
        verdict = Verdict.PASS if max(worse) < ALPHA else Verdict.INCONCLUSIVE
    found = bca_interval(sample, relative_drop)
    note = f"worst of {len(judged)} slices, Holm-adjusted"
    if verdict is Verdict.INCONCLUSIVE:
        note += "; " + _settling_note(judged[int(np.argmax(worse))][1], limit)
    return RuleResult(
        "slice",
        f"mean IoU of {tag}={value}",
        found.value,
        found.low,
        found.high,
        limit,
        sample.n_cases,
        max(worse),
        verdict,
        note,
    )


def big_loser_rule(cases: PairedCases, limits: GateLimits) -> RuleResult:
    """Judge the share of cases whose IoU falls by more than ``big_loss`` points."""
    pairs = [
        (name, before - after)
        for name, (before, after) in zip(cases.names, cases.values("iou"), strict=True)
        if before is not None and after is not None
    ]
    losers = [name for name, loss in pairs if loss > limits.big_loss]
    share = len(losers) / len(pairs) if pairs else 0.0
    return _count_result(
        "tail",
        f"share of cases that lose over {limits.big_loss * 100:.0f} points of IoU",
        share,
        limits.max_big_losers,
        len(pairs),
        losers,
    )


def failure_rule(cases: PairedCases, limits: GateLimits) -> RuleResult:
    """Judge whether any case that worked now fails.

    A case worked where its IoU reached ``works_from``, or where there was no hair and none was
    painted (IoU undefined). It fails where its IoU is below ``fails_below`` now, or undefined
    although it was not before. A case that the candidate does not answer at all always fails.
    """
    failed = []
    for name, (before, after) in zip(cases.names, cases.values("iou"), strict=True):
        worked = before is None or before >= limits.works_from
        fails = (after is None) != (before is None) or (
            after is not None and after < limits.fails_below
        )
        if name in cases.missing or (worked and fails):
            failed.append(name)
    return _count_result(
        "failures", "cases that worked and now fail", len(failed), 0.0, len(cases.names), failed
    )


def _count_result(
    rule: str, subject: str, measured: float, limit: float, n: int, names: list[str]
) -> RuleResult:
    verdict = Verdict.FAIL if measured > limit else Verdict.PASS
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return RuleResult(rule, subject, measured, None, None, limit, n, None, verdict, shown)


def _verdict(value: float, low: float | None, p: float, limit: float) -> Verdict:
    if value > limit and low is not None and low > 0:
        return Verdict.FAIL
    return Verdict.PASS if p < ALPHA else Verdict.INCONCLUSIVE


def _p_worse_than(sample: PairedSample, limit: float) -> float:
    if np.array_equal(sample.baseline, sample.candidate):
        return 0.0
    return non_inferiority_p(sample, limit, higher_is_better=True)


def _p_no_loss(sample: PairedSample) -> float:
    """One-sided p of "there is no loss": small where the candidate is shown to be worse."""
    if np.array_equal(sample.baseline, sample.candidate):
        return 1.0
    return 1.0 - non_inferiority_p(sample, 0.0, higher_is_better=True)


def _settling_note(sample: PairedSample, limit: float) -> str:
    found: Sensitivity = sensitivity(sample, limit)
    if found.detectable_drop is None:
        return "one source image proves nothing; add images"
    images = sample.n_clusters
    if found.images_needed is None:
        needed = "the loss is too near the limit to be settled"
    elif found.images_needed > images:
        needed = f"about {found.images_needed} would settle it"
    else:
        needed = "a few more would settle it"
    return f"{images} source images can show a drop of {found.detectable_drop:.1%}; {needed}"
