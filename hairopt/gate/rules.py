"""The rules of the gate on means; each gives a measured value, a limit, a verdict and n.

A rule on a mean gives one of three verdicts, all by the interval that is shown:

- ``FAIL``: the measured loss is beyond the limit, and its 95 % interval excludes "no loss": it is
  large and not due to chance.
- ``PASS``: the whole interval is within the limit.
- ``INCONCLUSIVE``: the photos show neither; the result says how many photos are needed. So it is
  with fewer than six source photos, whatever they show.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hairopt.errors import NotComparableError
from hairopt.evidence.change import ratio_change, relative_change
from hairopt.evidence.evidence import Interval
from hairopt.evidence.paired import PairedSample
from hairopt.evidence.significance import FEWEST_IMAGES
from hairopt.evidence.sources import Array, means_of_all_sources
from hairopt.evidence.studentised import Smooth
from hairopt.evidence.worst import Losses, losses
from hairopt.gate.counts import big_loser_rule, failure_rule
from hairopt.gate.judged import BOUNDARY_METRIC, MASK_METRIC
from hairopt.gate.limits import GateLimits
from hairopt.gate.pairs import PairedCases
from hairopt.gate.power import Sensitivity, sensitivity
from hairopt.gate.verdict import RuleResult, Verdict, listed
from hairopt.metrics.retention import DEFAULT_GUARDED
from hairopt.quantities import number_of


def default_rules(
    cases: PairedCases,
    limits: GateLimits,
    guarded: Sequence[str] = DEFAULT_GUARDED,
    without: Sequence[str] = (),
) -> list[RuleResult]:
    """The rules on what was blended: mean IoU, mean Boundary IoU, slices, big losers, failures.

    Args:
        cases: the cases of both sides.
        limits: the allowed losses.
        guarded: the metrics in which a photo may not lose much.
        without: names of rules that are left out.

    Raises:
        NotComparableError: a rule's metric was not measured, or cannot be judged.
    """
    mask, boundary = limits.max_mask_drop, limits.max_boundary_drop
    rules: dict[str, Callable[[], RuleResult | None]] = {
        "mask": lambda: mean_rule(
            "mask", cases.told("mean alpha IoU"), cases, cases.named(MASK_METRIC), mask
        ),
        "boundary": lambda: mean_rule(
            "boundary",
            cases.told("mean alpha Boundary IoU"),
            cases,
            cases.named(BOUNDARY_METRIC),
            boundary,
        ),
        "slice": lambda: slice_rule(cases, limits),
        "tail": lambda: big_loser_rule(cases, limits, guarded),
        "failures": lambda: failure_rule(cases, limits),
    }
    found = [judge() for name, judge in rules.items() if name not in without]
    return [result for result in found if result is not None]


def mean_rule(rule: str, subject: str, cases: PairedCases, metric: str, limit: float) -> RuleResult:
    """Judge the relative drop of the mean of one higher-is-better metric.

    Raises:
        NotComparableError: the metric is defined in no common case, the baseline's mean is 0, or
            the candidate lacks values that the baseline has.
    """
    sample = judged_sample(cases, metric)
    found = relative_change(sample)
    if found.estimate is None:
        raise NotComparableError(
            f"{metric} is undefined or zero in every case of the baseline: nothing to compare with"
        )
    interval = None if found.ci95 is None else (-found.ci95[1], -found.ci95[0])
    verdict = verdict_on(-found.estimate, interval, limit)
    low, high = interval or (None, None)
    note = ""
    if verdict is Verdict.INCONCLUSIVE:
        note = f"{found.reason}; add photos" if found.reason else _settling_note(sample, limit)
    return RuleResult(
        rule,
        subject,
        -found.estimate + 0.0,
        low,
        high,
        limit,
        sample.n_cases,
        found.p,
        verdict,
        note,
        sample.n_sources,
    )


def verdict_on(loss: float, interval: Interval | None, limit: float) -> Verdict:
    """The verdict on a loss by its 95 % interval; without one nothing is shown."""
    if interval is None:
        return Verdict.INCONCLUSIVE
    if loss > limit and interval[0] > 0:
        return Verdict.FAIL
    return Verdict.PASS if interval[1] <= limit else Verdict.INCONCLUSIVE


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
    if sample.n_cases == 0:
        raise NotComparableError(
            f"{metric} is undefined or zero in every case of the baseline: nothing to compare with"
        )
    return sample


@dataclass(frozen=True)
class _Slice:
    """One slice: its tag, and source means that are 0 in the sources without a case of it."""

    tag: str
    value: str
    means: Array
    counts: Array

    @property
    def n_sources(self) -> int:
        return int((self.counts > 0).sum())

    @property
    def sample(self) -> PairedSample:
        inside = self.counts > 0
        before, after = self.means[:, inside]
        return PairedSample(before, after, int(self.counts.sum()), False)

    def loss(self) -> Smooth:
        """Relative drop as a function of means over all sources."""
        return ratio_change(self.means).negated()


def slice_rule(cases: PairedCases, limits: GateLimits) -> RuleResult | None:
    """Judge the mean alpha IoU of every slice with enough images; the worst one is reported.

    With many slices one may fail by chance: a slice fails only by bounds that hold for all of them
    together. To pass, each must be within the limit. The interval has both ends. None if no slice
    has enough images.
    """
    judged = [
        one
        for tag, value in cases.slices(limits.min_slice_images)
        if (one := _slice(cases, tag, value)).n_sources >= limits.min_slice_images
        and one.means[0].any()
    ]
    if not judged:
        return None
    found = losses([one.loss() for one in judged])
    failed = found.proven_beyond(limits.max_slice_drop)
    if failed is None:
        return _slice_result(cases, judged, found, found.worst, limits)
    return _slice_result(cases, judged, found, failed, limits, Verdict.FAIL)


def _slice_result(
    cases: PairedCases,
    judged: list[_Slice],
    found: Losses,
    place: int,
    limits: GateLimits,
    proven: Verdict | None = None,
) -> RuleResult:
    one, loss, limit = judged[place], found.each[place], limits.max_slice_drop
    interval = found.interval(place)
    low, high = interval or (None, None)
    # Another slice may have no end of an interval: what is shown of this one is shown nevertheless.
    verdict = proven or verdict_on(loss.value, interval, limit)
    note = f"worst of {number_of(len(judged), 'slice')}"
    note += ", and the interval knows it" if interval else ""
    if verdict is Verdict.INCONCLUSIVE:
        least_sure = int(np.argmax([each.most for each in found.each]))
        open_slice = judged[least_sure]
        if least_sure != place:
            note += f"; open: {open_slice.tag}={open_slice.value}"
        note += "; " + _settling_note(open_slice.sample, limit)
    return RuleResult(
        "slice",
        cases.told(f"alpha IoU of {one.tag}={one.value}"),
        loss.value + 0.0,
        low,
        high,
        limit,
        int(one.counts.sum()),
        None,
        verdict,
        note,
        one.n_sources,
    )


def _slice(cases: PairedCases, tag: str, value: str) -> _Slice:
    pairs = [
        pair if tags.get(tag) == value else (None, None)
        for pair, tags in zip(cases.values(cases.named(MASK_METRIC)), cases.tags, strict=True)
    ]
    before, after = zip(*pairs, strict=True)
    means, counts = means_of_all_sources([before, after], cases.sources)
    return _Slice(tag, value, means, counts.astype(np.float64))


def _settling_note(sample: PairedSample, limit: float) -> str:
    found: Sensitivity = sensitivity(sample, limit)
    images = sample.n_sources
    if found.detectable_drop is None:
        return "one source photo proves nothing; add photos"
    if images < FEWEST_IMAGES:
        return f"{images} source photos cannot prove a loss; at least {FEWEST_IMAGES} are needed"
    if found.images_needed is None:
        needed = "the loss is too near the limit to decide"
    elif found.images_needed > images:
        needed = f"about {found.images_needed} are needed to decide"
    else:
        needed = "a few more are needed to decide"
    return f"{images} source photos can show a drop of {found.detectable_drop:.1%}; {needed}"
