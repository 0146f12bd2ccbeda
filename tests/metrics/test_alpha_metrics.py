"""Alpha as a soft set: the binary definitions where it is binary, and what feathering costs."""

import cv2
import numpy as np
import pytest

from hairopt.metrics.alpha import soft_band
from hairopt.metrics.boundary import inner_band
from hairopt.metrics.case import TruthCase, score_mask
from tests.metrics.heads import NOTHING, hair, photo

NAMES = ("alpha_iou", "alpha_boundary_iou")


def scores_of(alpha, truth):
    found = score_mask(TruthCase.prepare(photo(), truth), truth, alpha)
    return [found[name] for name in NAMES]


def test_halves_worked_by_hand():
    truth = np.zeros((160, 160), np.float32)
    truth[:, :80] = 1
    # Half as strong: min is 0.5 and max is 1 everywhere in the hair, and so it is in the bands.
    assert scores_of(truth / 2, truth) == [0.5, 0.5]
    # A quarter moved out of it: 60 columns in common, 100 in either.
    moved = np.roll(truth, 20, axis=1)
    assert scores_of(moved, truth)[0] == pytest.approx(0.6)


def test_of_binary_planes_they_are_iou_and_boundary_iou():
    truth = (hair() >= 0.5).astype(np.float32)
    for shift in (0, 2, 9, 90):
        mask = (hair(shift) >= 0.5).astype(np.float32)
        found = score_mask(TruthCase.prepare(photo(), truth), mask, mask)
        assert found["alpha_iou"] == pytest.approx(found["iou"], abs=1e-6)
        assert found["alpha_boundary_iou"] == pytest.approx(found["boundary_iou"], abs=1e-6)


@pytest.mark.parametrize("width_px", [1, 3])
def test_the_soft_band_of_a_set_is_its_inner_band(width_px):
    region = hair() >= 0.5
    band = soft_band(region.astype(np.float32), width_px)
    np.testing.assert_array_equal(band, inner_band(region, width_px))


def changed(kind, size):
    """The truth's ellipse with an edge that is softer, or in the wrong place."""
    truth = hair(blur=0)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * size + 1, 2 * size + 1))
    return {
        "feathered": lambda: cv2.GaussianBlur(truth, (0, 0), size),
        "grown": lambda: cv2.dilate(truth, kernel),
        "shrunk": lambda: cv2.erode(truth, kernel),
        "moved": lambda: np.roll(truth, size, axis=1),
        "fainter": lambda: truth * (1 - size / 20),
    }[kind]()


@pytest.mark.parametrize("kind", ["feathered", "grown", "shrunk", "moved", "fainter"])
def test_every_ruin_of_the_edge_costs_more_the_larger_it_is(kind):
    truth = hair(blur=0)
    found = np.array([scores_of(changed(kind, size), truth) for size in (1, 2, 4, 8)])
    assert (np.diff(found, axis=0) < 0).all()
    # The band is about an eighth of the hair: it shows an edge long before the whole does.
    if kind != "fainter":
        assert (1 - found[:, 1] > 2.5 * (1 - found[:, 0])).all()


def test_wide_feathering_is_ruin_and_a_narrow_one_is_not():
    truth = hair(blur=0.8)
    assert scores_of(hair(blur=1.2), truth)[1] > 0.85
    assert scores_of(hair(blur=12), truth)[1] < 0.5


def test_faint_coverage_without_hair_is_nothing_found():
    faint = np.full_like(NOTHING, 0.4)
    assert scores_of(faint, NOTHING) == [None, None]
    assert scores_of(hair(), NOTHING) == [0.0, 0.0]
    assert scores_of(NOTHING, hair()) == [0.0, 0.0]
