"""A network in half precision, with float32 input and output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hairopt.errors import ModelError
from hairopt.runtimes.onnx_session import submodule

if TYPE_CHECKING:
    import onnx


def to_float16(model: onnx.ModelProto) -> onnx.ModelProto:
    """Convert weights and arithmetic to float16; input and output tensors stay float32.

    If onnxruntime has no half-precision kernel for a CPU, it adds casts around the operator when it
    loads the file, and computes in float32: the file is half as large, but not faster.

    Args:
        model: a float32 network; it is not changed.

    Raises:
        ModelError: a graph that cannot be converted, or weights beyond float16's range.
    """
    import onnx

    float16 = submodule("transformers.float16")
    onnx_model = submodule("transformers.onnx_model")
    _require_range(model)
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    try:
        half: onnx.ModelProto = float16.convert_float_to_float16(copy, keep_io_types=True)
        # The casts of the inputs are appended at the end, which is not valid in a graph.
        onnx_model.OnnxModel.graph_topological_sort(half.graph, is_deterministic=True)
        onnx.checker.check_model(half)
    except (ValueError, onnx.checker.ValidationError) as error:
        raise ModelError(f"the network cannot be written in float16: {error}") from error
    return half


def _require_range(model: onnx.ModelProto) -> None:
    import numpy as np
    from onnx import numpy_helper

    largest = float(np.finfo(np.float16).max)
    for initializer in model.graph.initializer:
        values = numpy_helper.to_array(initializer)
        if values.dtype == np.float32 and not (np.abs(values) <= largest).all():
            raise ModelError(
                f"weights {initializer.name!r} hold values beyond {largest:.0f} or no numbers at "
                "all; float16 cannot store them"
            )
