"""Answers against the ideal, the true dyed picture, and the photo as the encoder returns it."""

import cv2
import numpy as np
import pytest

from hairopt.metrics.case import Oracle, TruthCase, hair_change_de76, score_picture, score_redye
from hairopt.metrics.ciede2000 import ciede2000_exact
from hairopt.metrics.lab import lab_from_srgb
from hairopt.metrics.response import response_metrics
from tests.metrics.heads import SHADE, SIDE, dye, hair, painted, photo


def test_a_prepared_oracle_gives_the_same():
    image, truth = photo(), hair()
    case = TruthCase.prepare(image, truth)
    arguments = (painted(image, hair(shift=3)), SHADE, 60.0)
    prepared = Oracle(case, dye(image, truth))
    plain = score_picture(case, arguments[0], dye(image, truth), *arguments[1:])
    assert score_picture(case, arguments[0], prepared, *arguments[1:]) == plain


def test_exact_redye_of_the_true_picture_loses_nothing():
    image, truth = photo(), hair()
    true = painted(image, truth)
    case = TruthCase.prepare(image, truth, {"a": true, "b": image})
    assert score_redye(case, "a", true) == pytest.approx(0, abs=1e-5)
    assert score_redye(case, "b", image) == pytest.approx(0, abs=1e-5)
    assert score_redye(case, "a", image) > 5
    bald = TruthCase.prepare(image, np.zeros_like(truth), {"a": true})
    assert score_redye(bald, "a", image) is None


def test_exact_redye_looks_where_there_is_hair_and_nowhere_else():
    truth = np.zeros((SIDE, SIDE), np.float32)
    truth[:10, :10] = 0.1
    grey = np.full((SIDE, SIDE, 3), 100, np.uint8)
    case = TruthCase.prepare(grey, truth, {"a": grey})
    output = np.full((SIDE, SIDE, 3), 140, np.uint8)
    output[:10, :10] = 100
    assert score_redye(case, "a", output) == pytest.approx(0, abs=1e-5)
    output[0, 0] = 140
    labs = lab_from_srgb(np.array([[100] * 3, [140] * 3], np.uint8))
    (one_pixel,) = ciede2000_exact(labs[:, :1], labs[:, 1:])
    found = score_redye(case, "a", output)
    assert found == pytest.approx(one_pixel / 100, 1e-4)
    assert score_redye(case, "a", output.astype(np.float64)) == pytest.approx(found, 1e-4)


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


@pytest.mark.parametrize(
    ("color", "band"),
    [((20, 20, 20), "dark"), ((90, 90, 90), "grey"), ((120, 80, 50), "medium"),
     ((220, 190, 140), "light")],
)  # fmt: skip
def test_the_band_is_that_of_the_photo(color, band):
    case = TruthCase.prepare(np.full((SIDE, SIDE, 3), color, np.uint8), hair())
    assert case.hair_band == band


def test_a_proportional_response_is_linear():
    image, truth = photo(), hair(blur=0)
    case = TruthCase.prepare(image, truth)
    outputs = {float(i): painted(image, truth, i / 100) for i in range(0, 101, 10)}
    scores = response_metrics({i: hair_change_de76(case, outputs[i]) for i in outputs})
    assert scores["response_monotone"] == pytest.approx(1, abs=1e-3)
    assert scores["response_nonlinearity"] < 0.1
