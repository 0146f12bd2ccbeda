"""Bleed on pixels that can be counted, and against scikit-image."""

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from hairopt.metrics.bleed import bleed_metrics
from hairopt.metrics.case import TruthCase, score_picture
from hairopt.types import Shade

SHADE = Shade.parse("violet")


def test_two_changed_pixels_of_ten_outside():
    found = bleed_metrics(np.array([2.0, 1.0], np.float32), outside_px=10, picture_px=40)
    assert found == {"bleed_area": 1 / 40, "bleed_de00": pytest.approx(3 / 10)}


def test_nothing_changed_and_nothing_outside():
    nothing = np.empty(0, np.float32)
    assert bleed_metrics(nothing, 10, 40) == {"bleed_area": 0.0, "bleed_de00": 0.0}
    assert bleed_metrics(nothing, 0, 40) == {"bleed_area": None, "bleed_de00": None}


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
