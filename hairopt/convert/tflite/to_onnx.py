"""TensorFlow Lite to ONNX in plain Python: flatbuffers and onnx, no TensorFlow.

Input and output keep their names; pictures become channels first, NCHW (``converted_contract``).

Ties: MaxPoolingWithArgmax2D selects one of several equal maxima, and the later unpooling writes a
value to its place. XNNPACK, which runs the operator in LiteRT and MediaPipe, reads a window column
by column, ONNX row by row; both keep the first maximum. Therefore a network with this operator is
converted with width before height inside (NCWH): rows become columns, ONNX reads the pixels in
XNNPACK's order, and ties have the same result. This needs one transpose of the input and one of the
output, about 1 % of the time of a network of 512 x 512. (NHWC outside would take a fifth of the
time: onnxruntime has no fast kernel for that permutation.)
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hairopt.convert.tflite import to_onnx_convolution as lower_convolution
from hairopt.convert.tflite import to_onnx_pointwise as lower_pointwise
from hairopt.convert.tflite import to_onnx_pooling as lower_pooling
from hairopt.convert.tflite.reader import Operator, TfliteGraph, read_tflite
from hairopt.convert.tflite.to_onnx_graph import AxisOrder, Lowering, UnsupportedError
from hairopt.errors import ModelError
from hairopt.models.contract import Contract

if TYPE_CHECKING:
    import onnx

OPSET = 17
_NCHW = (0, 3, 1, 2)
_SWAP = [0, 1, 3, 2]
IR_VERSION = 8

_LOWER: dict[str, Callable[[Lowering, Operator], None]] = {
    "CONV_2D": lower_convolution.lower_conv,
    "DEPTHWISE_CONV_2D": lower_convolution.lower_depthwise,
    "TRANSPOSE_CONV": lower_convolution.lower_transpose_conv,
    "Convolution2DTransposeBias": lower_convolution.lower_transpose_conv_bias,
    "MAX_POOL_2D": lower_pooling.lower_max_pool,
    "AVERAGE_POOL_2D": lower_pooling.lower_average_pool,
    "MaxPoolingWithArgmax2D": lower_pooling.lower_max_pool_argmax,
    "MaxUnpooling2D": lower_pooling.lower_max_unpool,
    "ADD": lower_pointwise.lower_binary,
    "SUB": lower_pointwise.lower_binary,
    "MUL": lower_pointwise.lower_binary,
    "DIV": lower_pointwise.lower_binary,
    "MAXIMUM": lower_pointwise.lower_binary,
    "MINIMUM": lower_pointwise.lower_binary,
    "PRELU": lower_pointwise.lower_prelu,
    "LEAKY_RELU": lower_pointwise.lower_leaky_relu,
    "RELU": lower_pointwise.lower_function,
    "RELU6": lower_pointwise.lower_function,
    "RELU_N1_TO_1": lower_pointwise.lower_function,
    "TANH": lower_pointwise.lower_function,
    "LOGISTIC": lower_pointwise.lower_function,
    "HARD_SWISH": lower_pointwise.lower_function,
    "SOFTMAX": lower_pointwise.lower_softmax,
    "CONCATENATION": lower_pointwise.lower_concat,
    "MEAN": lower_pointwise.lower_mean,
    "PAD": lower_pointwise.lower_pad,
    "RESIZE_BILINEAR": lower_pointwise.lower_resize,
    "RESIZE_NEAREST_NEIGHBOR": lower_pointwise.lower_resize,
    "DEQUANTIZE": lower_pointwise.lower_dequantize,
}


def convert_tflite(path: Path, order: AxisOrder | None = None) -> onnx.ModelProto:
    """Convert a float TFLite network of pictures.

    The same file gives the same bytes (``SerializeToString``) each time.

    Args:
        path: the ``.tflite`` file.
        order: order of the image axes inside the network; None chooses ``WH`` if ties of max
            pooling matter (see above), otherwise ``HW``.

    Returns:
        A checked ONNX model (opset 17) with the shapes of all tensors, float32 throughout.

    Raises:
        ModelError: the file is damaged, quantised, or has an operator that is not supported; the
            message names the operator.
    """
    graph = read_tflite(path)
    _require_plain(path, graph)
    if order is None:
        pools = any(op.kind == "MaxPoolingWithArgmax2D" for op in graph.operators)
        order = "WH" if pools else "HW"
    low = Lowering(graph, order)
    _name_ends(low, order)
    if order == "WH":
        for index in graph.inputs:
            low.emit("Transpose", [graph.tensors[index].name], [low.name(index)], perm=_SWAP)
    for number, operator in enumerate(graph.operators):
        _lower(path, low, number, operator)
    if order == "WH":
        for index in graph.outputs:
            low.emit("Transpose", [low.name(index)], [graph.tensors[index].name], perm=_SWAP)
    return _finish(path, low)


def converted_contract(contract: Contract) -> Contract:
    """The contract of the converted network: as the original, with channels first."""
    return Contract(
        input=contract.input.model_copy(update={"layout": "NCHW"}),
        output=contract.output.model_copy(update={"layout": "NCHW"}),
    )


def _require_plain(path: Path, graph: TfliteGraph) -> None:
    if len(graph.inputs) != 1 or not graph.outputs:
        raise ModelError(
            f"{path} has {len(graph.inputs)} inputs and {len(graph.outputs)} outputs; "
            "one input and at least one output are expected"
        )
    ends = (*graph.inputs, *graph.outputs)
    if len({graph.tensors[index].name for index in ends}) < len(ends):
        raise ModelError(f"{path}: its inputs and outputs do not have names of their own")
    for index in ends:
        tensor = graph.tensors[index]
        if index < 0 or len(tensor.shape) != 4 or tensor.dtype != np.float32 or not tensor.name:
            raise ModelError(
                f"{path}: tensor {tensor.name!r} is {tensor.dtype} {tensor.shape}; only float32 "
                "NHWC inputs and outputs are converted, so convert the float32 original"
            )


def _lower(path: Path, low: Lowering, number: int, operator: Operator) -> None:
    where = f"{path}: operator {number} ({operator.kind})"
    tensors = [low.graph.tensors[i] for i in (*operator.inputs, *operator.outputs) if i >= 0]
    if any(tensor.quantized for tensor in tensors):
        raise ModelError(f"{where} is quantised; only float networks are converted to ONNX")
    lower = _LOWER.get(operator.kind)
    if lower is None:
        raise ModelError(f"{where} has no ONNX form here; handled are: {', '.join(_LOWER)}")
    try:
        lower(low, operator)
    except UnsupportedError as error:
        raise ModelError(f"{where} cannot be converted: {error}") from error
    except (IndexError, ValueError) as error:
        raise ModelError(f"{where} has inputs or outputs that make no sense: {error}") from error


def _name_ends(low: Lowering, order: AxisOrder) -> None:
    """Give inputs and outputs their original names, before other tensors can get them."""
    for index in (*low.graph.inputs, *low.graph.outputs):
        if order == "WH":
            low.fresh(low.graph.tensors[index].name)
        else:
            low.name(index)


def _finish(path: Path, low: Lowering) -> onnx.ModelProto:
    import onnx
    from onnx import TensorProto, helper, shape_inference

    inputs, outputs = (
        [
            helper.make_tensor_value_info(
                low.graph.tensors[i].name,
                TensorProto.FLOAT,
                [low.graph.tensors[i].shape[axis] for axis in _NCHW],
            )
            for i in indices
        ]
        for indices in (low.graph.inputs, low.graph.outputs)
    )
    body = helper.make_graph(low.nodes, "hairopt", inputs, outputs, low.initializers)
    model = helper.make_model(
        body,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="hairopt",
    )
    try:
        model = shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, shape_inference.InferenceError, ValueError) as error:
        raise ModelError(f"{path} does not convert to a valid ONNX graph: {error}") from error
    _require_same_shapes(path, low, model)
    return model


def _require_same_shapes(path: Path, low: Lowering, model: onnx.ModelProto) -> None:
    """Check that ONNX infers the sizes that TFLite declares, to detect wrong padding."""
    inferred = {
        value.name: tuple(size.dim_value for size in value.type.tensor_type.shape.dim)
        for value in model.graph.value_info
    }
    for operator in low.graph.operators:
        for index in operator.outputs:
            shape, name = low.graph.tensors[index].shape, low.name(index)
            if name not in inferred or len(shape) != 4:
                continue
            expected = tuple(shape[axis] for axis in low.permutation)
            if inferred[name] != expected:
                raise ModelError(
                    f"{path}: {operator.kind} gives {inferred[name]} in ONNX for tensor {name!r}, "
                    f"the file says {expected}"
                )
