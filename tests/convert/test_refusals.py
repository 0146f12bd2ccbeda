"""What the converter refuses, and that it says why."""

import contextlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hairopt.convert.tflite.reader import read_tflite
from hairopt.convert.tflite.to_onnx import convert_tflite
from hairopt.errors import ModelError
from hairopt.models import file_summary
from tests.convert.tiny_tflite import Network, pool_struct


def _small() -> bytes:
    net = Network()
    net.tensor(1, 4, 4, 2)
    weights = net.constant(np.arange(36.0).reshape(2, 3, 3, 2))
    middle = net.tensor(1, 4, 4, 2)
    net.tensor(1, 4, 4, 2)
    options = [(0, "Int8", 0), (1, "Int32", 1), (2, "Int32", 1)]
    net.operator("CONV_2D", [0, weights], [middle], options)
    net.operator("RELU", [middle], [3])
    return net.write()


def _refused(data: bytes, convert_bytes, words: str):
    with pytest.raises(ModelError, match=words):
        convert_bytes(data)


def test_an_operator_without_a_form_is_named(convert_bytes):
    net = Network()
    net.tensor(1, 2, 2, 1)
    net.tensor(1, 2, 2, 1)
    net.operator("FLOOR_MOD", [0, 0], [1])
    _refused(net.write(), convert_bytes, r"operator 0 \(FLOOR_MOD\) has no ONNX form")


def test_a_custom_operator_is_named(convert_bytes):
    net = Network()
    net.tensor(1, 2, 2, 1)
    net.tensor(1, 2, 2, 1)
    net.operator("Landmarks2TransformMatrix", [0], [1], custom=b"\0\0\0\0")
    _refused(net.write(), convert_bytes, r"Landmarks2TransformMatrix")


def test_a_quantised_network_is_refused_by_operator(convert_bytes):
    net = Network()
    net.tensor(1, 2, 2, 1)
    inner = net.tensor(1, 2, 2, 1, dtype="int8", scale=0.1)
    net.tensor(1, 2, 2, 1)
    net.operator("RELU", [0], [inner])
    net.operator("RELU", [inner], [2])
    _refused(net.write(), convert_bytes, r"operator 0 \(RELU\) is quantised")


def test_integer_inputs_are_refused(convert_bytes):
    net = Network()
    net.tensor(1, 2, 2, 1, dtype="uint8", scale=0.1)
    net.tensor(1, 2, 2, 1)
    net.operator("RELU", [0], [1])
    _refused(net.write(), convert_bytes, "convert the float32 original")


def test_pooling_indices_used_elsewhere_are_refused(convert_bytes):
    net = Network()
    net.tensor(1, 4, 4, 1)
    values, indices = net.tensor(1, 2, 2, 1), net.tensor(1, 2, 2, 1)
    net.tensor(1, 2, 2, 1)
    net.operator("MaxPoolingWithArgmax2D", [0], [values, indices], custom=pool_struct(1, 2, 2))
    net.operator("ADD", [values, indices], [3])
    _refused(net.write(), convert_bytes, "indices are used by ADD")


def test_overlapping_argmax_windows_are_refused(convert_bytes):
    net = Network()
    net.tensor(1, 4, 4, 1)
    values, indices = net.tensor(1, 2, 2, 1), net.tensor(1, 2, 2, 1)
    net.operator("MaxPoolingWithArgmax2D", [0], [values, indices], custom=pool_struct(1, 2, 3))
    _refused(net.write(outputs=[values]), convert_bytes, "side by side")


def test_a_wrong_declared_shape_is_refused(convert_bytes):
    net = Network()
    net.tensor(1, 4, 4, 1)
    wrong = net.tensor(1, 3, 3, 1)
    net.tensor(1, 4, 4, 1)
    net.operator("RELU", [0], [wrong])
    net.operator("RELU", [wrong], [2])
    _refused(net.write(), convert_bytes, "RELU gives|valid ONNX")


@pytest.mark.parametrize("content", [b"TFL3", b"\0" * 64, b"not a network at all" * 9])
def test_other_files_are_refused(content, tmp_path):
    path = tmp_path / "x.tflite"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="not an intact TFLite file"):
        read_tflite(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ModelError, match="cannot be read"):
        read_tflite(tmp_path / "absent.tflite")


def test_a_huge_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(file_summary, "MAX_FILE_BYTES", 100)
    path = tmp_path / "x.tflite"
    path.write_bytes(_small())
    with pytest.raises(ModelError, match="at most 100"):
        read_tflite(path)


def test_every_truncation_is_a_model_error_or_still_whole(tmp_path):
    data, path = _small(), tmp_path / "x.tflite"
    for length in range(0, len(data), 3):
        path.write_bytes(data[:length])
        with pytest.raises(ModelError):
            convert_tflite(path)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_damaged_bytes_never_raise_anything_else(tmp_path, changes):
    data, path = bytearray(_small()), tmp_path / "x.tflite"
    for place, value in changes:
        data[int(place * (len(data) - 1))] = value
    path.write_bytes(data)
    with contextlib.suppress(ModelError):
        convert_tflite(path)
