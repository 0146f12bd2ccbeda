"""The rules of the gate on means; each gives a measured value, a limit, a verdict and n.

A rule on a mean gives one of three verdicts:

- ``FAIL``: the measured loss is beyond the limit, and its 95 % interval excludes "no loss": it is
  large and not due to chance. Fewer than six source images cannot show that.
- ``PASS``: the loss is shown to be smaller than the limit (non-inferiority, one-sided 5 %), or no
  case changed.
- ``INCONCLUSIVE``: the images show neither; the result says how many images are needed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hairopt.errors import NotComparableError
from hairopt.evidence.intervals import bca_interval
from hairopt.evidence.paired import PairedSample, relative_drop
from hairopt.evidence.significance import (
    ALPHA,
    FEWEST_IMAGES,
    holm,
    is_significant,
    non_inferiority_p,
)
from hairopt.gate.counts import big_loser_rule, failure_rule
from hairopt.gate.limits import GateLimits
from hairopt.gate.pairs import PairedCases
from hairopt.gate.power import Sensitivity, sensitivity
from hairopt.gate.verdict import RuleResult, Verdict, listed
from hairopt.quantities import number_of


def default_rules(cases: PairedCases, limits: GateLimits) -> list[RuleResult]:
    """The default rules: mean IoU, mean Boundary IoU, slices, big losers, failures."""
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
    """The pairs of values for a rule; the candidate must have all values of the baseline.

    Raises:
        NotComparableError: the metric is defined in no common case, or the candidate answered cases
            without a value that the baseline has.
    """
    lost = cases.lost(metric)
    if lost:
        raise NotComparableError(
            f"{metric} cannot be judged: the candidate has no value in "
            f"{number_of(len(lost), 'case')} in which "
            f"the baseline has one ({listed(lost)})"
        )
    sample = cases.sample(metric)
    if sample is None:
        raise NotComparableError(
            f"{metric} is undefined or zero in every case of the baseline: nothing to compare with"
        )
    return sample


def is_proven_loss(value: float, low: float | None, sample: PairedSample, limit: float) -> bool:
    """Whether a loss is beyond the limit, and its interval excludes chance, with enough images."""
    enough = sample.n_clusters >= FEWEST_IMAGES
    return value > limit and low is not None and low > 0 and enough


def slice_rule(cases: PairedCases, limits: GateLimits) -> RuleResult | None:
    """Judge the mean IoU of every slice with enough images; the worst one is reported.

    A slice fails only on Holm-adjusted evidence, because with many slices one may fail by chance.
    To pass, all of them must be shown to be non-inferior, which needs no correction (an
    intersection-union test). None if no slice has enough images.
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
    return _worst_slice(judged, limits.max_slice_drop)


def _worst_slice(
    judged: Sequence[tuple[tuple[str, str], PairedSample]], limit: float
) -> RuleResult:
    losses = [float(relative_drop(s.baseline.sum(), s.candidate.sum(), s.cases)) for _, s in judged]
    adjusted = holm([_p_no_loss(sample) for _, sample in judged])
    worse = [_p_worse_than(sample, limit) for _, sample in judged]
    worst = int(np.argmax(losses))
    (tag, value), sample = judged[worst]
    proven = [
        loss > limit and is_significant(p, sample.n_clusters)
        for loss, p, (_, sample) in zip(losses, adjusted, judged, strict=True)
    ]
    passed = Verdict.PASS if max(worse) < ALPHA else Verdict.INCONCLUSIVE
    verdict = Verdict.FAIL if any(proven) else passed
    found = bca_interval(sample, relative_drop)
    note = f"worst of {number_of(len(judged), 'slice')}, Holm-adjusted"
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


def _p_worse_than(sample: PairedSample, limit: float) -> float:
    if np.array_equal(sample.baseline, sample.candidate):
        return 0.0
    return non_inferiority_p(sample, limit)


def _p_no_loss(sample: PairedSample) -> float:
    """One-sided p of "there is no loss": small if the candidate is shown to be worse."""
    if np.array_equal(sample.baseline, sample.candidate):
        return 1.0
    return 1.0 - non_inferiority_p(sample, 0.0)


def _settling_note(sample: PairedSample, limit: float) -> str:
    found: Sensitivity = sensitivity(sample, limit)
    if found.detectable_drop is None:
        return "one source image proves nothing; add images"
    images = sample.n_clusters
    if images < FEWEST_IMAGES:
        return f"{images} source images cannot prove a loss; at least {FEWEST_IMAGES} are needed"
    if found.images_needed is None:
        needed = "the loss is too near the limit to decide"
    elif found.images_needed > images:
        needed = f"about {found.images_needed} are needed to decide"
    else:
        needed = "a few more are needed to decide"
    return f"{images} source images can show a drop of {found.detectable_drop:.1%}; {needed}"
