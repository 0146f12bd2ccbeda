"""The intent: a true picture where there is one, else the shade under the photo's light."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import rgb2lab, xyz2lab

from hairopt.metrics.case import Intents, TruthCase, score_picture
from hairopt.metrics.color_loops import XYZ_OF_RGB
from hairopt.metrics.intent import Light, shaded
from hairopt.metrics.lab import lab_from_linear, linear_from_srgb
from hairopt.types import Shade
from tests.metrics.heads import SHADE, SIDE, hair, painted, photo

BLOND = Shade.parse("blond")


def one_core(case):
    (core,) = case.core
    return core


def exact_light(image, beside):
    """Shades-of-Grey, order 6, written as it is defined."""
    return np.mean(linear_from_srgb(image[beside]) ** 6, axis=0) ** (1 / 6)


def exact_mean(light, shade):
    """The documented formula in float64, to CIELAB by scikit-image."""
    level = XYZ_OF_RGB[1] @ light
    reflected = np.maximum(linear_from_srgb(np.array(shade.rgb)), 0.002) ** 0.5
    linear = 0.4 * np.array([1.3, 1, 0.65]) * reflected * level**0.9 * (light / level) ** 0.3
    return xyz2lab((XYZ_OF_RGB @ linear)[None], illuminant="D65")[0]


def exact_shading(lab, mean, lightness):
    """(3, N): the ratio to the mean, compressed, times the new mean."""
    f = (lab[0] + 16) / (lightness + 16)
    k = (mean[0] + 16) / (lightness + 16)
    ratio = np.maximum(1 + k**-0.2 * (f - 1), 0)
    lightness = np.clip((mean[0] + 16) * ratio - 16, 0, 100)
    return np.stack([lightness, mean[1] * ratio, mean[2] * ratio])


def test_light_and_shade_as_documented():
    image, truth = photo(), hair()
    case = TruthCase.prepare(image, truth)
    (outside,) = case.outside
    light = Light.of(case)
    np.testing.assert_allclose(light.rgb, exact_light(image, outside.inside), rtol=1e-5)
    for name in ("blond", "black", "#ffffff", "#000000"):
        shade = Shade.parse(name)
        np.testing.assert_allclose(light.on(shade), exact_mean(light.rgb, shade), atol=0.01)


def test_linear_colors_to_lab():
    linear = np.random.default_rng(0).random((200, 3)) ** 3
    expected = xyz2lab(linear @ XYZ_OF_RGB.T, illuminant="D65").T
    np.testing.assert_allclose(lab_from_linear(linear), expected, atol=0.02)
    white = lab_from_linear(np.ones((1, 3)))
    np.testing.assert_allclose(white[:, 0], [100, 0, 0], atol=0.01)


def test_a_true_picture_is_the_intent_and_below_100_a_share_of_the_way():
    image, truth = photo(), hair()
    true = painted(image, truth)
    case = TruthCase.prepare(image, truth, {SHADE.hex: true})
    core, intents = one_core(case), Intents(case)
    before, after = core.lab, core.lab_of(true)
    for intensity in (0.0, 1.0, 30.0, 100.0):
        intent = intents.of(SHADE, intensity)
        assert intent.is_true
        expected = before + intensity / 100 * (after.astype(float) - before)
        np.testing.assert_allclose(intent.lab_on(core), expected, atol=1e-4)
    assert np.abs(np.asarray(intents.of(SHADE, 100.0).picture) - true).max() < 0.2
    assert not intents.of(BLOND, 100.0).is_true


def test_without_one_it_is_the_shade_under_the_light():
    image, truth = photo(), hair()
    case = TruthCase.prepare(image, truth, {SHADE.hex: painted(image, truth)})
    core, intents = one_core(case), Intents(case)
    mean = exact_mean(intents.light.rgb, BLOND)
    photo_lab = rgb2lab(core.photo[core.inside]).T
    dyed = exact_shading(photo_lab, mean, photo_lab[0].mean())
    for intensity in (0.0, 40.0, 100.0):
        expected = photo_lab + intensity / 100 * (dyed - photo_lab)
        np.testing.assert_allclose(intents.of(BLOND, intensity).lab_on(core), expected, atol=0.02)


def test_its_picture_is_the_photo_beside_the_hair():
    image, truth = photo(), hair()
    case = TruthCase.prepare(image, truth)
    intent = Intents(case).of(BLOND, 70.0)
    picture = np.asarray(intent.picture)
    assert picture.shape == image.shape
    assert np.abs(picture[truth == 0] - image[truth == 0]).max() < 0.2
    core = one_core(case)
    apart = np.abs(rgb2lab(picture[core.box.slices][core.inside] / 255).T - intent.lab_on(core))
    assert np.median(apart) < 0.02  # a few colours lie outside sRGB


@given(
    st.tuples(st.floats(0, 100), st.floats(-60, 60), st.floats(-60, 60)),
    st.floats(0, 100),
    st.integers(0, 2**32 - 1),
)
def test_any_hair_in_any_colour_stays_a_colour(mean, lightness, seed):
    lab = np.random.default_rng(seed).uniform((0, -60, -60), (100, 60, 60), (50, 3)).T
    mean = np.array(mean)
    found = shaded(lab.astype(np.float32), mean, lightness)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, exact_shading(lab, mean, lightness), atol=2e-3, rtol=1e-4)


def test_dark_hair_that_gets_light_keeps_less_of_its_contrast():
    lab = np.array([[10, 20, 30], [0] * 3, [0] * 3], np.float32)
    lighter, darker = (shaded(lab, np.array([level, 0, 0]), 20.0)[0] for level in (70.0, 10.0))
    assert lighter.mean() == pytest.approx(70, abs=0.01)
    assert darker.mean() == pytest.approx(10, abs=0.01)
    # A ratio of 86 to 36 would spread 20 over 48; the shading of a darker head is not lost.
    assert 35 < np.ptp(lighter) < 47
    assert 15 < np.ptp(darker) < 20


def test_an_equal_shade_changes_little_and_is_defined():
    image = np.full((SIDE, SIDE, 3), (90, 60, 40), np.uint8)
    case = TruthCase.prepare(image, hair())
    scores = score_picture(case, image, Intents(case).of(SHADE, 0.0), SHADE, 0.0)
    assert scores["lock_de00"] == pytest.approx(0, abs=1e-5)
    assert scores["dye_strength"] is None  # nothing was asked for
    asked = Intents(case).of(SHADE, 1.0)
    scores = score_picture(case, image, asked, SHADE, 1.0)
    assert 0 < scores["lock_de00"] < 1
    assert scores["dye_strength"] is None


@pytest.mark.parametrize("shade", ["#000000", "#ffffff", "violet"])
@pytest.mark.parametrize(
    ("level", "cover"),
    [(0, hair()), (255, hair()), (128, hair()), (128, np.ones((SIDE, SIDE), np.float32)),
     (0, np.ones((SIDE, SIDE), np.float32))],
    ids=["black", "white", "grey", "all hair", "black and all hair"],
)  # fmt: skip
def test_grey_scale_photos_and_masks_of_everything_have_colours(shade, level, cover):
    image = np.full((SIDE, SIDE, 3), level, np.uint8)
    case, shade = TruthCase.prepare(image, cover), Shade.parse(shade)
    intent = Intents(case).of(shade, 100.0)
    scores = score_picture(case, image, intent, shade, 100.0)
    for name in ("lock_de00", "color_de00", "color_de76"):
        assert 0 <= scores[name] < 200
    assert scores["dye_strength"] in (None, pytest.approx(0, abs=1e-3))
    assert np.isfinite(np.asarray(intent.picture)).all()


def test_without_hair_there_is_no_colour():
    image = photo()
    case = TruthCase.prepare(image, np.zeros((SIDE, SIDE), np.float32))
    scores = score_picture(case, image, Intents(case).of(SHADE, 100.0), SHADE, 100.0)
    colours = ("lock_de00", "color_de00", "dye_strength", "formula_de00", "color_de00_dark")
    assert {scores[name] for name in colours} == {None}


def test_pieces_give_what_the_whole_gives():
    image, truth = photo(side=320), hair(side=320)
    found = []
    for options in ({}, {"most_bytes": 500_000}):
        case = TruthCase.prepare(image, truth, **options)
        intent = Intents(case).of(BLOND, 60.0)
        scores = score_picture(case, image, intent, BLOND, 60.0)
        found.append([scores["lock_de00"], scores["dye_strength"], scores["color_dl"]])
    assert found[1] == pytest.approx(found[0], rel=1e-5, abs=1e-6)


def test_strength_worked_by_hand():
    image, truth = np.full((SIDE, SIDE, 3), 60, np.uint8), hair(blur=0)
    wanted = image.copy()
    wanted[truth > 0] = 140
    case = TruthCase.prepare(image, truth)

    def strength(level):
        output = image.copy()
        output[truth > 0] = level
        return score_picture(case, output, wanted, SHADE, 100.0)["dye_strength"]

    light = {
        level: rgb2lab(np.full((1, 1, 3), level, np.uint8))[0, 0, 0] for level in (20, 60, 100, 140)
    }
    assert strength(140) == pytest.approx(1)
    assert strength(60) == 0
    assert strength(200) == 1  # more than was asked for
    part = (light[100] - light[60]) / (light[140] - light[60])
    assert strength(100) == pytest.approx(part, abs=1e-3)
    assert strength(20) == pytest.approx(
        (light[20] - light[60]) / (light[140] - light[60]), abs=1e-3
    )
