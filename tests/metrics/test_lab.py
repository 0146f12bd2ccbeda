"""CIELAB from sRGB against scikit-image, and on colours known by heart."""

import numpy as np
import pytest
from skimage.color import rgb2lab

from hairopt.metrics.lab import lab_from_srgb, linear_from_srgb


def test_black_white_and_the_primaries():
    colors = np.array([[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8)
    known = [(0, 0, 0), (100, 0, 0), (53.24, 80.09, 67.20), (87.73, -86.18, 83.18)]
    known.append((32.30, 79.19, -107.86))
    assert np.abs(lab_from_srgb(colors).T - known).max() < 0.01


def test_greys_have_no_color():
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    assert np.abs(lab_from_srgb(greys)[1:]).max() < 0.01


def test_bytes_as_scikit_image():
    colors = np.random.default_rng(0).integers(0, 256, (50_000, 3)).astype(np.uint8)
    colors[:20_000] //= 12  # dark ones, where the line of f meets the root
    assert np.abs(lab_from_srgb(colors) - rgb2lab(colors[None])[0].T).max() <= 1e-4


def test_values_between_bytes_as_scikit_image():
    colors = np.random.default_rng(1).random((50_000, 3)) * 255
    colors[:20_000] /= 12
    assert np.abs(lab_from_srgb(colors) - rgb2lab(colors[None] / 255)[0].T).max() <= 4e-4


def test_whole_values_as_bytes():
    colors = np.random.default_rng(2).integers(0, 256, (5000, 3))
    found = lab_from_srgb(colors.astype(np.float64))
    assert np.abs(found - lab_from_srgb(colors.astype(np.uint8))).max() <= 1e-5


@pytest.mark.parametrize("count", [0, 1, 1023, 1024, 1025, 2049])
def test_any_number_of_pixels(count):
    colors = np.random.default_rng(count).integers(0, 256, (count, 3)).astype(np.uint8)
    assert lab_from_srgb(colors).shape == (3, count)
    if count:
        assert np.abs(lab_from_srgb(colors)[:, -1] - rgb2lab(colors[None])[0, -1]).max() <= 1e-4


def test_transfer_curve_at_its_corner():
    assert linear_from_srgb(np.array([0.0, 255.0])).tolist() == [0.0, 1.0]
    low, high = linear_from_srgb(np.array([10.3147, 10.3149]))
    assert high - low == pytest.approx(0.0002 / 255 / 12.92, rel=0.2)
