"""Outline metrics on geometry whose answer can be derived on paper, and against SciPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage
from scipy.spatial.distance import cdist

from hairopt.errors import UsageError
from hairopt.metrics.boundary import (
    Outline,
    OutlineDistances,
    band_width_px,
    boundary_iou,
    inner_band,
    outline,
    outline_metrics,
    tolerance_px,
)


def square(top, left, side, shape=(40, 40)):
    region = np.zeros(shape, bool)
    region[top : top + side, left : left + side] = True
    return region


def distances(mask, truth, **options):
    return OutlineDistances.between(Outline.of(mask), Outline.of(truth, **options))


def test_band_width_and_tolerance_of_known_sizes():
    assert [band_width_px(shape) for shape in [(1, 1), (30, 40), (1024, 1024)]] == [1, 1, 29]
    assert [tolerance_px(shape) for shape in [(1, 1), (30, 40), (1024, 1024)]] == [1, 1, 12]


def test_band_of_a_square_is_its_ring():
    ring = square(5, 5, 10)
    ring[7:13, 7:13] = False
    assert np.array_equal(inner_band(square(5, 5, 10), 2), ring)


def test_the_frame_is_outside_for_bands_but_no_outline():
    full = np.ones((6, 6), bool)
    ring = full.copy()
    ring[1:-1, 1:-1] = False
    assert np.array_equal(inner_band(full, 1), ring)
    assert not outline(full).any()


def test_boundary_iou_of_shifted_squares():
    # d = 1: rings of 36 pixels, shifted by one column. Common: 2 x 9 of top and bottom, and where
    # the left and right sides would meet there is nothing.
    mask, truth = square(5, 5, 10), square(5, 6, 10)
    assert boundary_iou(mask, truth) == 18 / (36 + 36 - 18)


def test_one_pixel_against_one_pixel():
    found = distances(square(3, 3, 1), square(6, 7, 1))
    assert found.mean_px() == found.p95_px() == 5.0
    assert [found.f_score(tolerance) for tolerance in (4.9, 5.0)] == [0.0, 1.0]


def test_one_pixel_against_two():
    mask, truth = square(0, 0, 1), square(0, 0, 1)
    truth[0, 4] = True
    found = distances(mask, truth)
    assert found.to_truth_px.tolist() == [0.0]
    assert found.to_mask_px.tolist() == [0.0, 4.0]
    assert found.mean_px() == pytest.approx(4 / 3)
    assert found.p95_px() == pytest.approx(0.95 * 4)
    assert found.f_score(1) == pytest.approx(2 * 1 * 0.5 / 1.5)


EMPTY = np.zeros((40, 40), bool)


@pytest.mark.parametrize(
    ("mask", "truth", "f_score"), [(EMPTY, EMPTY, None), (square(5, 5, 5), EMPTY, 0.0)]
)
def test_empty_masks(mask, truth, f_score):
    for one, other in ((mask, truth), (truth, mask)):
        assert boundary_iou(one, other) == f_score
        assert outline_metrics(Outline.of(one), Outline.of(other), 1) == {
            "boundary_f": f_score,
            "boundary_distance_mean_px": None,
            "boundary_distance_p95_px": None,
        }


regions = arrays(bool, (9, 11))


@given(regions, regions)
def test_boundary_iou_as_in_the_paper(mask, truth):
    expected = []
    for region in (mask, truth):
        padded = np.pad(region, 1)
        eroded = ndimage.binary_erosion(padded, np.ones((3, 3)), iterations=1)
        expected.append((padded & ~eroded)[1:-1, 1:-1])
    either = np.sum(expected[0] | expected[1])
    wanted = np.sum(expected[0] & expected[1]) / either if either else None
    assert boundary_iou(mask, truth) == wanted


@given(regions, regions, st.sampled_from([None, 0, 2, 20]))
def test_distances_as_all_pairs(mask, truth, within_px):
    edges = [np.argwhere(outline(region)) for region in (mask, truth)]
    found = distances(mask, truth, within_px=within_px)
    if not all(len(edge) for edge in edges):
        assert found is None
        return
    pairs = cdist(*edges)
    assert found.to_truth_px == pytest.approx(pairs.min(axis=1), abs=1e-5)
    assert found.to_mask_px == pytest.approx(pairs.min(axis=0), abs=1e-5)


@given(regions, regions)
def test_symmetry_mirror_and_transpose(mask, truth):
    def scores(one, other):
        found = outline_metrics(Outline.of(one), Outline.of(other), 2)
        found["boundary_iou"] = boundary_iou(np.ascontiguousarray(one), np.ascontiguousarray(other))
        return [found[name] for name in sorted(found)]

    expected = scores(mask, truth)
    for one, other in ((truth, mask), (mask[:, ::-1], truth[:, ::-1]), (mask.T, truth.T)):
        copies = (np.ascontiguousarray(side) for side in (one, other))
        assert scores(*copies) == pytest.approx(expected, abs=1e-5)


@settings(max_examples=20)
@given(st.integers(0, 6))
def test_worse_with_every_pixel_of_shift(shift):
    truth = square(5, 5, 15)
    near, far = (distances(square(5, 5 + by, 15), truth) for by in (shift, shift + 1))
    assert near.mean_px() < far.mean_px()
    assert near.p95_px() < far.p95_px()
    assert near.f_score(1) >= far.f_score(1)


def test_another_shape_is_named():
    with pytest.raises(UsageError, match="mask must be 40 rows by 40 columns"):
        boundary_iou(np.zeros((40, 41), bool), EMPTY)
