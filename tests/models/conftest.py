"""A store of its own for every test, and tiny networks."""

from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper


@pytest.fixture(autouse=True)
def _own_home(own_home: Path) -> None:
    """For every test of models."""


@pytest.fixture
def tiny_onnx(tmp_path: Path) -> Callable[..., Path]:
    """Write a network of one 1x1 convolution and one function; its weights are all ``weight``."""

    def write(
        name: str = "tiny.onnx",
        *,
        shape: tuple = (1, 3, 8, 6),
        channels: int = 2,
        last: str = "Identity",
        weight: float = 1.0,
    ) -> Path:
        kernel = helper.make_tensor(
            "kernel", TensorProto.FLOAT, (channels, 3, 1, 1), [weight] * 3 * channels
        )
        graph = helper.make_graph(
            [
                helper.make_node("Conv", ["photo", "kernel"], ["raw"]),
                helper.make_node(last, ["raw"], ["answer"]),
            ],
            "tiny",
            [helper.make_tensor_value_info("photo", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("answer", TensorProto.FLOAT, (1, channels, *shape[2:]))],
            [kernel],
        )
        path = tmp_path / name
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.save(model, path)
        return path

    return write
