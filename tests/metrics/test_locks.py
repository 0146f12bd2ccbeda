"""Colour by locks: grain averages out, a missed lock counts in full."""

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000

from hairopt.metrics.locks import Locks, lock_side_px


def _grid(height=40, width=60, side=10):
    return Locks.of(np.ones((height, width), bool), side)


def test_side():
    assert lock_side_px((1024, 1024)) == 29
    assert lock_side_px((512, 512, 3)) == 14
    assert lock_side_px((3, 3)) == 1


def test_means_of_squares_worked_by_hand():
    # A 3x6 picture, squares of 3: rows {0, 1, 2}; columns {0}, {1, 2, 3, 4}, {5}.
    core = np.ones((3, 6), bool)
    core[2, 3:] = False
    locks = Locks.of(core, 3)
    assert locks.px.tolist() == [3, 10, 2]
    lightness = np.array([1, *[20] * 4, 7, 2, *[20] * 4, 9, 6, 20, 20], np.float32)
    lab = np.stack([lightness, -lightness, np.zeros(15, np.float32)])
    assert locks.mean_lab(lab).tolist() == [[3, 20, 8], [-3, -20, -8], [0, 0, 0]]


@pytest.mark.parametrize("shape", [(40, 61), (41, 60), (30, 30)])
def test_a_mirrored_picture_has_the_same_locks(shape):
    core = np.random.default_rng(0).random(shape) > 0.3
    for side in (3, 4, 7):
        sizes = [sorted(Locks.of(turned, side).px) for turned in (core, core[::-1, ::-1], core.T)]
        assert sizes[0] == sizes[1] == sizes[2]


def test_grain_averages_out_and_a_missed_lock_does_not():
    locks = _grid()
    ideal = np.full((3, locks.lock.size), 30, np.float32)
    grain = np.random.default_rng(0).normal(0, 2, ideal.shape).astype(np.float32)
    means = locks.mean_lab(ideal)
    assert locks.de00(locks.mean_lab(ideal + grain), means) < 0.4
    missed = ideal.copy()
    missed[:, locks.lock == 5] = [[60], [0], [0]]
    one = deltaE_ciede2000((30, 30, 30), (60, 0, 0))
    found = locks.de00(locks.mean_lab(missed), means)
    assert found == pytest.approx(one * locks.px[5] / locks.px.sum(), abs=1e-4)


def test_a_lock_weighs_as_its_pixels():
    locks = Locks(np.array([0, 0, 0, 1]), np.array([3, 1]))
    ideal = np.full((3, 2), 30, np.float32)
    off = ideal + np.array([[0, 5], [0, 0], [0, 0]], np.float32)
    expected = deltaE_ciede2000((30, 30, 30), (35, 30, 30)) / 4
    assert locks.de00(off, ideal) == pytest.approx(expected, abs=1e-4)


def test_no_core_no_locks():
    locks = Locks.of(np.zeros((5, 5), bool), 2)
    nothing = locks.mean_lab(np.empty((3, 0), np.float32))
    assert nothing.shape == (3, 0)
    assert locks.de00(nothing, nothing) is None
