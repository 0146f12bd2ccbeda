"""The rules of the gate: each one a line of measured, limit, verdict and n.

A rule on a mean gives one of three verdicts:

- ``FAIL``: the measured loss is beyond the limit, and its 95 % interval excludes "no loss" - it is
  large and it is not chance. Fewer than six source images cannot show that.
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
    FEWEST_IMAGES,
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
        n: cases that entered (requests where latency is measured).
        n_images: independent source images among them.
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
    n_images: int = 0


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
        NotComparableError: the metric is defined in no common case, the baseline's mean is 0, or
            the candidate lacks values that the baseline has.
    """
    sample = judged_sample(cases, metric)
    if sample.baseline.sum() == 0:
        raise NotComparableError(
            f"{metric} is undefined or zero in every case of the baseline: nothing to compare with"
        )
    found = bca_interval(sample, relative_drop)
    p = _p_worse_than(sample, limit)
    is_loss = is_proven_loss(found.value, found.low, sample, limit)
    verdict = Verdict.FAIL if is_loss else Verdict.PASS if p < ALPHA else Verdict.INCONCLUSIVE
    note = _settling_note(sample, limit) if verdict is Verdict.INCONCLUSIVE else ""
    return RuleResult(
        rule,
        subject,
        found.value,
        found.low,
        found.high,
        limit,
        sample.n_cases,
        p,
        verdict,
        note,
        sample.n_clusters,
    )


def judged_sample(cases: PairedCases, metric: str) -> PairedSample:
    """The pairs that a rule looks at; none of them may have got lost.

    Raises:
        NotComparableError: the metric is defined in no common case, or the candidate answered cases
            without a value that the baseline has.
    """
    lost = cases.lost(metric)
    if lost:
        raise NotComparableError(
            f"{metric} cannot be judged: the candidate has no value in {len(lost)} cases in which "
            f"the baseline has one ({_listed(lost)})"
        )
    sample = cases.sample(metric)
    if sample is None:
        raise NotComparableError(
            f"{metric} is undefined or zero in every case of the baseline: nothing to compare with"
        )
    return sample


def is_proven_loss(value: float, low: float | None, sample: PairedSample, limit: float) -> bool:
    """Whether a loss is beyond the limit, and its interval, of enough images, beyond chance."""
    enough = sample.n_clusters >= FEWEST_IMAGES
    return value > limit and low is not None and low > 0 and enough


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
    proven = [
        loss > limit and p < ALPHA and sample.n_clusters >= FEWEST_IMAGES
        for loss, p, (_, sample) in zip(losses, adjusted, judged, strict=True)
    ]
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
        sample.n_clusters,
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
        [name for name, _ in pairs],
        losers,
        cases,
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
    subject = "cases that worked and now fail"
    return _count_result("failures", subject, len(failed), 0.0, cases.names, failed, cases)


def _count_result(
    rule: str,
    subject: str,
    measured: float,
    limit: float,
    judged: Sequence[str],
    found: Sequence[str],
    cases: PairedCases,
) -> RuleResult:
    verdict = Verdict.FAIL if measured > limit else Verdict.PASS
    source_of = dict(zip(cases.names, cases.sources, strict=True))
    images = len({source_of[name] for name in judged})
    return RuleResult(
        rule,
        subject,
        measured,
        None,
        None,
        limit,
        len(judged),
        None,
        verdict,
        _listed(found),
        images,
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


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
    if images < FEWEST_IMAGES:
        return f"{images} source images prove no loss; {FEWEST_IMAGES} are the fewest that can"
    if found.images_needed is None:
        needed = "the loss is too near the limit to be settled"
    elif found.images_needed > images:
        needed = f"about {found.images_needed} would settle it"
    else:
        needed = "a few more would settle it"
    return f"{images} source images can show a drop of {found.detectable_drop:.1%}; {needed}"
