"""One ONNX operator at a time as operators of TFLite."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hairopt.convert.tflite.flatbuffer_writer import Field
from hairopt.convert.tflite.from_onnx_convolution import convolution
from hairopt.convert.tflite.from_onnx_graph import (
    NO_ACTIVATION,
    RELU6,
    VALID,
    Lowering,
    Node,
    Writing,
    activation_of,
    pair,
    refused,
    text,
    window_sizes,
)


def _arithmetic(kind: str) -> Lowering:
    def lower(writing: Writing, node: Node, rest: Sequence[Node]) -> None:
        shapes = [writing.shape(name) for name in node.inputs]
        shape = np.broadcast_shapes(*shapes)
        numbers = [writing.number(name) for name in node.inputs]
        output, activation = writing.result(node, rest, shape)
        writing.network.step(kind, numbers, output, (0, "int8", activation))

    return lower


def _pointwise(kind: str) -> Lowering:
    def lower(writing: Writing, node: Node, rest: Sequence[Node]) -> None:
        del rest
        source = writing.number(node.inputs[0])
        output = writing.make(node.outputs[0], writing.network.shape(source))
        writing.network.step(kind, [source], output)

    return lower


def _clip(writing: Writing, node: Node, rest: Sequence[Node]) -> None:
    if activation_of(node, writing.constants) != RELU6:
        raise refused(node, "clipping to other limits than 0 and 6")
    _pointwise("RELU6")(writing, node, rest)


def _concatenation(writing: Writing, node: Node, rest: Sequence[Node]) -> None:
    if node.settings.get("axis") not in (1, -3):
        raise refused(node, "concatenation along another axis than the channels")
    shapes = [writing.shape(name) for name in node.inputs]
    total = sum(shape[3] for shape in shapes)
    output, activation = writing.result(node, rest, (*shapes[0][:3], total))
    numbers = [writing.number(name) for name in node.inputs]
    writing.network.step("CONCATENATION", numbers, output, (0, "int32", 3), (1, "int8", activation))


def _global_mean(writing: Writing, node: Node, rest: Sequence[Node]) -> None:
    del rest
    source = writing.number(node.inputs[0])
    batch, _, _, channels = writing.network.shape(source)
    axes = writing.network.constant(f"{node.name}/axes", np.array([1, 2], np.int32))
    output = writing.make(node.outputs[0], (batch, 1, 1, channels))
    writing.network.step("MEAN", [source, axes], output, (0, "bool", True))


def _hard_sigmoid(writing: Writing, node: Node, rest: Sequence[Node]) -> None:
    """max(0, min(1, a x + b)) = relu6(6 a x + 6 b) / 6."""
    del rest
    network, source = writing.network, writing.number(node.inputs[0])
    shape = network.shape(source)
    slope = float(node.settings.get("alpha", 0.2))
    offset = float(node.settings.get("beta", 0.5))
    for number, (kind, factor, activation) in enumerate(
        [
            ("MUL", 6 * slope, NO_ACTIVATION),
            ("ADD", 6 * offset, RELU6),
            ("MUL", 1 / 6, NO_ACTIVATION),
        ]
    ):
        last = number == 2
        target = (
            writing.make(node.outputs[0], shape)
            if last
            else network.tensor(f"{node.name}/{number}", shape)
        )
        constant = network.constant(
            f"{node.name}/factor{number}", np.full(shape[-1:], factor, np.float32)
        )
        network.step(kind, [source, constant], target, (0, "int8", activation))
        source = target


def _depth_to_space(writing: Writing, node: Node, rest: Sequence[Node]) -> None:
    del rest
    if text(node, "mode", "DCR") != "DCR":
        raise refused(node, "moving channels to pixels in another order than DCR")
    block = int(node.settings["blocksize"])
    source = writing.number(node.inputs[0])
    batch, height, width, channels = writing.network.shape(source)
    shape = (batch, height * block, width * block, channels // block**2)
    output = writing.make(node.outputs[0], shape)
    writing.network.step("DEPTH_TO_SPACE", [source], output, (0, "int32", block))


def _resize(writing: Writing, node: Node, rest: Sequence[Node]) -> None:
    del rest
    mode = text(node, "mode", "nearest")
    place = text(node, "coordinate_transformation_mode", "half_pixel")
    source = writing.number(node.inputs[0])
    batch, height, width, channels = writing.network.shape(source)
    rows, columns = _resized(writing, node, (height, width))
    doubled = rows % height == 0 and columns % width == 0
    options: tuple[Field, Field]
    if mode == "linear" and place in ("half_pixel", "pytorch_half_pixel"):
        kind, options = "RESIZE_BILINEAR", ((2, "bool", False), (3, "bool", True))
    elif mode == "nearest" and place == "asymmetric" and doubled:
        kind, options = "RESIZE_NEAREST_NEIGHBOR", ((0, "bool", False), (1, "bool", False))
    else:
        raise refused(node, f"resizing in mode {mode} with {place}")
    size = writing.network.constant(f"{node.name}/size", np.array([rows, columns], np.int32))
    output = writing.make(node.outputs[0], (batch, rows, columns, channels))
    writing.network.step(kind, [source, size], output, *options)


def _resized(writing: Writing, node: Node, sides: tuple[int, int]) -> tuple[int, int]:
    inputs = [writing.constants.get(name) if name else None for name in node.inputs]
    if len(inputs) > 3 and inputs[3] is not None:
        rows, columns = (int(value) for value in inputs[3][2:])
        return rows, columns
    if len(inputs) > 2 and inputs[2] is not None and inputs[2].size == 4:
        rows, columns = (
            int(np.floor(side * scale)) for side, scale in zip(sides, inputs[2][2:], strict=True)
        )
        return rows, columns
    raise refused(node, "resizing to a size that is computed")


def _max_pool(writing: Writing, node: Node, rest: Sequence[Node]) -> None:
    window, stride = pair(node, "kernel_shape"), pair(node, "strides")
    if (
        any(node.settings.get("pads", ()))
        or node.settings.get("ceil_mode")
        or len(node.outputs) > 1
    ):
        raise refused(node, "pooling with padding, rounding up or indices")
    source = writing.number(node.inputs[0])
    batch, height, width, channels = writing.network.shape(source)
    size = window_sizes((height, width), window, stride, pair(node, "dilations"), VALID)
    output, activation = writing.result(node, rest, (batch, *size, channels))
    writing.network.step(
        "MAX_POOL_2D", [source], output,
        (0, "int8", VALID), (1, "int32", stride[1]), (2, "int32", stride[0]),
        (3, "int32", window[1]), (4, "int32", window[0]), (5, "int8", activation),
    )  # fmt: skip


def _constant(writing: Writing, node: Node, rest: Sequence[Node]) -> None:
    """Write nothing: constants are written where they are read."""


LOWERINGS: dict[str, Lowering] = {
    "Add": _arithmetic("ADD"),
    "Clip": _clip,
    "Concat": _concatenation,
    "Constant": _constant,
    "Conv": convolution,
    "DepthToSpace": _depth_to_space,
    "GlobalAveragePool": _global_mean,
    "HardSigmoid": _hard_sigmoid,
    "MaxPool": _max_pool,
    "Mul": _arithmetic("MUL"),
    "Relu": _pointwise("RELU"),
    "Resize": _resize,
    "Sigmoid": _pointwise("LOGISTIC"),
}
