"""Overlap metrics on pixel sets small enough for paper, and against numpy's own counting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hairopt.errors import UsageError
from hairopt.metrics.mask import count_pixels, mask_metrics

EMPTY = np.zeros((3, 4), bool)
FULL = np.ones((3, 4), bool)


def scores(mask, truth):
    return mask_metrics(count_pixels(mask, truth))


def test_four_and_six_pixels_that_share_three():
    mask, truth = EMPTY.copy(), EMPTY.copy()
    mask[0, :4] = True
    truth[0, 1:4] = truth[1, 1:4] = True
    assert scores(mask, truth) == {
        "iou": 3 / 7,
        "dice": 6 / 10,
        "precision": 3 / 4,
        "recall": 3 / 6,
        "false_positive_area": 1 / 12,
    }


def test_both_empty_is_undefined_and_wastes_nothing():
    assert scores(EMPTY, EMPTY) == {
        "iou": None,
        "dice": None,
        "precision": None,
        "recall": None,
        "false_positive_area": 0.0,
    }


def test_hair_found_on_a_bald_head_scores_0_and_its_area():
    found = scores(FULL, EMPTY)
    assert found.pop("false_positive_area") == 1.0
    assert set(found.values()) == {0.0}


def test_hair_that_is_missed_scores_0():
    found = scores(EMPTY, FULL)
    assert set(found.values()) == {0.0}


masks = arrays(bool, (5, 6))


@given(masks, masks)
def test_as_the_definitions_read(mask, truth):
    found = scores(mask, truth)
    both, either = np.sum(mask & truth), np.sum(mask | truth)
    if either:
        assert found["iou"] == pytest.approx(both / either)
        assert found["dice"] == pytest.approx(2 * found["iou"] / (1 + found["iou"]))
    assert found["false_positive_area"] == pytest.approx(np.mean(mask & ~truth))
    assert all(value is None or 0 <= value <= 1 for value in found.values())


@given(masks, masks)
def test_symmetry_mirror_and_transpose(mask, truth):
    found, swapped = scores(mask, truth), scores(truth, mask)
    assert (found["iou"], found["dice"]) == (swapped["iou"], swapped["dice"])
    if mask.any() and truth.any():
        assert found["precision"] == swapped["recall"]
    assert found == scores(mask[:, ::-1], truth[:, ::-1]) == scores(mask.T, truth.T)


@given(masks.filter(lambda mask: mask.any()), st.randoms())
def test_every_lost_pixel_costs(truth, random):
    mask = truth.copy()
    last = 1.0
    places = list(np.argwhere(truth))
    random.shuffle(places)
    for place in places:
        mask[tuple(place)] = False
        now = scores(mask, truth)["iou"]
        assert now < last
        last = now


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.zeros((3, 4), np.uint8), "mask must have dtype bool, not uint8"),
        (np.zeros((4, 3), bool), "mask must be 3 rows by 4 columns as the truth is, not 4 by 3"),
        (np.zeros((3, 4, 1), bool), r"mask must have shape \(H, W\), not \(3, 4, 1\)"),
        ([[True]], "mask must be a bool array"),
    ],
)
def test_bad_input_is_named(mask, message):
    with pytest.raises(UsageError, match=message):
        count_pixels(mask, EMPTY)
