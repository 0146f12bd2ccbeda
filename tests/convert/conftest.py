"""Fixtures of the conversion tests."""

import hashlib

import numpy as np
import pytest

from hairopt.convert.tflite.to_onnx import convert_tflite


@pytest.fixture
def convert_bytes(tmp_path):
    """Convert the bytes of a TFLite file."""

    def convert(data: bytes, order=None):
        path = tmp_path / f"{hashlib.sha256(data).hexdigest()[:8]}.tflite"
        path.write_bytes(data)
        return convert_tflite(path, order)

    return convert


@pytest.fixture
def rng():
    return np.random.default_rng(7)
