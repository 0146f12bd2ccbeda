"""The rule on retention: the worst guarded metric decides, and only where it is shown."""

from dataclasses import replace

import pytest

from hairopt.errors import NotComparableError
from hairopt.gate.retention import retention_rule
from hairopt.gate.verdict import Verdict
from hairopt.metrics.retention_evidence import RetentionEvidence
from tests.gate.made_up_cases import alternating, paired

KEPT = ([0.8] * 12, [0.8] * 12)
KEPT_AT_0 = ([0.0] * 12, [0.0] * 12)


def rule(minimum=0.95, guarded=("iou", "boundary_iou"), **metrics):
    return retention_rule(paired(**metrics), minimum, guarded)


def test_a_good_mask_does_not_pay_for_a_lost_hairline():
    found = rule(iou=([0.8] * 12, [0.9] * 12), boundary_iou=([0.5] * 12, [0.4] * 12))
    assert found.verdict is Verdict.FAIL
    assert (found.rule, found.subject) == ("retention", "quality lost in boundary_iou")
    assert (found.measured, found.low, found.high) == pytest.approx((0.2, 0.2, 0.2))
    assert (found.limit, found.n, found.n_images) == (pytest.approx(0.05), 12, 12)
    assert found.note == "80.0% kept; worst of iou, boundary_iou"


def test_a_loss_that_may_be_chance_is_no_failure():
    # 6 % are lost on average, but the interval holds "everything is kept".
    found = rule(iou=([0.8] * 12, alternating(0.752, 0.2, 12)), boundary_iou=KEPT)
    assert found.measured == pytest.approx(0.06)
    assert found.low < 0 < found.high
    assert found.verdict is Verdict.INCONCLUSIVE


def test_one_photo_that_lost_nearly_all_shows_no_loss_of_six():
    found = rule(guarded=["iou"], iou=([0.8] * 6, [0.8] * 5 + [0.2]))
    assert found.measured == pytest.approx(0.125)
    assert found.low < 0
    assert found.verdict is Verdict.INCONCLUSIVE


def test_a_baseline_without_any_quality_has_none_to_keep():
    with pytest.raises(NotComparableError, match="iou is undefined, or the baseline has no qual"):
        rule(guarded=["iou"], iou=([0.0] * 6, [0.0] * 6))
    with pytest.raises(NotComparableError, match="iou is undefined or zero in every case of the"):
        rule(guarded=["iou"], iou=([None] * 6, [None] * 6))
    # A difference of 0 is the best there can be.
    assert rule(guarded=["lock_de00"], lock_de00=KEPT_AT_0).verdict is Verdict.PASS


def test_to_pass_every_guarded_metric_has_to_be_shown_to_keep_enough():
    # The worst one, on average, is shown to keep 97 %; the other keeps all and is shown nothing.
    shown = ([0.8] * 12, alternating(0.776, 0.001, 12))
    scattered = ([0.8] * 12, alternating(0.8, 0.2, 12))
    assert rule(iou=shown, boundary_iou=KEPT).verdict is Verdict.PASS
    found = rule(iou=shown, boundary_iou=scattered)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.subject == "quality lost in iou"
    # The interval that is shown is the one that is judged: its end is that of the other metric.
    assert found.high > 0.05


def test_a_loss_that_is_shown_decides_and_not_a_larger_one_that_may_be_chance():
    scattered = ([0.8] * 12, alternating(0.6, 0.6, 12))
    found = rule(iou=([0.8] * 12, alternating(0.72, 0.001, 12)), boundary_iou=scattered)
    assert (found.verdict, found.subject) == (Verdict.FAIL, "quality lost in iou")
    assert found.measured == pytest.approx(0.1)
    # A loss that is shown but allowed does not make a larger one fail that may be chance.
    allowed = rule(iou=([0.8] * 12, alternating(0.792, 0.001, 12)), boundary_iou=scattered)
    assert (allowed.verdict, allowed.subject) == (
        Verdict.INCONCLUSIVE,
        "quality lost in boundary_iou",
    )


def test_just_the_minimum_is_kept_enough():
    half = ([0.8] * 12, [0.4] * 12)
    assert rule(0.5, iou=half, boundary_iou=KEPT).verdict is Verdict.PASS
    assert rule(0.5001, iou=half, boundary_iou=KEPT).verdict is Verdict.FAIL


