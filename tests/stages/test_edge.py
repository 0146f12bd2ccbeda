"""The numbers a condition may look at."""

import numpy as np

from hairopt.stages.edge import edge_contrast, hair_fraction


def test_hair_fraction_by_hand():
    assert hair_fraction(np.array([[0, 0.5], [0.6, 1]], np.float32)) == 0.5


def test_black_hair_before_white_is_100_and_before_black_0():
    mask = np.zeros((64, 64), np.float32)
    mask[:, :32] = 1
    image = np.full((128, 128, 3), 255, np.uint8)
    image[:, :64] = 0
    assert abs(edge_contrast(image, mask) - 100) < 1e-3
    assert edge_contrast(np.zeros_like(image), mask) == 0


def test_half_the_way_to_white_is_its_share():
    mask = np.zeros((64, 64), np.float32)
    mask[:, :32] = 1
    image = np.zeros((128, 128, 3), np.uint8)
    image[:, 64:] = 51
    assert abs(edge_contrast(image, mask) - 20) < 1e-3


def test_without_an_outline_it_is_0():
    image = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    for level in (0, 1):
        assert edge_contrast(image, np.full((16, 16), level, np.float32)) == 0
