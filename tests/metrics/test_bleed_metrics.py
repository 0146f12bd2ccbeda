"""Bleed on pixels that can be counted, and against scikit-image."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

from hairopt.images.compression_noise import compression_noise
from hairopt.metrics.bleed import BleedSums
from hairopt.metrics.case import TruthCase, score_picture
from hairopt.stages.recolor.hsv import oracle_recolor
from hairopt.types import Shade

SHADE = Shade.parse("violet")


def test_two_changed_pixels_of_ten_outside():
    one, other = BleedSums(3.0, 1, 8, 30), BleedSums(0.0, 0, 2, 10)
    assert (one + other).metrics() == {"bleed_area": 1 / 40, "bleed_de00": pytest.approx(3 / 10)}


def test_nothing_changed_and_nothing_outside():
    grey, all_of_it = np.full((4, 10, 3), 130, np.uint8), np.ones((4, 10), bool)
    unchanged = BleedSums.of(grey, grey, all_of_it)
    assert unchanged.metrics() == {"bleed_area": 0.0, "bleed_de00": 0.0}
    nowhere = BleedSums.of(grey, grey, ~all_of_it)
    assert nowhere.metrics() == {"bleed_area": None, "bleed_de00": None}


def painted(*places):
    """A grey 20 x 20 picture with hair in its 4 x 4 corner, and violet pixels."""
    image = np.full((20, 20, 3), 130, np.uint8)
    truth = np.zeros((20, 20), np.float32)
    truth[:4, :4] = 1
    output = image.copy()
    for place in places:
        output[place] = SHADE.rgb
    found = score_picture(TruthCase.prepare(image, truth), output, image, SHADE, 100.0)
    return found["bleed_area"], found["bleed_de00"]


def test_only_what_lies_beyond_the_dilated_truth_counts():
    # The margin of a 20 x 20 picture is 1 px: 5 x 5 pixels are not asked.
    grey, violet = rgb2lab(np.array([[[130] * 3, SHADE.rgb]], np.uint8))[0]
    change = float(deltaE_ciede2000(grey, violet))
    assert painted((4, 4), (0, 0), (4, 0)) == (0.0, 0.0)
    assert painted((5, 5)) == pytest.approx((1 / 400, change / 375), rel=1e-4)
    assert painted((5, 5), (0, 19), (19, 7)) == pytest.approx((3 / 400, 3 * change / 375), rel=1e-4)


def test_a_change_nobody_sees_has_no_area():
    image = np.full((20, 20, 3), 130, np.uint8)
    truth = np.zeros((20, 20), np.float32)
    output = image + np.uint8(1)
    found = score_picture(TruthCase.prepare(image, truth), output, image, SHADE, 100.0)
    assert found["bleed_area"] == 0.0
    assert 0 < found["bleed_de00"] < 1.8


@pytest.mark.parametrize("count", [1, 1023, 1024, 1025, 5000])
def test_changes_anywhere_as_scikit_image(count):
    generator = np.random.default_rng(count)
    image = generator.integers(0, 256, (80, 70, 3)).astype(np.uint8)
    output = image.copy().reshape(-1, 3)
    places = generator.choice(len(output), count, replace=False)
    output[places] = generator.integers(0, 256, (count, 3))
    output = output.reshape(image.shape)
    case = TruthCase.prepare(image, np.zeros((80, 70), np.float32))
    found = score_picture(case, output, image, SHADE, 50.0)
    each = deltaE_ciede2000(rgb2lab(image), rgb2lab(output))
    assert found["bleed_de00"] == pytest.approx(each.mean(), abs=1e-4)
    assert found["bleed_area"] == pytest.approx((each > 1.8).mean(), abs=1e-3)


def bleed_of(image, truth, output):
    return score_picture(TruthCase.prepare(image, truth), output, image, SHADE, 100.0)


def as_jpeg(truth, quality):
    file = io.BytesIO()
    Image.fromarray(np.rint(truth * 255).astype(np.uint8)).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file), dtype=np.float32) / np.float32(255)


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("quality", [50, 70, 80, 95])
def test_a_mask_that_was_once_a_jpeg_hides_no_bleed(starter, quality, binary):
    loaded = starter.case("astronaut").read()
    image, truth = loaded.image, loaded.truth
    if binary:
        truth = (truth >= 0.5).astype(np.float32)
    too_wide = cv2.GaussianBlur(truth, (0, 0), 20.0)
    output = np.rint(image * (1 - too_wide[..., None]) + np.array(SHADE.rgb) * too_wide[..., None])
    output = output.astype(np.uint8)
    clean = bleed_of(image, truth, output)
    noisy = bleed_of(image, as_jpeg(truth, quality), output)
    assert clean["bleed_de00"] > 0.05
    near = 0.03 if binary else 0.09
    assert noisy["bleed_de00"] == pytest.approx(clean["bleed_de00"], rel=near)
    assert noisy["bleed_area"] == pytest.approx(clean["bleed_area"], rel=near)


def test_a_recolour_that_follows_the_faintest_coverage_does_not_bleed(starter):
    loaded = starter.case("astronaut").read()
    ideal = np.rint(oracle_recolor(loaded.image, loaded.truth, SHADE, 100.0))
    found = bleed_of(loaded.image, loaded.truth, np.clip(ideal, 0, 255).astype(np.uint8))
    assert found["bleed_de00"] == found["bleed_area"] == 0.0


def outside_px(case):
    return sum(np.count_nonzero(part.beyond) for part in case.outside)


def test_a_soft_edge_counts_down_to_its_faintest_step():
    truth = np.zeros((20, 20), np.float32)
    truth[10, 10] = np.float32(1 / 255)
    case = TruthCase.prepare(np.full((20, 20, 3), 130, np.uint8), truth)
    assert outside_px(case) == 400 - 9


def test_pixels_of_noise_are_not_asked_for_their_true_colour(starter):
    loaded = starter.case("astronaut").read()
    noisy = as_jpeg(loaded.truth >= 0.5, 75)
    (found,) = TruthCase.prepare(loaded.image, noisy, {"a": loaded.image}).touched
    np.testing.assert_array_equal(found.inside, noisy > compression_noise(noisy))
    assert np.count_nonzero(found.inside) < 1.05 * np.count_nonzero(loaded.truth >= 0.5)


@pytest.mark.parametrize("quality", [50, 70, 95])
def test_a_bald_head_whose_mask_was_a_jpeg_can_bleed(quality):
    truth = as_jpeg(np.zeros((20, 20), np.float32), quality)
    assert outside_px(TruthCase.prepare(np.full((20, 20, 3), 130, np.uint8), truth)) == 400
