"""The slice rule: passing needs every slice, failing needs evidence that survives many looks."""

import math

import pytest
from scipy import stats

from hairopt.gate.limits import GateLimits
from hairopt.gate.pairs import PairedCases
from hairopt.gate.rules import slice_rule
from hairopt.gate.verdict import Verdict

LIMITS = GateLimits(max_slice_drop=0.10, min_slice_images=10)
IMAGES = 12
BASELINE = 0.8


def losses(mean: float, t: float) -> list[float]:
    """Losses of twelve images whose paired t statistic is ``t``: half of them above the mean."""
    spread = mean * (IMAGES - 1) ** 0.5 / t
    return [mean + (spread if index % 2 else -spread) for index in range(IMAGES)]


def cases(**slices: list[float]) -> PairedCases:
    """A slice of twelve images each; each image loses so many points of 0.8."""
    lost = [loss for part in slices.values() for loss in part]
    names = [f"image-{index}" for index in range(len(lost))]
    tags = [{"hair": name} for name, part in slices.items() for _ in part]
    before = [BASELINE] * len(lost)
    return PairedCases(
        names, names, {"alpha_iou": before}, {"alpha_iou": [BASELINE - loss for loss in lost]}, tags
    )


UNCHANGED = [0.0] * IMAGES


def test_the_made_up_losses_have_the_t_statistic_they_are_asked_for():
    assert stats.ttest_1samp(losses(0.16, 2.2), 0).statistic == pytest.approx(2.2)


def test_one_slice_that_shows_nothing_keeps_the_rule_from_passing():
    # No slice loses anything on average, but the curly images scatter by 0.27.
    scattered = [0.27 if index % 2 else -0.27 for index in range(IMAGES)]
    found = slice_rule(cases(straight=UNCHANGED, curly=scattered), LIMITS)
    assert found.verdict is Verdict.INCONCLUSIVE
    # The interval ends where the slice that shows least ends.
    assert found.high > 0.10
    assert "hair=curly" in found.subject + found.note


def test_the_note_speaks_of_the_slice_that_shows_least():
    scattered = [0.27 if index % 2 else -0.27 for index in range(IMAGES)]
    slightly_worse = [0.02 + (0.001 if index % 2 else -0.001) for index in range(IMAGES)]
    found = slice_rule(cases(wavy=slightly_worse, curly=scattered), LIMITS)
    assert found.subject == "alpha IoU of hair=wavy"
    assert "; open: hair=curly; " in found.note
    # On paper: (t(0.975) + t(0.80)) sd / sqrt(12) of 0.8, with 11 degrees of freedom.
    sd = 0.27 * (12 / 11) ** 0.5 / BASELINE
    detectable = (stats.t.ppf(0.975, 11) + stats.t.ppf(0.80, 11)) * sd / 12**0.5
    assert f"can show a drop of {detectable:.1%}" in found.note


@pytest.mark.parametrize(("others", "verdict"), [(1, Verdict.FAIL), (9, Verdict.INCONCLUSIVE)])
def test_the_more_slices_are_looked_at_the_more_evidence_one_needs(others, verdict):
    # Two-sided, 11 degrees of freedom: p = 0.017. Twice that is below 5 %, ten times is not.
    worse = losses(0.16, t=2.8)
    assert stats.ttest_1samp(worse, 0).pvalue == pytest.approx(0.0172, abs=5e-4)
    chance = {f"other-{index}": losses(0.001, t=0.02) for index in range(others)}
    found = slice_rule(cases(curly=worse, **chance), GateLimits(max_slice_drop=0.05))
    assert found.verdict is verdict
    assert found.subject == "alpha IoU of hair=curly"
    assert found.measured == pytest.approx(0.2)
    assert (found.low > 0) is (verdict is Verdict.FAIL)
    assert "open" not in found.note  # no other one


def test_a_larger_loss_that_may_be_chance_does_not_hide_one_that_is_shown():
    found = slice_rule(cases(curly=losses(0.16, t=9.0), wavy=losses(0.24, t=1.0)), LIMITS)
    assert (found.verdict, found.subject) == (Verdict.FAIL, "alpha IoU of hair=curly")
    assert found.measured == pytest.approx(0.2)


def test_slices_that_did_not_change_cost_no_evidence():
    worse = losses(0.16, t=2.8)
    found = slice_rule(cases(curly=worse, **dict.fromkeys("abcdefghi", UNCHANGED)), LIMITS)
    assert found.verdict is Verdict.FAIL


def test_a_proven_loss_within_the_limit_is_no_failure():
    within = losses(0.06, t=9.0)
    found = slice_rule(cases(curly=within, straight=UNCHANGED), LIMITS)
    assert found.measured == pytest.approx(0.075)
    assert found.verdict is Verdict.PASS


