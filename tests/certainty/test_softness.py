import math
import timeit

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hairopt.certainty.softness import softness


def _mask(*rows):
    return np.array(rows, np.float32)


@pytest.mark.parametrize(
    ("mask", "value"),
    [
        (_mask([1, 1], [0, 0]), 0.0),
        (_mask([1, 0.5], [0, 0]), 0.5 / 1.5),
        (_mask([0.75, 0.75], [0.75, 0.75]), 1 / 3),
        (_mask([1, 1, 0.25, 0.9]), 0.35 / 3.15),
        (_mask([0.4, 0.4, 0.4]), 1.0),
    ],
)
def test_the_share_of_hair_that_is_undecided(mask, value):
    assert softness(mask) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("level", [0.0, 1e-6])
def test_a_mask_of_nothing_is_not_certain(level):
    nothing = np.full((288, 288), level, np.float32)
    assert math.isnan(softness(nothing))
    assert not softness(nothing) <= 0.15  # a comparison cannot take it for certainty


def test_a_breath_of_hair_everywhere_is_as_soft_as_can_be():
    assert softness(np.full((288, 288), 0.001, np.float32)) == pytest.approx(1, abs=1e-3)


def test_size_does_not_matter():
    small = np.random.default_rng(0).random((40, 30), np.float32)
    large = small.repeat(3, axis=0).repeat(3, axis=1)
    assert softness(large) == pytest.approx(softness(small), abs=1e-6)


@given(arrays(np.float32, (7, 5), elements=st.floats(0, 1, width=32)))
def test_it_is_what_numpy_says_and_within_bounds(mask):
    exact = mask.astype(np.float64)
    found = softness(mask)
    if exact.sum() < 1 - 1e-6:
        assert math.isnan(found)
    elif exact.sum() > 1 + 1e-6:
        assert 0 <= found <= 1
        assert found == pytest.approx(np.minimum(exact, 1 - exact).sum() / exact.sum(), abs=1e-5)


def test_views_that_are_not_contiguous_are_read_alike():
    mask = np.random.default_rng(1).random((60, 80), np.float32)
    assert softness(mask[:, ::-1]) == pytest.approx(softness(mask), abs=1e-6)
    assert softness(mask.T) == pytest.approx(softness(mask), abs=1e-6)


def test_it_costs_next_to_nothing():
    mask = np.random.default_rng(2).random((288, 288), np.float32)
    fastest_s = min(timeit.repeat(lambda: softness(mask), number=20, repeat=10)) / 20
    assert fastest_s < 0.1e-3
