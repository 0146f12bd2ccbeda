"""What counts as proven: an interval, or a p, of enough photos."""

import pytest

from hairopt.evidence.significance import (
    ALPHA,
    FEWEST_IMAGES,
    is_beyond_chance,
    is_significant,
)


def test_the_thresholds_are_those_of_the_documentation():
    assert (ALPHA, FEWEST_IMAGES) == (0.05, 6)
    # Six photos that all change alike: 2 * 0.5 ** 6 is the first below 5 %.
    assert 2 * 0.5**FEWEST_IMAGES < ALPHA < 2 * 0.5 ** (FEWEST_IMAGES - 1)


@pytest.mark.parametrize(
    ("ci95", "n_images", "beyond"),
    [
        ((0.01, 0.2), 6, True),
        ((-0.2, -0.01), 6, True),
        ((-0.1, 0.1), 60, False),
        # An interval that just touches "no change" does not exclude it.
        ((0.0, 0.2), 60, False),
        ((-0.2, 0.0), 60, False),
        ((0.01, 0.2), 5, False),
        (None, 60, False),
    ],
)
def test_a_change_is_proven_by_an_interval_without_no_change(ci95, n_images, beyond):
    assert is_beyond_chance(ci95, n_images) is beyond


def test_a_ratio_is_compared_with_one():
    assert is_beyond_chance((1.01, 1.2), 6, no_change=1.0)
    assert not is_beyond_chance((0.9, 1.2), 6, no_change=1.0)


@pytest.mark.parametrize(
    ("p", "n_images", "significant"),
    [(0.049, 6, True), (0.05, 60, False), (0.9, 60, False), (0.001, 5, False), (0.9, 5, False)],
)
def test_a_p_counts_below_five_per_cent_and_from_six_photos_on(p, n_images, significant):
    assert is_significant(p, n_images) is significant
