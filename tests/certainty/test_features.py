import numpy as np
import pytest

from hairopt.certainty.features import mask_features


def _square(level=1.0, side=128, around=0.0):
    mask = np.full((side, side), around, np.float32)
    mask[side // 4 : 3 * side // 4, side // 4 : 3 * side // 4] = level
    return mask


def test_a_decided_square_has_only_the_softness_of_its_blurred_outline():
    found = mask_features(_square())
    assert found.is_decided
    assert (found.hair, found.undecided, found.inner_softness) == (0.25, 0.0, 0.0)
    assert found.compactness == 1.0
    # Over a blurred step the integral of min(p, 1 - p) is sigma * sqrt(2 / pi) per pixel.
    assert found.coarse_softness == pytest.approx(4 * 2.56 * np.sqrt(2 / np.pi) / 64, rel=0.05)


def test_undecided_pixels_are_counted_everywhere_but_the_inner_ones_only_off_the_outline():
    found = mask_features(_square(level=0.75))
    assert found.undecided == 0.25 * 0.25
    assert not found.is_decided
    # The outline and 4 px to both sides of it are left out: 54 of 64 px remain.
    assert found.inner_softness == pytest.approx(0.25 * 54**2 / (0.75 * 64**2))


def test_the_numbers_do_not_depend_on_the_size_of_the_mask():
    small, large = (mask_features(_square(0.8, side)) for side in (128, 512))
    for name in ("hair", "undecided", "coarse_softness", "inner_softness", "compactness"):
        assert getattr(small, name) == pytest.approx(getattr(large, name), abs=1e-4)


def test_specks_and_a_long_outline_are_coarsely_soft():
    rows = np.zeros((128, 128), np.float32)
    rows[::4] = 1.0
    assert mask_features(rows).coarse_softness > 0.9
    assert mask_features(_square()).coarse_softness < 0.2


def test_two_corners_are_not_compact():
    mask = np.zeros((100, 100), np.float32)
    mask[:10, :10] = mask[90:, 90:] = 1.0
    assert mask_features(mask).compactness == pytest.approx(0.02)


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (288, 288)])
def test_a_mask_of_nothing_has_numbers_too(shape):
    found = mask_features(np.zeros(shape, np.float32))
    assert (found.hair, found.undecided, found.compactness) == (0.0, 0.0, 0.0)
    assert found.coarse_softness == 0.0
