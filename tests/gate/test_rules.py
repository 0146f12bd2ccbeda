"""The rules on paper-checkable cases, and their error rates by simulation."""

import numpy as np
import pytest

from hairopt.errors import NotComparableError
from hairopt.gate.counts import big_loser_rule, failure_rule
from hairopt.gate.limits import GateLimits
from hairopt.gate.pairs import PairedCases
from hairopt.gate.power import sensitivity
from hairopt.gate.rules import default_rules, is_proven_loss, mean_rule, slice_rule
from hairopt.gate.verdict import Verdict, overall
from tests.gate.made_up_cases import alternating
from tests.gate.simulate import comparison, rates

LIMITS = GateLimits()


def cases(before, after, tags=None):
    names = [f"image-{index}" for index in range(len(before))]
    return PairedCases(names, names, {"iou": before}, {"iou": after}, tags or [{} for _ in names])


def test_nothing_changed_passes_even_with_two_images():
    same = cases([0.8, 0.9], [0.8, 0.9])
    result = mean_rule("mask", "mean IoU", same, "iou", 0.05)
    assert (result.verdict, result.measured, result.n) == (Verdict.PASS, 0.0, 2)
    assert (result.p, result.n_images) == (0.0, 2)


def test_a_proven_loss_beyond_the_limit_fails():
    before = list(np.linspace(0.7, 0.9, 30))
    result = mean_rule("mask", "mean IoU", cases(before, [0.9 * v for v in before]), "iou", 0.05)
    assert result.verdict is Verdict.FAIL
    assert result.measured == pytest.approx(0.10)


def test_a_loss_beyond_the_limit_that_may_be_chance_is_no_failure():
    # Losses of 0.08 +- 0.25 in twelve images: t = 0.08 sqrt(11) / 0.25 = 1.06, p = 0.31.
    after = [0.8 - 0.08 - (0.25 if index % 2 else -0.25) for index in range(12)]
    result = mean_rule("mask", "mean IoU", cases([0.8] * 12, after), "iou", 0.05)
    assert result.measured == pytest.approx(0.10)
    assert result.low < 0 < result.high
    assert result.verdict is Verdict.INCONCLUSIVE


def test_a_proven_loss_of_just_the_limit_is_allowed():
    before, after = [0.5] * 12, [0.375 + (0.001 if i % 2 else -0.001) for i in range(12)]
    sample = cases(before, after).sample("iou")
    assert not is_proven_loss(0.25, 0.2, sample, 0.25)
    assert is_proven_loss(0.2501, 0.2, sample, 0.25)
    assert not is_proven_loss(0.2501, 0.0, sample, 0.25)
    assert not is_proven_loss(0.2501, None, sample, 0.25)


def test_too_few_images_are_inconclusive_and_say_how_many_would_do():
    before = [0.8] * 8
    result = mean_rule("mask", "mean IoU", cases(before, [0.8, 0.6, 0.9, *before[3:]]), "iou", 0.05)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "are needed to decide" in result.note


def test_what_would_settle_it_is_said_in_words():
    def note(after, limit=0.05):
        return mean_rule("mask", "mean IoU", cases([0.8] * len(after), after), "iou", limit).note

    assert note([0.79]) == "one source image proves nothing; add images"
    assert note(alternating(0.8, 0.2, 5)).startswith(
        "5 source images cannot prove a loss; at least 6"
    )
    assert note(alternating(0.8, 0.2, 6)).startswith("6 source images can show a drop of ")
    # Ten images whose differences have the spread 0.1 sqrt(10 / 9): (1.833 + 0.883) of it by
    # sqrt(10) show; with the loss just at the limit no number of images does.
    shown = "10 source images can show a drop of 9.1%; "
    at_the_limit = alternating(0.76, 0.08, 10)
    assert note(at_the_limit) == shown + "the loss is too near the limit to decide"
    # With many images (1.645 + 0.842) of it: (2.49 * 0.105 / 0.05) ** 2 = 27.4.
    needed = sensitivity(cases([0.8] * 10, alternating(0.8, 0.08, 10)).sample("iou"), 0.05)
    assert 25 < needed.images_needed < 35
    assert note(alternating(0.8, 0.08, 10)) == (
        shown + f"about {needed.images_needed} are needed to decide"
    )


def test_five_images_cannot_prove_a_loss_and_six_can():
    for images, verdict in ((5, Verdict.INCONCLUSIVE), (6, Verdict.FAIL)):
        before = list(np.linspace(0.7, 0.9, images))
        after = [value * (0.8 + 0.01 * index) for index, value in enumerate(before)]
        result = mean_rule("mask", "mean IoU", cases(before, after), "iou", 0.05)
        assert result.verdict is verdict
        assert result.n_images == images


def test_a_value_that_got_lost_is_refused_and_painted_air_that_is_gone_is_not():
    with pytest.raises(NotComparableError, match=r"no value in 1 case .*image-1"):
        mean_rule("mask", "mean IoU", cases([0.8, 0.9], [0.8, None]), "iou", 0.05)
    cleaned = cases([0.8, 0.0], [0.8, None])
    assert mean_rule("mask", "mean IoU", cleaned, "iou", 0.05).verdict is Verdict.PASS


def test_a_baseline_without_any_value_cannot_be_compared_with():
    with pytest.raises(NotComparableError, match="undefined or zero"):
        mean_rule("mask", "mean IoU", cases([None, None], [0.1, None]), "iou", 0.05)
    with pytest.raises(NotComparableError, match="undefined or zero"):
        mean_rule("mask", "mean IoU", cases([0.0, 0.0], [0.1, 0.0]), "iou", 0.05)


