"""``segment.trim`` and another input size: the bundled network in every form and runtime."""

from contextlib import closing

import cv2
import numpy as np
import pytest

from hairopt.stages.segment import load_network


@pytest.mark.parametrize("precision", ["float32", "int8"])
@pytest.mark.parametrize("runtime", ["onnxruntime", "litert", "openvino"])
def test_half_the_sides_and_nearly_the_mask_of_the_whole_network(runtime, precision, starter):
    photo = cv2.resize(starter.case("astronaut").read().image, (400, 400))
    masks = []
    for trim in (False, True):
        segmenter = load_network(
            runtime=runtime,
            model="hairnet",
            precision=precision,
            input_size=256,
            threads=1,
            trim=trim,
        )
        with closing(segmenter):
            masks.append(segmenter(photo))
    whole, trimmed = masks
    assert (whole.shape, trimmed.shape) == ((256, 256), (128, 128))
    halved = cv2.resize(whole, (128, 128), interpolation=cv2.INTER_AREA)
    assert np.abs(halved - trimmed).mean() < 0.004
    assert (trimmed > 0.5).mean() > 0.02


def test_mediapipe_runs_the_form_of_another_size(starter):
    pytest.importorskip("mediapipe")
    photo = starter.case("astronaut").read().image
    masks = []
    for runtime in ("mediapipe", "litert"):
        segmenter = load_network(
            runtime=runtime, model="hairnet", precision="float32", input_size=224, threads=1
        )
        with closing(segmenter):
            masks.append(segmenter(photo))
    assert masks[0].shape == (224, 224)
    assert np.abs(masks[0] - masks[1]).max() < 1e-3
