from pathlib import Path

import pytest

from hairopt.errors import ConfigError, UnavailableError
from hairopt.models.file_summary import TensorInfo
from hairopt.models.inspection import inspect


def test_the_bundled_network() -> None:
    found = inspect("hairnet")
    assert found.record is not None
    assert found.summary.format == "onnx"
    assert found.summary.opset == 17
    assert found.summary.operators["Conv"] == 63
    assert found.summary.outputs[0].made_by == "SIGMOID"
    # Within what is published of it: 0.36 million parameters, four bytes each.
    assert 0.97 < found.summary.parameters * 4 / found.summary.bytes < 1


def test_googles_network_by_path(shared_dir: Path) -> None:
    found = inspect(str(shared_dir / "models" / "hair_segmenter.tflite"))
    assert found.record is not None, "recognised by its hash"
    assert found.record.name == "mediapipe-hair"
    assert found.summary.operators == {
        "PRELU": 100, "CONV_2D": 90, "DEPTHWISE_CONV_2D": 28, "ADD": 28,
        "Convolution2DTransposeBias": 5, "MaxPoolingWithArgmax2D": 3, "MaxUnpooling2D": 3,
        "CONCATENATION": 2,
    }  # fmt: skip
    assert found.summary.inputs == (TensorInfo("input_1", (1, 512, 512, 4), "float32"),)
    assert found.summary.outputs[0].shape == (1, 512, 512, 2)
    assert found.summary.mediapipe_metadata


def test_a_file_that_the_store_does_not_know(tiny_onnx) -> None:
    found = inspect(str(tiny_onnx(last="Softmax")))
    assert found.record is None
    assert found.summary.parameters == 6
    assert found.summary.outputs[0].made_by == "SOFTMAX"


def test_neither_model_nor_file() -> None:
    with pytest.raises(ConfigError, match=r"did you mean hairnet.*nor is it a file"):
        inspect("hairnett")


def test_not_on_this_machine() -> None:
    with pytest.raises(UnavailableError, match="models pull mediapipe-hair"):
        inspect("mediapipe-hair")
