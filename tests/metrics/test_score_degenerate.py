"""Cases with no hair, nothing but hair, nothing found, or hardly a pixel."""

import math

import numpy as np
import pytest

from hairopt.metrics.case import TruthCase, score_mask, score_picture
from tests.metrics.heads import NOTHING, SHADE, SIDE, all_scores, dye, hair, painted, photo

OVERLAP = ("iou", "dice", "precision", "recall", "boundary_iou", "boundary_f")
DISTANCES = ("boundary_distance_mean_px", "boundary_distance_p95_px")


def test_bald_and_nothing_found():
    scores = score_mask(TruthCase.prepare(photo(), NOTHING), NOTHING, NOTHING)
    assert {scores[name] for name in (*OVERLAP, *DISTANCES)} == {None}
    assert scores["false_positive_area"] == 0.0
    assert scores["edge_sharpness_ratio"] is None
    assert scores["edge_width_px"] is None
    assert scores["edge_gradient_agreement"] is None
    assert {scores[name] for name in scores if name.startswith("matte")} == {0.0}


def test_bald_but_hair_found():
    scores = score_mask(TruthCase.prepare(photo(), NOTHING), hair(), hair())
    assert {scores[name] for name in OVERLAP} == {0.0}
    assert {scores[name] for name in DISTANCES} == {None}
    assert scores["false_positive_area"] == pytest.approx(np.mean(hair() >= 0.5))


def test_hair_but_nothing_found():
    scores = score_mask(TruthCase.prepare(photo(), hair()), NOTHING, NOTHING)
    assert {scores[name] for name in OVERLAP} == {0.0}
    assert {scores[name] for name in DISTANCES} == {None}
    assert scores["edge_sharpness_ratio"] == 0.0


def test_a_bald_picture_has_no_hair_color_but_can_bleed():
    image = photo()
    case = TruthCase.prepare(image, NOTHING)
    scores = score_picture(case, painted(image, hair()), image, SHADE, 100.0)
    assert case.lightness is case.hair_band is None
    beside = ("bleed", "outside")
    assert {scores[name] for name in scores if not name.startswith(beside)} == {None}
    assert scores["bleed_area"] > 0.1
    assert scores["outside_de00"] > 1


def test_hair_everywhere_leaves_nothing_to_bleed_into():
    image, full = photo(), np.ones((SIDE, SIDE), np.float32)
    scores = all_scores(image, full, full, painted(image, full), dye(image, full))
    assert scores["bleed_area"] is scores["bleed_de00"] is None
    assert scores["outside_structure"] is scores["outside_de00"] is None
    assert (scores["iou"], scores["boundary_iou"]) == (1.0, 1.0)
    assert scores["boundary_f"] is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 3), (11, 4)])
@pytest.mark.parametrize("fill", [0.0, 1.0])
def test_tiny_pictures(shape, fill):
    image = np.full((*shape, 3), 90, np.uint8)
    truth, mask = np.full(shape, fill, np.float32), np.ones(shape, np.float32)
    scores = all_scores(image, truth, mask, image, image)
    assert all(value is None or math.isfinite(value) for value in scores.values())
