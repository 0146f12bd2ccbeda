"""What is drawn for rendered pairs; rendering itself needs Blender."""

import numpy as np
import pytest
from skimage.color import rgb2lab

from hairopt.types import NAMED_SHADES, Shade
from tools.rendered_heads import pairs
from tools.rendered_heads.scenes import load


@pytest.fixture(scope="module")
def recipe():
    return load()


def lab(code):
    return rgb2lab(np.array([[Shade.parse(code).rgb]], np.uint8))[0, 0]


def test_the_shades_are_those_of_the_package_read_without_importing_it():
    assert pairs.named_shades() == NAMED_SHADES


def test_a_dye_between_two_lies_between_them_in_every_number(recipe):
    black, pink = recipe.dyes["black"], recipe.dyes["pink"]
    quarter = pairs.between(black, pink, 0.25)
    assert quarter.melanin == pytest.approx(0.75 * black.melanin + 0.25 * pink.melanin)
    assert quarter.tint == "#f9d2e6"  # 255 to 232, 74 and 154, a quarter of the way
    assert pairs.between(black, pink, 0) == black
    assert pairs.between(black, pink, 1).melanin == pytest.approx(pink.melanin)


def test_a_code_between_two_lies_on_the_line_of_cielab():
    middle = lab(pairs.code_between("#1c1817", "#d8b27a", 0.5))
    assert middle == pytest.approx((lab("#1c1817") + lab("#d8b27a")) / 2, abs=0.5)


def test_four_dyes_a_scene_two_of_them_with_a_name(recipe):
    seen = set()
    for seed in range(40):
        dyes = pairs.draw_dyes(np.random.default_rng(seed), recipe)
        assert len(dyes) == pairs.DYES
        named = [code for code in dyes if code in NAMED_SHADES.values()]
        assert len(named) == pairs.DYES // 2
        for code in named:
            assert dyes[code] == recipe.dyes[Shade.parse(code).name]
        seen |= set(named)
    assert seen == set(NAMED_SHADES.values())


def test_a_light_moves_and_stays_of_its_kind(recipe):
    rng = np.random.default_rng(3)
    studio = recipe.lightings["studio"]
    drawn = [pairs.random_light(rng, studio) for _ in range(50)]
    ratios = np.array([light.lights[0].power_w / studio.lights[0].power_w for light in drawn])
    assert 0.1 < np.log(ratios).std() < 0.5
    assert {light.lights[0].azimuth_deg < 0 for light in drawn} == {True, False}
    assert all(len(light.lights) == len(studio.lights) for light in drawn)


def test_no_head_is_bald():
    assert "bald" not in pairs.STYLES.styles
