"""The rules on paper-checkable cases, and their error rates by simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from hairopt.errors import NotComparableError
from hairopt.gate.counts import big_loser_rule, failure_rule
from hairopt.gate.limits import GateLimits
from hairopt.gate.pairs import PairedCases
from hairopt.gate.power import Sensitivity, sensitivity
from hairopt.gate.rules import default_rules, mean_rule, slice_rule, verdict_on
from hairopt.gate.verdict import Verdict, overall
from tests.gate.made_up_cases import alternating
from tools.verdicts.comparisons import bad_slice, rates, retrained
from tools.verdicts.comparisons import failing as failing_photos

LIMITS = GateLimits()


def cases(before, after, tags=None):
    names = [f"image-{index}" for index in range(len(before))]
    return PairedCases(
        names, names, {"alpha_iou": before}, {"alpha_iou": after}, tags or [{} for _ in names]
    )


@pytest.mark.parametrize(
    ("images", "verdict"), [(1, Verdict.INCONCLUSIVE), (2, Verdict.INCONCLUSIVE), (6, Verdict.PASS)]
)
def test_nothing_changed_passes_with_six_images(images, verdict):
    ious = [0.8 + 0.01 * index for index in range(images)]
    result = mean_rule("mask", "mean IoU", cases(ious, ious), "alpha_iou", 0.05)
    assert (result.verdict, result.measured, result.n_images) == (verdict, 0.0, images)
    assert math.copysign(1, result.measured) == 1  # and is not shown as -0
    assert (result.low, result.high) == ((0.0, 0.0) if images == 6 else (None, None))
    assert ("an interval needs 6" in result.note) is (images < 6)


def test_a_proven_loss_beyond_the_limit_fails():
    before = list(np.linspace(0.7, 0.9, 30))
    result = mean_rule(
        "mask", "mean IoU", cases(before, [0.9 * v for v in before]), "alpha_iou", 0.05
    )
    assert result.verdict is Verdict.FAIL
    assert result.measured == pytest.approx(0.10)


def test_a_loss_beyond_the_limit_that_may_be_chance_is_no_failure():
    # Losses of 0.08 +- 0.25 in twelve images: t = 0.08 sqrt(11) / 0.25 = 1.06, p = 0.31.
    after = [0.8 - 0.08 - (0.25 if index % 2 else -0.25) for index in range(12)]
    result = mean_rule("mask", "mean IoU", cases([0.8] * 12, after), "alpha_iou", 0.05)
    assert result.measured == pytest.approx(0.10)
    assert result.low < 0 < result.high
    assert result.verdict is Verdict.INCONCLUSIVE


def test_the_verdict_is_that_of_the_interval_that_is_shown():
    assert verdict_on(0.25, (0.2, 0.3), 0.25) is Verdict.INCONCLUSIVE
    assert verdict_on(0.2501, (0.2, 0.3), 0.25) is Verdict.FAIL
    assert verdict_on(0.2501, (0.0, 0.5), 0.25) is Verdict.INCONCLUSIVE
    assert verdict_on(0.2501, None, 0.25) is Verdict.INCONCLUSIVE
    assert verdict_on(0.1, (0.0, 0.25), 0.25) is Verdict.PASS
    assert verdict_on(0.1, (0.0, 0.2501), 0.25) is Verdict.INCONCLUSIVE


def test_photos_with_many_cases_do_not_hide_that_nothing_changed():
    # 33 photos with one case and two with eleven: sums by photo differ eleven-fold.
    sources = [f"photo-{i}" for i in range(33)] + ["many-1"] * 11 + ["many-2"] * 11
    ious = list(np.linspace(0.6, 0.9, 55))
    names = [f"case-{i}" for i in range(55)]
    same = PairedCases(
        names, sources, {"alpha_iou": ious}, {"alpha_iou": ious}, [{} for _ in names]
    )
    result = mean_rule("mask", "mean IoU", same, "alpha_iou", 0.05)
    assert (result.verdict, result.low, result.high) == (Verdict.PASS, 0.0, 0.0)
    assert (result.n, result.n_images) == (55, 35)
    nearly = [value - 1e-5 * (index == 40) for index, value in enumerate(ious)]
    result = mean_rule("mask", "mean IoU", PairedCases(
        names, sources, {"alpha_iou": ious}, {"alpha_iou": nearly}, [{} for _ in names]),
        "alpha_iou", 0.05,
    )  # fmt: skip
    assert result.verdict is Verdict.PASS


def test_too_few_images_are_inconclusive_and_say_how_many_would_do():
    before = [0.8] * 8
    result = mean_rule(
        "mask", "mean IoU", cases(before, [0.8, 0.6, 0.9, *before[3:]]), "alpha_iou", 0.05
    )
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "are needed to decide" in result.note


def test_what_would_settle_it_is_said_in_words():
    def note(after, limit=0.05):
        return mean_rule(
            "mask", "mean IoU", cases([0.8] * len(after), after), "alpha_iou", limit
        ).note

    assert note([0.79]) == "1 source photo; an interval needs 6; add photos"
    assert note(alternating(0.8, 0.2, 5)) == "5 source photos; an interval needs 6; add photos"
    assert note(alternating(0.8, 0.2, 6)).startswith("6 source photos can show a drop of ")
    # Ten images whose differences have the spread 0.1 sqrt(10 / 9): (2.262 + 0.883) of it by
    # sqrt(10) show; with the loss just at the limit no number of images does.
    shown = "10 source photos can show a drop of 10.5%; "
    at_the_limit = alternating(0.76, 0.08, 10)
    assert note(at_the_limit) == shown + "the loss is too near the limit to decide"
    # With many images (1.960 + 0.842) of it: (2.80 * 0.105 / 0.05) ** 2 = 34.8.
    needed = sensitivity(cases([0.8] * 10, alternating(0.8, 0.08, 10)).sample("alpha_iou"), 0.05)
    assert 34 < needed.images_needed < 40
    assert note(alternating(0.8, 0.08, 10)) == (
        shown + f"about {needed.images_needed} are needed to decide"
    )


def test_as_many_as_there_are_is_not_what_is_needed(monkeypatch):
    for needed, words in ((10, "a few more are"), (11, "about 11 are"), (9, "a few more are")):
        monkeypatch.setattr(
            "hairopt.gate.rules.sensitivity", lambda *_, n=needed: Sensitivity(0.1, n)
        )
        found = mean_rule(
            "mask", "mean IoU", cases([0.8] * 10, alternating(0.8, 0.08, 10)), "alpha_iou", 0.05
        )
        assert found.note.endswith(f"; {words} needed to decide")


def test_five_images_cannot_prove_a_loss_and_six_can():
    for images, verdict in ((5, Verdict.INCONCLUSIVE), (6, Verdict.FAIL)):
        before = list(np.linspace(0.7, 0.9, images))
        after = [value * (0.8 + 0.01 * index) for index, value in enumerate(before)]
        result = mean_rule("mask", "mean IoU", cases(before, after), "alpha_iou", 0.05)
        assert result.verdict is verdict
        assert result.n_images == images


def test_a_value_that_got_lost_is_refused_and_painted_air_that_is_gone_is_not():
    with pytest.raises(NotComparableError, match=r"no value in 1 case .*image-1"):
        mean_rule("mask", "mean IoU", cases([0.8, 0.9], [0.8, None]), "alpha_iou", 0.05)
    cleaned = cases([0.8] * 6 + [0.0], [0.8] * 6 + [None])
    assert mean_rule("mask", "mean IoU", cleaned, "alpha_iou", 0.05).verdict is Verdict.PASS


def test_a_baseline_without_any_value_cannot_be_compared_with():
    with pytest.raises(NotComparableError, match="undefined or zero"):
        mean_rule("mask", "mean IoU", cases([None, None], [0.1, None]), "alpha_iou", 0.05)
    with pytest.raises(NotComparableError, match="undefined or zero"):
        mean_rule("mask", "mean IoU", cases([0.0, 0.0], [0.1, 0.0]), "alpha_iou", 0.05)


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
    assert result.subject == "alpha IoU of hair=curly"
    assert result.measured == pytest.approx(0.2)


def test_a_tag_that_every_image_carries_is_no_slice():
    assert slice_rule(cases([0.8] * 20, [0.8] * 20, [{"set": "all"}] * 20), LIMITS) is None


def losing(count, images, big=0.3):
    return cases([0.9] * images, [0.9 - big] * count + [0.9] * (images - count))


@pytest.mark.parametrize(
    ("losers", "images", "verdict"),
    [
        # By scipy.stats.binomtest(k, n, 0.02, "greater"): p = 0.043 and 0.188 of 38,
        (3, 38, Verdict.FAIL), (2, 38, Verdict.INCONCLUSIVE), (1, 38, Verdict.INCONCLUSIVE),
        # 0.007 and 0.060 of 20, 0.010 of 8, 0.024 and 0.064 of 168.
        (3, 20, Verdict.FAIL), (2, 20, Verdict.INCONCLUSIVE), (2, 8, Verdict.FAIL),
        (8, 168, Verdict.FAIL), (7, 168, Verdict.INCONCLUSIVE),
        # Not more than 2 %, and none at all.
        (1, 50, Verdict.PASS), (3, 168, Verdict.PASS), (0, 6, Verdict.PASS),
        (0, 5, Verdict.INCONCLUSIVE), (5, 5, Verdict.INCONCLUSIVE),
    ],
)  # fmt: skip
def test_big_losers_fail_by_an_exact_test(losers, images, verdict):
    result = big_loser_rule(losing(losers, images), LIMITS)
    assert result.verdict is verdict
    assert result.measured == pytest.approx(losers / images)
    assert (result.rule, result.limit, result.p, result.n_images) == ("tail", 0.02, None, images)


@pytest.mark.parametrize("images", [8, 20, 38, 50, 168])
def test_the_exact_test_is_that_of_scipy(images):
    for losers in range(images + 1):
        p = float(stats.binomtest(losers, images, 0.02, "greater").pvalue)
        verdict = big_loser_rule(losing(losers, images), LIMITS).verdict
        assert (verdict is Verdict.FAIL) is (p < 0.05)


def test_what_a_count_could_not_have_seen_is_said():
    assert big_loser_rule(losing(0, 20), LIMITS).note == (
        "such a loss in fewer than 1 of 7 photos could hide in 20"
    )
    assert failure_rule(losing(0, 168), LIMITS).note == (
        "a failure in fewer than 1 of 57 photos could hide in 168"
    )
    # Two of 38 are more than 2 % and may be chance; a third would not be.
    note = big_loser_rule(losing(2, 38), LIMITS).note
    assert note == "image-0, image-1; 2 of 38 may be chance; 3 would prove it"
    upper = stats.binomtest(1, 50).proportion_ci(0.9, "exact").high
    assert big_loser_rule(losing(1, 50), LIMITS).note == (
        f"image-0; 1 of 50; up to {upper:.1%} of all photos are possible"
    )


def test_a_photo_counts_once_with_the_mean_of_its_cases():
    names = [f"case-{index}" for index in range(20)]
    sources = ["many"] * 11 + names[11:]
    after = [0.5] * 5 + [0.9] * 6 + [0.9] * 9
    one = PairedCases(names, sources, {"alpha_iou": [0.9] * 20}, {"alpha_iou": after}, [{}] * 20)
    assert big_loser_rule(one, LIMITS).measured == 0.0  # 5 of 11 lose 40 points: 18 on average
    lost = PairedCases(
        names, sources, {"alpha_iou": [0.9] * 20}, {"alpha_iou": [0.5] * 6 + after[6:]}, [{}] * 20
    )
    found = big_loser_rule(lost, LIMITS)
    assert (found.measured, found.n, found.n_images) == (0.1, 20, 10)
    assert found.note.startswith("case-0; 1 of 10 may be chance")


def test_a_loss_of_just_the_big_loss_is_none_yet():
    limits = GateLimits(big_loss=0.25, max_big_losers=0.0)
    before = [0.75] * 6
    assert big_loser_rule(cases(before, [0.5] * 6), limits).measured == 0.0
    assert big_loser_rule(cases(before, [0.4999] * 6), limits).measured == 1.0


def test_cases_that_cannot_be_judged_do_not_dilute_the_big_losers():
    # One of two judged cases lost much; the third has no hair.
    result = big_loser_rule(cases([0.9, 0.9, None], [0.1, 0.9, None]), LIMITS)
    assert (result.measured, result.n, result.n_images) == (0.5, 2, 2)
    assert result.subject == "share of photos that lose over 20% in any metric"
    everything = big_loser_rule(cases([0.9], [0.9]), GateLimits(big_loss=1.0))
    assert everything.subject == "share of photos that lose over 100% in any metric"
    nothing = big_loser_rule(cases([None], [None]), LIMITS)
    assert (nothing.measured, nothing.n, nothing.verdict) == (0.0, 0, Verdict.INCONCLUSIVE)


@pytest.mark.parametrize(
    ("metric", "before", "just_not", "lost"),
    [
        ("outside_de00", 0.0, 0.2499, 0.2501),  # 1 / 1.25 of the rest of the photo is kept
        ("lock_de00", 2.0, 5.49, 5.51),  # 14 / 17.5 of the colour
        ("texture_structure", 0.9, 0.7201, 0.7199),
        ("alpha_boundary_iou", 0.9, 0.1, None),  # too different from photo to photo
        ("bleed_de00", 0.0, 9.0, None),  # not guarded
    ],
)
def test_a_photo_that_loses_much_of_any_guarded_metric_is_a_big_loser(
    metric, before, just_not, lost
):
    names = [f"case-{index}" for index in range(20)]
    for after, share in ((just_not, 0.0), (lost, 0.05)):
        if after is None:
            continue
        one = PairedCases(
            names,
            names,
            {"alpha_iou": [0.9] * 20, metric: [before] * 20},
            {"alpha_iou": [0.9] * 20, metric: [after] + [before] * 19},
            [{}] * 20,
        )
        found = big_loser_rule(one, LIMITS)
        assert found.measured == share
        assert found.note.startswith("case-0" if share else "such a loss in fewer")
    assert big_loser_rule(one, LIMITS, guarded=["alpha_iou"]).measured == 0.0


def test_the_largest_loss_of_a_photo_counts_and_not_that_of_the_last_metric():
    kept = {"outside_de00": [0.0] * 20, "texture_structure": [0.9] * 20}
    names = [f"case-{index}" for index in range(20)]
    before, after = {"alpha_iou": [0.9] * 20}, {"alpha_iou": [0.5] + [0.9] * 19}
    found = big_loser_rule(
        PairedCases(names, names, before | kept, after | kept, [{}] * 20), LIMITS
    )
    assert found.measured == 0.05


def test_a_metric_without_quality_in_the_baseline_has_none_to_lose():
    ious, none = [0.9] * 20, [0.0] * 20
    names = [f"case-{index}" for index in range(20)]
    both = {"alpha_iou": ious, "texture_structure": none}
    found = big_loser_rule(PairedCases(names, names, both, both, [{}] * 20), LIMITS)
    assert (found.measured, found.verdict) == (0.0, Verdict.PASS)


def test_cases_of_one_photo_are_counted_as_one_image():
    names = ["a", "a upside down", "b"]
    three = PairedCases(
        names, ["a", "a", "b"], {"alpha_iou": [0.9] * 3}, {"alpha_iou": [0.9] * 3}, [{}] * 3
    )
    for rule in (big_loser_rule(three, LIMITS), failure_rule(three, LIMITS)):
        assert (rule.n, rule.n_images) == (3, 2)


def failing(count, images):
    return cases([0.9] * images, [0.01] * count + [0.9] * (images - count))


@pytest.mark.parametrize(
    ("count", "images", "verdict"),
    [
        # By scipy.stats.binomtest(k, n, 0.01, "greater"): 0.007 and 0.054 of 38, 0.017 of 20.
        (3, 38, Verdict.FAIL), (2, 38, Verdict.INCONCLUSIVE), (2, 20, Verdict.FAIL),
        (1, 20, Verdict.INCONCLUSIVE), (5, 168, Verdict.FAIL), (1, 168, Verdict.INCONCLUSIVE),
        (0, 6, Verdict.PASS), (0, 5, Verdict.INCONCLUSIVE),
    ],
)  # fmt: skip
def test_failures_are_more_than_chance_or_inconclusive(count, images, verdict):
    result = failure_rule(failing(count, images), LIMITS)
    assert (result.rule, result.measured, result.verdict) == ("failures", count, verdict)
    assert (result.limit, result.n) == (0.01, images)


def test_a_case_without_an_answer_always_fails():
    one = cases([0.8] * 30, [0.8] * 29 + [None])
    missing = PairedCases(
        one.names, one.sources, one.baseline, one.candidate, one.tags, frozenset({"image-29"})
    )
    result = failure_rule(missing, LIMITS)
    assert (result.verdict, result.note) == (Verdict.FAIL, "image-29; 1 case without an answer")


def test_failures_are_named():
    result = failure_rule(cases([0.8, 0.9, 0.9], [0.01, 0.9, 0.02]), LIMITS)
    assert result.note == "image-0, image-2; 3 source photos; 6 are needed"


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
    assert result.measured == fails


def test_a_hairline_that_is_gone_fails_though_the_mask_hardly_moved():
    lost = retrained(0.0, noise=0.005)(50, 1)
    boundary = [value * 0.8 for value in lost.candidate["alpha_boundary_iou"]]
    candidate = {**lost.candidate, "alpha_boundary_iou": boundary}
    results = default_rules(
        PairedCases(lost.names, lost.sources, lost.baseline, candidate, lost.tags), LIMITS
    )
    verdicts = {result.rule: result.verdict for result in results}
    assert verdicts["mask"] is Verdict.PASS
    assert verdicts["boundary"] is Verdict.FAIL
    assert overall(results) is Verdict.FAIL


def test_an_unchanged_candidate_passes_and_a_worse_one_fails():
    assert rates(retrained(0.0), 50, 60)[Verdict.PASS] >= 0.95
    assert rates(retrained(0.07), 50, 60)[Verdict.FAIL] >= 0.90


def test_what_happens_to_one_photo_in_ten_or_to_one_hair_type_fails():
    assert rates(failing_photos(0.10), 100, 40)[Verdict.FAIL] >= 0.9
    assert rates(bad_slice(0.20), 50, 40)[Verdict.FAIL] >= 0.9
    assert rates(failing_photos(0.002), 50, 40)[Verdict.FAIL] <= 0.05