def test_no_result_is_no_pass():
    with pytest.raises(NotComparableError):
        overall([])


def test_the_worst_slice_is_found_and_small_ones_are_left_alone():
    tags = [{"hair": ("curly", "straight", "rare")[0 if i < 12 else 1 if i < 24 else 2]}
            for i in range(27)]  # fmt: skip
    before = [0.8 + 0.001 * i for i in range(27)]
    after = [v * (0.8 if i < 12 else 0.1 if i >= 24 else 1.0) for i, v in enumerate(before)]
    result = slice_rule(cases(before, after, tags), LIMITS)
    assert result.verdict is Verdict.FAIL
    assert result.subject == "mean IoU of hair=curly"
    assert result.measured == pytest.approx(0.2)


def test_a_tag_that_every_image_carries_is_no_slice():
    assert slice_rule(cases([0.8] * 20, [0.8] * 20, [{"set": "all"}] * 20), LIMITS) is None


def test_big_losers_are_counted_and_named():
    result = big_loser_rule(cases([0.9] * 50, [0.6, 0.6] + [0.9] * 48), LIMITS)
    assert result.verdict is Verdict.FAIL
    assert result.measured == pytest.approx(0.04)
    assert result.note == "image-0, image-1"
    assert big_loser_rule(cases([0.9] * 50, [0.6] + [0.9] * 49), LIMITS).verdict is Verdict.PASS


def test_a_loss_of_just_the_big_loss_is_none_yet():
    limits = GateLimits(big_loss=0.25, max_big_losers=0.0)
    assert big_loser_rule(cases([0.75, 0.9], [0.5, 0.9]), limits).verdict is Verdict.PASS
    assert big_loser_rule(cases([0.75, 0.9], [0.4999, 0.9]), limits).verdict is Verdict.FAIL


def test_cases_that_cannot_be_judged_do_not_dilute_the_big_losers():
    # One of two judged cases lost much; the third has no hair.
    result = big_loser_rule(cases([0.9, 0.9, None], [0.1, 0.9, None]), LIMITS)
    assert (result.measured, result.n, result.n_images) == (0.5, 2, 2)
    assert result.subject == "share of cases that lose over 20 points of IoU"
    everything = big_loser_rule(cases([0.9], [0.9]), GateLimits(big_loss=1.0))
    assert everything.subject == "share of cases that lose over 100 points of IoU"
    assert (result.rule, result.limit, result.p) == ("tail", 0.02, None)
    nothing = big_loser_rule(cases([None], [None]), LIMITS)
    assert (nothing.measured, nothing.n, nothing.verdict) == (0.0, 0, Verdict.PASS)


def test_cases_of_one_photo_are_counted_as_one_image():
    names = ["a", "a upside down", "b"]
    three = PairedCases(names, ["a", "a", "b"], {"iou": [0.9] * 3}, {"iou": [0.9] * 3}, [{}] * 3)
    for rule in (big_loser_rule(three, LIMITS), failure_rule(three, LIMITS)):
        assert (rule.n, rule.n_images) == (3, 2)


def test_failures_are_counted_named_and_none_is_allowed():
    result = failure_rule(cases([0.8, 0.9, 0.9], [0.01, 0.9, 0.02]), LIMITS)
    assert (result.rule, result.measured, result.limit, result.n) == ("failures", 2, 0.0, 3)
    assert result.note == "image-0, image-2"
    one = cases([0.8, 0.9], [0.8, None])
    missing = PairedCases(
        one.names, one.sources, one.baseline, one.candidate, one.tags, frozenset({"image-1"})
    )
    assert failure_rule(missing, LIMITS).note == "image-1"


@pytest.mark.parametrize(
    ("before", "after", "fails"),
    [
        (0.8, 0.05, True),
        (0.8, 0.45, False),
        # At the limits: a case works from 0.5 on, and fails below 0.1.
        (0.5, 0.05, True),
        (0.4999, 0.05, False),
        (0.8, 0.1, False),
        (0.8, 0.0999, True),
        (0.3, None, False),
        (None, 0.5, True),
        (0.3, 0.0, False),
        (None, 0.0, True),
        (None, None, False),
        (0.8, None, True),
    ],
)
def test_a_case_that_worked_and_now_fails(before, after, fails):
    result = failure_rule(cases([before, 0.9], [after, 0.9]), LIMITS)
    assert (result.verdict is Verdict.FAIL) is fails


def test_a_hairline_that_is_gone_fails_though_the_mask_hardly_moved():
    lost = comparison(0.0, seed=1, noise=0.005)
    boundary = [value * 0.8 for value in lost.candidate["boundary_iou"]]
    candidate = {**lost.candidate, "boundary_iou": boundary}
    results = default_rules(
        PairedCases(lost.names, lost.sources, lost.baseline, candidate, lost.tags), LIMITS
    )
    verdicts = {result.rule: result.verdict for result in results}
    assert verdicts["mask"] is Verdict.PASS
    assert verdicts["boundary"] is Verdict.FAIL
    assert overall(results) is Verdict.FAIL


@pytest.mark.slow
def test_an_unchanged_candidate_passes_and_a_worse_one_fails():
    assert rates(drop=0.0, trials=400)[Verdict.PASS] >= 0.95
    assert rates(drop=0.07, trials=400)[Verdict.FAIL] >= 0.90
