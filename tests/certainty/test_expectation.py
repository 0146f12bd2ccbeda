from dataclasses import replace

import numpy as np
import pytest

from hairopt.certainty.expectation import Expectation, HeldOut, Map, form_name
from hairopt.certainty.features import MaskFeatures, mask_features

FEATURES = MaskFeatures(
    hair=0.2,
    undecided=0.02,
    is_decided=False,
    coarse_softness=0.2,
    inner_softness=0.0,
    compactness=0.5,
)
MAP = Map(
    intercept=2.0,
    weights={"coarse_softness": -10.0, "inner_softness": -1.0, "compactness": 2.0},
    spread=(0.02, 0.2),
    quantiles=(-3.0, 1.5),
    bias_se=0.01,
)
EXPECTATION = Expectation(
    model="net",
    sha256="0" * 64,
    form="float32-288x288",
    dataset={},
    hairopt_version="0",
    map=MAP,
    held_out=HeldOut(mae=0.05, auc=None, coverage=0.95, n_cases=40, n_sources=40, n_below=0),
)


def test_the_map_is_a_logistic_line_with_an_interval_that_grows_with_the_doubt():
    found = EXPECTATION.of(FEATURES)  # z = 2 - 2 + 1
    assert found.iou == pytest.approx(0.731059)
    assert found.low == pytest.approx(0.731059 - 3 * (0.02 + 0.2 * 0.268941), abs=1e-5)
    assert found.high == pytest.approx(0.731059 + 1.5 * (0.02 + 0.2 * 0.268941), abs=1e-5)
    assert (found.doubt, found.reason) == ("none", "")


def test_below_an_expected_iou_of_60_percent_it_is_unsure():
    found = EXPECTATION.of(replace(FEATURES, coarse_softness=0.3))  # z = 0
    assert (found.iou, found.doubt) == (0.5, "unsure")
    assert "0.50" in found.reason


def test_the_interval_stays_within_0_and_1():
    certain = EXPECTATION.of(replace(FEATURES, coarse_softness=-10.0))
    assert certain.iou == pytest.approx(1.0)
    assert certain.high == 1.0
    hopeless = EXPECTATION.of(replace(FEATURES, coarse_softness=10.0))
    assert (hopeless.low, hopeless.doubt) == (0.0, "unsure")


def test_no_hair_is_empty_and_a_haze_of_hair_is_unsure():
    nothing = replace(FEATURES, hair=0.0, undecided=0.0049)
    haze = replace(FEATURES, hair=0.0, undecided=0.0051)
    assert EXPECTATION.of(nothing).doubt == "empty"
    assert EXPECTATION.of(nothing).iou is None
    assert EXPECTATION.of(haze).doubt == "unsure"


def test_a_map_of_classes_lets_nothing_be_expected():
    mask = np.zeros((64, 64), np.float32)
    mask[20:40, 20:40] = 1.0
    found = EXPECTATION.of(mask_features(mask))
    assert (found.iou, found.doubt) == (None, "unknown")
    assert "no probabilities" in found.reason


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("float32", "tflite", (288, 288), "linear"), "float32-288x288"),
        (("float32", "onnx", (288, 288), "guided"), "float32-288x288-guided"),
        (("int8", "tflite", (256, 192), "linear"), "int8-tflite-256x192"),
        (("int8", "onnx", (288, 288), "linear"), "int8-onnx-288x288"),
    ],
)
def test_only_a_quantised_form_depends_on_its_file_format(arguments, name):
    assert form_name(*arguments) == name
