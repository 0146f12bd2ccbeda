"""Recolour in CIELAB: the mean of the hair becomes the shade; scikit-image is the oracle."""

import numpy as np
import pytest
from skimage.color import lab2rgb, rgb2lab

from hairopt.errors import ConfigError
from hairopt.stages.recolor.lab import Lab
from hairopt.types import Box, Shade

AUBURN = Shade.parse("auburn")
HAIR = Box(8, 24, 4, 28)


def photo():
    """Brown hair with texture on a bright ground, mild enough to stay within sRGB."""
    rng = np.random.default_rng(0)
    pixels = np.full((32, 32, 3), 220, np.uint8)
    pixels[HAIR.slices] = np.array([90, 70, 60]) + rng.integers(-8, 9, (16, 24, 1))
    return pixels


def mask():
    found = np.zeros((32, 32), np.float32)
    found[HAIR.slices] = 1
    return found


def lab(pixels):
    return rgb2lab(pixels.astype(np.float64) / 255)


def test_at_100_the_mean_of_the_hair_is_the_shade_and_the_rest_of_the_texture_stays():
    layer = Lab().prepare(photo(), mask(), AUBURN, 100)(HAIR)
    before, after = lab(photo()[HAIR.slices]), lab(layer)
    wanted = lab(np.array([[AUBURN.rgb]], np.uint8))[0, 0]
    assert after.mean(axis=(0, 1)) == pytest.approx(wanted, abs=0.3)
    moved = (after - after.mean(axis=(0, 1))) - (before - before.mean(axis=(0, 1)))
    assert np.abs(moved).max() < 1.5  # 8 bits of sRGB


@pytest.mark.parametrize("intensity", [30.0, 100.0])
@pytest.mark.parametrize("contrast", [0.5, 1.0, 1.5])
def test_it_is_the_formula(intensity, contrast):
    t = intensity / 100
    before = lab(photo())
    mean = before[HAIR.slices].mean(axis=(0, 1))
    wanted = mean + t * (lab(np.array([[AUBURN.rgb]], np.uint8))[0, 0] - mean)
    expected = wanted + (before - mean) * [1 + t * (contrast - 1), 1, 1]
    layer = Lab(contrast).prepare(photo(), mask(), AUBURN, intensity)(HAIR)
    exact = np.clip(lab2rgb(expected) * 255, 0, 255)[HAIR.slices]
    assert np.abs(layer - exact).max() < 1.01


def test_intensity_0_and_a_photo_without_hair_stay_as_they_are():
    nothing = np.zeros((32, 32), np.float32)
    for found, intensity in ((mask(), 0.0), (nothing, 100.0)):
        layer = Lab().prepare(photo(), found, AUBURN, intensity)(Box.full(32, 32))
        np.testing.assert_array_equal(layer, photo())


def test_parts_are_those_of_the_whole():
    dye = Lab().prepare(photo(), mask(), AUBURN, 70)
    np.testing.assert_array_equal(dye(HAIR), dye(Box.full(32, 32))[HAIR.slices])


@pytest.mark.parametrize("contrast", [0, -1, float("nan"), float("inf"), "high", True, None])
def test_a_contrast_that_is_no_number_above_0_is_refused(contrast):
    with pytest.raises(ConfigError, match="contrast"):
        Lab(contrast)


@pytest.mark.parametrize("shade", ["#000000", "#ffffff"])
def test_black_and_white_clip_and_do_not_wrap(shade):
    layer = Lab().prepare(photo(), mask(), Shade.parse(shade), 100)(HAIR)
    assert abs(int(layer.mean()) - (0 if shade == "#000000" else 255)) < 8
