"""Answers against the ideal, the true dyed picture, and the photo as the encoder returns it."""

import cv2
import numpy as np
import pytest

from hairopt.metrics.case import Oracle, TruthCase, score_picture, score_response
from hairopt.types import Shade
from tests.metrics.heads import SHADE, SIDE, dye, hair, painted, photo


def test_a_prepared_oracle_gives_the_same():
    image, truth = photo(), hair()
    case = TruthCase.prepare(image, truth)
    arguments = (painted(image, hair(shift=3)), SHADE, 60.0)
    prepared = Oracle.prepare(case, dye(image, truth))
    plain = score_picture(case, arguments[0], dye(image, truth), *arguments[1:])
    assert score_picture(case, arguments[0], prepared, *arguments[1:]) == plain


@pytest.mark.parametrize("key", ["violet", "#7b2d8b", "7b2d8b"])
def test_exact_redye(key):
    image, truth = photo(), hair()
    true_picture = painted(image, truth)
    case = TruthCase.prepare(image, truth, {key: true_picture})
    exact = score_picture(case, true_picture, image, SHADE, 100.0)
    missed = score_picture(case, image, image, SHADE, 100.0)
    assert exact["redye_de00"] == pytest.approx(0, abs=1e-5)
    assert missed["redye_de00"] > 5
    assert score_picture(case, image, image, SHADE, 50.0)["redye_de00"] is None
    assert score_picture(case, image, image, Shade.parse("pink"), 100.0)["redye_de00"] is None


def test_what_the_encoder_does_to_the_photo_is_no_bleed():
    image, truth = photo(), hair()
    case = TruthCase.prepare(image, truth)

    def jpeg(picture):
        data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
        return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])

    output = jpeg(painted(image, truth))
    arguments = (output, dye(image, truth), SHADE, 100.0)
    against_photo = score_picture(case, *arguments)
    against_jpeg = score_picture(case, *arguments, untouched=jpeg(image))
    assert against_jpeg["bleed_de00"] < 0.5 * against_photo["bleed_de00"]
    others = [name for name in against_photo if not name.startswith("bleed")]
    assert {name: against_jpeg[name] for name in others} == {
        name: against_photo[name] for name in others
    }


@pytest.mark.parametrize(("level", "band"), [(20, "dark"), (90, "medium"), (200, "light")])
def test_hair_lightness_is_that_of_the_photo(level, band):
    case = TruthCase.prepare(np.full((SIDE, SIDE, 3), level, np.uint8), hair())
    assert case.lightness_band == band


def test_a_proportional_response_is_linear():
    image, truth = photo(), hair(blur=0)
    case = TruthCase.prepare(image, truth)
    outputs = {float(i): painted(image, truth, i / 100) for i in range(0, 101, 10)}
    scores = score_response(case, outputs)
    assert scores["response_monotone"] == pytest.approx(1, abs=1e-3)
    assert scores["response_nonlinearity"] < 0.1
