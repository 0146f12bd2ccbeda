"""Guided enlargement: follows the photo's edge, leaves flat regions alone, never leaves [0, 1]."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hairopt.stages.upsample import SIDE_PX, upsample_guided


def _photo(edge_px, side=256):
    photo = np.full((side, side, 3), 220, np.uint8)
    photo[:, :edge_px] = 30
    return photo


def test_the_edge_lands_where_the_photo_has_it():
    """The small mask is off by up to half of its own pixels; the photo knows better."""
    edge = 100
    mask = np.zeros((32, 32), np.float32)
    mask[:, : round(edge / 8)] = 1
    found = upsample_guided(mask, _photo(edge))
    assert found.shape == (256, 256)
    assert (np.abs((found > 0.5).sum(axis=1) - edge) <= 2).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 1, width=32))
def test_the_range_is_kept_and_a_constant_stays_constant(seed, level):
    rng = np.random.default_rng(seed)
    photo = rng.integers(0, 256, (90, 60, 3), dtype=np.uint8)
    noisy = upsample_guided(rng.random((16, 16), np.float32), photo)
    assert noisy.dtype == np.float32
    assert 0 <= noisy.min() <= noisy.max() <= 1
    flat = upsample_guided(np.full((16, 16), level, np.float32), photo)
    np.testing.assert_allclose(flat, level, atol=1e-3)


def test_a_mask_that_is_large_enough_is_returned_as_it_is():
    mask = np.zeros((300, 300), np.float32)
    assert upsample_guided(mask, _photo(10)) is mask


def test_no_more_than_the_longest_side():
    photo = np.zeros((2000, 1000, 3), np.uint8)
    assert upsample_guided(np.zeros((64, 64), np.float32), photo).shape == (SIDE_PX, SIDE_PX // 2)
