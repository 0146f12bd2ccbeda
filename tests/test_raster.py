"""Arrays on disk: what is read is what was written, rectangle by rectangle."""

import numpy as np
import pytest

from hairopt.raster import Coverage, OnDisk
from hairopt.types import Box


@pytest.mark.parametrize(("shape", "dtype"), [((50, 40, 3), np.uint8), ((50, 40), np.float32)])
def test_rectangles_are_those_of_the_array(shape, dtype):
    array = (np.random.default_rng(0).random(shape) * 255).astype(dtype)
    kept = OnDisk.of(array)
    assert (kept.shape, kept.dtype) == (shape, dtype)
    np.testing.assert_array_equal(np.asarray(kept), array)
    boxes = (Box(3, 9, 5, 11), Box(0, 50, 39, 40), Box(7, 8, 0, 40), Box(3, 3, 5, 11))
    for box in (*boxes, Box(45, 60, 30, 99)):
        np.testing.assert_array_equal(kept[box.slices], array[box.slices])


def test_what_was_not_written_is_zero_and_what_was_is_there():
    expected = np.zeros((30, 20), np.float32)
    kept = OnDisk((30, 20), np.float32)
    for box, value in ((Box(5, 15, 10, 17), 0.5), (Box(0, 30, 0, 2), 0.25)):
        expected[box.slices] = value
        kept[box.slices] = expected[box.slices]
    np.testing.assert_array_equal(np.asarray(kept), expected)


def test_what_is_read_is_the_readers_own():
    kept = OnDisk.of(np.ones((4, 4), np.uint8))
    kept[0:4, 0:4][:] = 7
    assert np.asarray(kept).max() == 1


def test_coverage_is_levels_of_255():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    expected = (np.arange(256) / 255).astype(np.float32).reshape(16, 16)
    np.testing.assert_array_equal(np.asarray(Coverage(levels)), expected)
    np.testing.assert_array_equal(Coverage(levels)[2:4, 5:6], expected[2:4, 5:6])
