"""Colour by locks: grain averages out, a missed lock counts in full."""

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000

from hairopt.metrics.locks import LockGrid, lock_side_px
from hairopt.types import Box


def locks_of(core, side):
    """A core, bool (H, W): what adds up colours of its pixels."""
    grid = LockGrid(core.shape, side)
    lock = grid.locks(core, Box.full(*core.shape))
    return lambda lab: grid.sums(lock, lab)


def sizes_of(core, side):
    px = locks_of(core, side)(np.zeros((3, np.count_nonzero(core)), np.float32)).px
    return [size for size in px.tolist() if size]


def test_side():
    assert lock_side_px((1024, 1024)) == 29
    assert lock_side_px((512, 512, 3)) == 14
    assert lock_side_px((3, 3)) == 1


def test_means_of_squares_worked_by_hand():
    # A 3x6 picture, squares of 3: rows {0, 1, 2}; columns {0}, {1, 2, 3, 4}, {5}.
    core = np.ones((3, 6), bool)
    core[2, 3:] = False
    assert sizes_of(core, 3) == [3, 10, 2]
    lightness = np.array([1, *[20] * 4, 7, 2, *[20] * 4, 9, 6, 20, 20], np.float32)
    lab = np.stack([lightness, -lightness, np.zeros(15, np.float32)])
    assert locks_of(core, 3)(lab).mean_lab.tolist() == [[3, 20, 8], [-3, -20, -8], [0, 0, 0]]


@pytest.mark.parametrize("shape", [(40, 61), (41, 60), (30, 30)])
def test_a_mirrored_picture_has_the_same_locks(shape):
    core = np.random.default_rng(0).random(shape) > 0.3
    for side in (3, 4, 7):
        sizes = [sorted(sizes_of(turned, side)) for turned in (core, core[::-1, ::-1], core.T)]
        assert sizes[0] == sizes[1] == sizes[2]


def test_grain_averages_out_and_a_missed_lock_does_not():
    core = np.ones((40, 60), bool)
    sums = locks_of(core, 10)
    ideal = np.full((3, core.size), 30, np.float32)
    grain = np.random.default_rng(0).normal(0, 2, ideal.shape).astype(np.float32)
    assert sums(ideal + grain).de00(sums(ideal)) < 0.4
    grid = LockGrid(core.shape, 10)
    missed = ideal.copy()
    one = grid.locks(core, Box.full(*core.shape)) == 8
    missed[:, one] = [[60], [0], [0]]
    expected = deltaE_ciede2000((30, 30, 30), (60, 0, 0)) * one.mean()
    assert 0.02 < one.mean() < 0.05
    assert sums(missed).de00(sums(ideal)) == pytest.approx(expected, abs=1e-4)


def test_a_lock_weighs_as_its_pixels():
    core = np.zeros((1, 8), bool)
    core[0, [0, 1, 2, 7]] = True  # squares of 4, from the middle: 2, 4 and 2 columns
    assert sizes_of(core, 4) == [2, 1, 1]
    ideal = np.full((3, 4), 30, np.float32)
    off = ideal + np.array([[5, 5, 0, 0], [0] * 4, [0] * 4], np.float32)
    expected = deltaE_ciede2000((30, 30, 30), (35, 30, 30)) / 2
    sums = locks_of(core, 4)
    assert sums(off).de00(sums(ideal)) == pytest.approx(expected, abs=1e-4)


def test_no_core_no_locks():
    sums = locks_of(np.zeros((5, 5), bool), 2)
    nothing = sums(np.empty((3, 0), np.float32))
    assert nothing.mean_lab.shape == (3, 0)
    assert nothing.de00(nothing) is None


def test_parts_of_a_core_add_up():
    core = np.random.default_rng(1).random((30, 47)) > 0.4
    colors = np.random.default_rng(2).random((3, *core.shape)).astype(np.float32)
    grid, whole = LockGrid(core.shape, 7), locks_of(core, 7)(colors[:, core])
    parts = []
    for box in (Box(0, 30, 0, 20), Box(0, 12, 20, 47), Box(12, 30, 20, 47)):
        inside = core[box.slices]
        lab = np.stack([plane[box.slices][inside] for plane in colors])
        parts.append(grid.sums(grid.locks(inside, box), lab))
    total = parts[0] + parts[1] + parts[2]
    assert total.px.tolist() == whole.px.tolist()
    assert total.lab == pytest.approx(whole.lab)
