"""Recolour: by hand, against colorsys, and what must hold for every picture."""

import colorsys
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hairopt.stages.recolor.hsv import oracle_recolor, recolor_hsv
from hairopt.types import NAMED_SHADES, Shade

PICTURES = arrays(np.uint8, st.tuples(st.integers(1, 5), st.integers(1, 5), st.just(3)))
INTENSITIES = st.floats(0, 100)
SHADES = st.sampled_from([Shade.parse(name) for name in NAMED_SHADES])
RED = Shade.parse("#800000")  # hue 0, saturation 1, value one half: at full value 255, 0, 0


def test_two_by_two_by_hand():
    """Red at 50: q = p / 2 + (V / 2, 0, 0), then scaled so that the largest channel is V again.

    (100, 100, 100): q = (100, 50, 50), max 100 -> unchanged: (100, 50, 50)
    (0, 200, 0):     q = (100, 100, 0), max 100 -> doubled:   (200, 200, 0)
    (0, 0, 0):       black stays black
    (255, 255, 255): q = (255, 127.5, 127.5)    -> (255, 128, 128), half to even
    """
    picture = np.array([[[100] * 3, [0, 200, 0]], [[0] * 3, [255] * 3]], np.uint8)
    expected = [[[100, 50, 50], [200, 200, 0]], [[0, 0, 0], [255, 128, 128]]]
    assert recolor_hsv(picture, RED, 50).tolist() == expected


def test_at_100_hue_and_saturation_are_the_shades_and_value_the_pixels():
    violet = Shade.parse("violet")
    hue, saturation, _ = colorsys.rgb_to_hsv(*(channel / 255 for channel in violet.rgb))
    picture = np.array([[[90, 60, 30], [250, 240, 200], [10, 200, 100]]], np.uint8)
    for before, after in zip(picture[0], recolor_hsv(picture, violet, 100)[0], strict=True):
        exact = np.array(colorsys.hsv_to_rgb(hue, saturation, before.max() / 255)) * 255
        assert np.abs(after - exact).max() <= 0.51


def test_saturation_is_blended_linearly_where_the_hue_agrees():
    picture = np.array([[[200, 160, 160]]], np.uint8)  # hue 0, saturation 0.2
    out = recolor_hsv(picture, RED, 25)[0, 0]
    assert out.tolist() == [200, 120, 120]  # 0.75 x 0.2 + 0.25 x 1 = 0.4


@given(PICTURES, SHADES)
def test_intensity_0_is_the_identity_to_the_bit(picture: np.ndarray, shade: Shade):
    out = recolor_hsv(picture, shade, 0)
    np.testing.assert_array_equal(out, picture)
    assert not np.shares_memory(out, picture)


@given(PICTURES, SHADES, INTENSITIES)
@settings(max_examples=300)
def test_value_is_kept_and_the_oracle_agrees(picture: np.ndarray, shade: Shade, intensity: float):
    out = recolor_hsv(picture, shade, intensity)
    np.testing.assert_array_equal(out.max(axis=2), picture.max(axis=2))
    exact = oracle_recolor(picture, np.ones(picture.shape[:2], np.float32), shade, intensity)
    assert np.abs(out - exact).max() <= 0.501


@given(st.tuples(*[st.integers(0, 255)] * 3), SHADES)
def test_hue_moves_steadily_to_the_shades(pixel: tuple[int, int, int], shade: Shade):
    picture = np.array([[pixel]], np.uint8)
    one = np.ones((1, 1), np.float32)
    target = colorsys.rgb_to_hsv(*shade.rgb)[0]
    distances = []
    for intensity in range(0, 101, 10):
        rgb = oracle_recolor(picture, one, shade, intensity)[0, 0]
        if np.ptp(rgb) > 1e-9:
            distance = abs(colorsys.rgb_to_hsv(*rgb)[0] - target)
            distances.append(min(distance, 1 - distance))
    assert all(later <= before + 1e-9 for before, later in pairwise(distances))


@given(PICTURES, SHADES, INTENSITIES)
def test_mirrored_in_mirrored_out(picture: np.ndarray, shade: Shade, intensity: float):
    mirrored = np.ascontiguousarray(picture[:, ::-1])
    expected = recolor_hsv(picture, shade, intensity)[:, ::-1]
    np.testing.assert_array_equal(recolor_hsv(mirrored, shade, intensity), expected)


def test_the_work_in_chunks_does_not_show():
    picture = np.random.default_rng(0).integers(0, 256, (700, 97, 3), dtype=np.uint8)
    violet = Shade.parse("violet")
    whole = recolor_hsv(picture, violet, 70)
    rows = [recolor_hsv(picture[row : row + 1], violet, 70) for row in range(700)]
    np.testing.assert_array_equal(whole, np.concatenate(rows))
    box = recolor_hsv(picture[10:50, 20:60], violet, 70)
    np.testing.assert_array_equal(box, whole[10:50, 20:60])


def test_it_is_nearer_to_the_formula_than_8_bit_hsv():
    picture = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    exact = oracle_recolor(picture, np.ones((64, 64), np.float32), RED, 100)
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
    hsv[..., 0], hsv[..., 1] = 0, 255
    eight_bit = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    ours = np.abs(recolor_hsv(picture, RED, 100) - exact).max()
    assert ours <= np.abs(eight_bit - exact).max()


@pytest.mark.parametrize(("hair", "shade"), [((20, 18, 17), "blond"), ((240, 238, 235), "black")])
def test_black_stays_dark_and_white_stays_light(hair: tuple[int, int, int], shade: str):
    """The limit of the method, which its docstring admits."""
    out = recolor_hsv(np.array([[hair]], np.uint8), Shade.parse(shade), 100)
    assert out.max() == max(hair)


def test_the_oracle_blends_with_the_truth():
    picture = np.array([[[100] * 3] * 3], np.uint8)
    truth = np.array([[0, 0.5, 1]], np.float32)
    out = oracle_recolor(picture, truth, RED, 50)
    np.testing.assert_allclose(out[0], [[100] * 3, [100, 75, 75], [100, 50, 50]], atol=1e-12)
