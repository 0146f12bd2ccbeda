"""What a comparison could have seen, by the formula of the paired test's power."""

import pytest
from scipy.stats import t as student

from hairopt.evidence.paired import PairedSample
from hairopt.gate.power import sensitivity
from tests.gate.made_up_cases import alternating


def sample(before, after, clusters=None):
    return PairedSample.of(before, after, clusters or [str(index) for index in range(len(before))])


def detectable(spread, images):
    """(t_0.975 + t_0.80) sd / sqrt(n), with n - 1 degrees of freedom."""
    return (student.ppf(0.975, images - 1) + student.ppf(0.80, images - 1)) * spread / images**0.5


# Ten images of 0.8, every second one 0.08 higher, the others as much lower: sd = 0.1 sqrt(10/9).
TEN = sample([0.8] * 10, alternating(0.8, 0.08, 10))
SPREAD = 0.1 * (10 / 9) ** 0.5


def test_the_smallest_drop_that_shows_is_that_of_the_formula():
    assert sensitivity(TEN, 0.05).detectable_drop == pytest.approx(detectable(SPREAD, 10))


def test_what_both_sides_share_hides_nothing():
    # Photos that are hard for both differ by 0.32; the losses have the spread of those above.
    hard = sample(alternating(0.8, 0.16, 10), alternating(0.8, 0.08, 10))
    assert sensitivity(hard, 0.05).detectable_drop == pytest.approx(detectable(SPREAD, 10))


@pytest.mark.parametrize("limit", [0.5, 0.10, 0.05, 0.01])
def test_the_images_needed_are_the_fewest_by_the_formula(limit):
    needed = sensitivity(TEN, limit).images_needed
    assert detectable(SPREAD, needed) <= limit
    assert needed == 2 or detectable(SPREAD, needed - 1) > limit


def test_what_counts_is_how_far_the_loss_is_from_the_limit_on_either_side():
    lost = sample([0.8] * 10, alternating(0.72, 0.08, 10))
    within, beyond = (sensitivity(lost, 0.10 + gap) for gap in (0.03, -0.03))
    assert within == beyond
    assert within.images_needed == sensitivity(TEN, 0.03).images_needed


def test_a_million_images_are_called_unknown():
    # At a million t is 1.960 + 0.842: (2.802 sd / 0.000295) ** 2 is just below it.
    at_a_million = detectable(SPREAD, 1_000_000)
    assert sensitivity(TEN, 1.00001 * at_a_million).images_needed <= 1_000_000
    assert sensitivity(TEN, 0.99 * at_a_million).images_needed is None


def test_where_every_image_changes_alike_two_show_it():
    found = sensitivity(sample([0.8] * 4, [0.72] * 4), 0.05)
    assert found.detectable_drop == pytest.approx(0.0, abs=1e-12)
    assert found.images_needed == 2


@pytest.mark.parametrize("images", [1, 2])
def test_one_image_or_a_baseline_of_nothing_shows_nothing(images):
    one_photo = sample([0.8] * images, [0.7] * images, ["photo"] * images)
    assert sensitivity(one_photo, 0.05).detectable_drop is None
    nothing = sample([0.0] * 4, [0.1] * 4)
    assert sensitivity(nothing, 0.05) == type(sensitivity(nothing, 0.05))(None, None)


def test_two_images_can_be_enough_to_say_how_many_are_needed():
    found = sensitivity(sample([0.8, 0.8], [0.72, 0.88]), 0.05)
    assert found.detectable_drop == pytest.approx(detectable(0.1 * 2**0.5, 2))
    assert found.images_needed > 2


def test_the_baseline_may_be_negative():
    # Differences are relative to the size of the mean, whatever its sign.
    mirrored = sample([-0.8] * 10, alternating(-0.8, 0.08, 10))
    assert sensitivity(mirrored, 0.05).detectable_drop == pytest.approx(detectable(SPREAD, 10))


def test_photos_that_lose_the_same_share_have_no_spread():
    before = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
    sample = PairedSample.of(before, [0.9 * value for value in before], list("abcdef"))
    assert sensitivity(sample, 0.05).detectable_drop == pytest.approx(0.0, abs=1e-12)