def test_a_proven_loss_of_just_the_limit_is_no_failure():
    half = {"alpha_iou": [0.5] * 2 * IMAGES}
    quarter_lost = {"alpha_iou": [0.375] * IMAGES + [0.5] * IMAGES}
    whole = cases(curly=UNCHANGED, straight=UNCHANGED)
    both = PairedCases(whole.names, whole.sources, half, quarter_lost, whole.tags)
    for limit, verdict in ((0.25, Verdict.PASS), (0.2499, Verdict.FAIL)):
        found = slice_rule(both, GateLimits(max_slice_drop=limit))
        assert (found.measured, found.verdict) == (0.25, verdict)


def test_a_slice_of_five_images_proves_no_loss():
    few = GateLimits(max_slice_drop=0.10, min_slice_images=2)
    for images, verdict in ((5, Verdict.INCONCLUSIVE), (6, Verdict.FAIL)):
        worse = [0.16 + (0.001 if index % 2 else -0.001) for index in range(images)]
        found = slice_rule(cases(curly=worse, straight=UNCHANGED), few)
        assert (found.verdict, found.n_images) == (verdict, images)
        assert ("at least 6 are needed" in found.note) is (images == 5)


def test_a_slice_needs_the_images_that_are_asked_for_and_not_one_more():
    for wanted, judged in ((IMAGES, True), (IMAGES + 1, False)):
        limits = GateLimits(min_slice_images=wanted)
        found = slice_rule(cases(curly=UNCHANGED, straight=UNCHANGED), limits)
        assert (found is not None) is judged
    # Cases in which a metric is undefined do not count as images of the slice.
    both = cases(curly=UNCHANGED, straight=UNCHANGED)
    undefined = {"alpha_iou": [None, *both.candidate["alpha_iou"][1:]]}
    both = PairedCases(both.names, both.sources, {**both.baseline}, undefined, both.tags)
    found = slice_rule(both, GateLimits(min_slice_images=IMAGES))
    assert "worst of 1 slice," in found.note


def test_of_a_slice_in_which_the_baseline_found_nothing_nothing_is_said():
    whole = cases(curly=[BASELINE] * IMAGES, straight=UNCHANGED)
    nothing = {"alpha_iou": [0.0] * IMAGES + [BASELINE] * IMAGES}
    something = {"alpha_iou": [0.5] * IMAGES + [BASELINE] * IMAGES}
    for after in (nothing, something):
        found = slice_rule(
            PairedCases(whole.names, whole.sources, nothing, after, whole.tags), LIMITS
        )
        assert "worst of 1 slice," in found.note
        assert found.subject == "alpha IoU of hair=straight"
        assert math.copysign(1, found.measured) == 1  # no change is shown as 0, not as -0


def test_a_slice_that_cannot_be_judged_does_not_hide_one_that_is_shown_to_lose():
    worse = losses(0.16, t=9.0)
    whole = cases(curly=worse, bald=[0.0] * IMAGES)
    # In one of the bald photos a little hair is found: no interval has an end there.
    before = [BASELINE] * IMAGES + [0.5] + [0.0] * (IMAGES - 1)
    after = [*whole.candidate["alpha_iou"][:IMAGES], 0.3] + [0.0] * (IMAGES - 1)
    found = slice_rule(
        PairedCases(
            whole.names, whole.sources, {"alpha_iou": before}, {"alpha_iou": after}, whole.tags
        ),
        LIMITS,
    )
    assert (found.verdict, found.subject) == (Verdict.FAIL, "alpha IoU of hair=curly")
    assert (found.low, found.high) == (None, None)
    assert found.note == "worst of 2 slices"
    # Nor does one of too few photos.
    few = cases(curly=worse, wavy=losses(0.24, t=9.0)[:5])
    found = slice_rule(few, GateLimits(max_slice_drop=0.10, min_slice_images=2))
    assert (found.verdict, found.subject) == (Verdict.FAIL, "alpha IoU of hair=curly")


def test_a_slice_in_which_the_candidate_finds_nothing_any_more_fails():
    found = slice_rule(cases(curly=[BASELINE] * IMAGES, straight=UNCHANGED), LIMITS)
    assert (found.verdict, found.subject) == (Verdict.FAIL, "alpha IoU of hair=curly")
    assert found.measured == 1.0


def test_a_slice_in_which_the_baseline_found_little_is_judged():
    whole = cases(curly=UNCHANGED, straight=UNCHANGED)
    little = {"alpha_iou": [0.05] * IMAGES + [BASELINE] * IMAGES}
    less = {"alpha_iou": [0.04] * IMAGES + [BASELINE] * IMAGES}
    found = slice_rule(PairedCases(whole.names, whole.sources, little, less, whole.tags), LIMITS)
    assert found.subject == "alpha IoU of hair=curly"
    assert found.measured == pytest.approx(0.2)
    assert found.verdict is Verdict.FAIL
