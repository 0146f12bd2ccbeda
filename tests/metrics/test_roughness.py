"""Jagged edges: what is rougher than the truth, and what is not."""

import cv2
import numpy as np
import pytest

from hairopt.metrics.case import TruthCase, score_mask
from tests.metrics.heads import NOTHING, hair, photo


def roughness(alpha, truth):
    return score_mask(TruthCase.prepare(photo(), truth), alpha, alpha)["edge_roughness"]


def combed(alpha, shift_px, rows=1):
    """Every second band of rows moved."""
    moved = np.arange(len(alpha)) // rows % 2 == 0
    return np.where(moved[:, None], np.roll(alpha, shift_px, axis=1), alpha)


@pytest.mark.parametrize(
    "truth", [hair(), (hair() >= 0.5).astype(np.float32)], ids=["soft", "hard"]
)
def test_a_comb_is_rough_and_a_moved_or_soft_edge_is_not(truth):
    assert roughness(truth, truth) == 0
    for alpha in (hair(shift=6), hair(blur=4), cv2.dilate(truth, np.ones((9, 9)))):
        assert roughness(alpha, truth) < 0.02
    found = [roughness(combed(truth, shift), truth) for shift in (1, 2, 4, 6)]
    assert found == sorted(found)
    assert found[-1] > 1
    assert roughness(combed(truth, 6, rows=2), truth) > 0.5


def test_two_rows_worked_by_hand():
    # A step of 1 between two columns, moved by one column in every second row. Total variation: 160
    # steps across, and 1 along in each of the 159 pairs of rows.
    truth = np.zeros((160, 160), np.float32)
    truth[:, 80:] = 1
    alpha = combed(truth, 1)
    alpha[:, 0] = 0  # what np.roll brought round
    smooth = [
        cv2.GaussianBlur(plane, (0, 0), 1.5, borderType=cv2.BORDER_REPLICATE)
        for plane in (alpha, truth)
    ]
    variations = [
        np.abs(np.diff(plane.astype(float), axis=0)).sum()
        + np.abs(np.diff(plane.astype(float), axis=1)).sum()
        for plane in smooth
    ]
    assert variations[1] == pytest.approx(160, rel=1e-4)
    expected = (319 / variations[0]) / (160 / variations[1]) - 1
    assert roughness(alpha, truth) == pytest.approx(expected, rel=1e-3)


def test_without_an_edge():
    assert roughness(hair(), NOTHING) is None
    assert roughness(NOTHING, hair()) == 0
    assert roughness(np.full_like(NOTHING, 0.7), hair()) == 0