@pytest.mark.parametrize(("images", "verdict"), [(5, Verdict.INCONCLUSIVE), (6, Verdict.FAIL)])
def test_five_images_prove_no_loss(images, verdict):
    found = rule(guarded=["iou"], iou=([0.8] * images, [0.4] * images))
    assert (found.verdict, found.n_images) == (verdict, images)


def test_one_photo_with_a_value_other_than_zero_shows_no_loss():
    found = rule(guarded=["iou"], iou=([0.5] + [0.0] * 11, [0.3] + [0.0] * 11))
    assert (found.measured, found.low) == (pytest.approx(0.4), None)
    assert found.verdict is Verdict.INCONCLUSIVE


def test_all_may_be_lost():
    found = rule(guarded=["iou"], iou=([0.8] * 12, [0.0] * 12))
    assert (found.measured, found.verdict) == (1.0, Verdict.FAIL)
    few = rule(iou=([0.8] * 5, [0.6] * 5), boundary_iou=([0.8] * 5, [0.0] * 5))
    assert (few.subject, few.measured) == ("quality lost in boundary_iou", 1.0)


def test_photos_without_a_value_are_not_counted():
    found = rule(guarded=["iou"], iou=([0.8] * 7 + [None] * 3, [0.8] * 10))
    assert (found.n, found.n_images, found.verdict) == (7, 7, Verdict.PASS)
    few = rule(guarded=["iou"], iou=([0.8] * 5 + [None] * 5, [0.8] * 10))
    assert (few.n_images, few.verdict) == (5, Verdict.INCONCLUSIVE)
    nothing = RetentionEvidence.of({}, ["a", "b"], ["iou"]).retention
    assert (nothing.value, nothing.n_cases, nothing.n_sources) == (None, 0, 0)


@pytest.mark.parametrize("worse", ["iou", "boundary_iou"])
def test_with_too_few_images_the_worst_metric_is_named_all_the_same(worse):
    metrics = {name: ([0.8] * 5, [0.8] * 5) for name in ("iou", "boundary_iou")}
    found = rule(**metrics | {worse: ([0.8] * 5, [0.4] * 5)})
    assert (found.subject, found.measured) == (f"quality lost in {worse}", pytest.approx(0.5))
    assert "5 source photos; an interval needs 6" in found.note


def test_one_image_is_shown_to_keep_nothing_and_to_lose_nothing():
    found = rule(guarded=["iou"], iou=([0.8], [0.8]))
    assert (found.low, found.high, found.verdict) == (None, None, Verdict.INCONCLUSIVE)


def test_less_is_better_counts_by_the_scale_of_the_metric():
    # The scale is 1 dE00: (1 + 1) / (1 + 3) of the quality is kept where 1 became 3.
    found = rule(guarded=["bleed_de00"], bleed_de00=([1.0] * 12, [3.0] * 12))
    assert found.measured == pytest.approx(0.5)
    assert found.verdict is Verdict.FAIL


def test_a_photo_that_gives_many_cases_is_one_image():
    sources = [f"photo-{index // 4}" for index in range(20)]
    cases = paired(sources=sources, iou=([0.8] * 20, [0.4] * 20))
    found = retention_rule(cases, 0.95, ["iou"])
    assert (found.n, found.n_images, found.verdict) == (20, 5, Verdict.INCONCLUSIVE)


def test_colour_is_judged_shade_by_shade():
    both = paired(lock_de00=([6.0] * 12, [5.5] * 12))
    shades = {"blond": ([6.0] * 12, [9.0] * 12), "true pictures": ([8.0] * 12, [4.0] * 12)}
    found = retention_rule(replace(both, shades=shades), 0.95, ["lock_de00"])
    assert found.verdict is Verdict.FAIL
    assert found.subject == "quality lost in lock_de00 of blond"
    assert retention_rule(both, 0.95, ["lock_de00"]).verdict is Verdict.PASS


def test_a_strength_that_no_case_defines_is_not_judged():
    none = ([None] * 12, [None] * 12)
    guarded = ["lock_de00", "dye_strength"]
    assert rule(guarded=guarded, lock_de00=KEPT_AT_0, dye_strength=none).verdict is Verdict.PASS
    lost = ([0.9] * 12, [None] * 12)
    with pytest.raises(NotComparableError, match="dye_strength"):
        rule(guarded=guarded, lock_de00=KEPT_AT_0, dye_strength=lost)
