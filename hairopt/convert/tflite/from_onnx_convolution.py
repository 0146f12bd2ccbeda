"""ONNX convolutions as operators of TFLite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hairopt.convert.tflite.from_onnx_graph import (
    SAME,
    VALID,
    Node,
    Writing,
    pair,
    refused,
    window_sizes,
)
from hairopt.convert.tflite.padding import forward_pads


def convolution(writing: Writing, node: Node, rest: Sequence[Node]) -> None:
    """Conv, plain or depthwise, with a following ReLU."""
    kernel = writing.constants[node.inputs[1]].astype(np.float32)
    group = int(node.settings.get("group", 1))
    depthwise = group > 1 and kernel.shape[1] == 1 and kernel.shape[0] == group
    if group > 1 and not depthwise:
        raise refused(node, f"a convolution in {group} groups")
    window = (int(kernel.shape[2]), int(kernel.shape[3]))
    stride, dilation = pair(node, "strides"), pair(node, "dilations")
    source, padding, sides = _padded(writing, node, window, stride, dilation)
    size = window_sizes(sides, window, stride, dilation, padding)
    weights = kernel.transpose((1, 2, 3, 0) if depthwise else (0, 2, 3, 1))
    bias = (
        writing.constants[node.inputs[2]].astype(np.float32)
        if len(node.inputs) > 2
        else np.zeros(kernel.shape[0], np.float32)
    )
    inputs = [
        source,
        writing.network.constant(f"{node.name}/kernel", np.ascontiguousarray(weights)),
        writing.network.constant(f"{node.name}/bias", bias),
    ]
    output, activation = writing.result(node, rest, (1, *size, int(kernel.shape[0])))
    first = 3
    options: list[Any] = [
        (0, "int8", padding), (1, "int32", stride[1]), (2, "int32", stride[0]),
    ]  # fmt: skip
    if depthwise:
        options.append((3, "int32", 1))
        first = 4
    options += [
        (first, "int8", activation), (first + 1, "int32", dilation[1]),
        (first + 2, "int32", dilation[0]),
    ]  # fmt: skip
    kind = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
    writing.network.step(kind, inputs, output, *options)


def _padded(
    writing: Writing,
    node: Node,
    window: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
) -> tuple[int, int, tuple[int, int]]:
    """The padded input: with TFLite's own padding if that is equal, otherwise with a PAD operator.

    With stride 2 TFLite puts the odd pixel at the end; ONNX exporters put one on both sides.

    Returns:
        Tensor, padding code, and (height, width) of the tensor.
    """
    if node.settings.get("auto_pad", b"NOTSET") not in (b"NOTSET", "NOTSET"):
        raise refused(node, "automatic padding")
    pads = [int(value) for value in node.settings.get("pads", (0, 0, 0, 0))]
    source = writing.number(node.inputs[0])
    batch, height, width, channels = writing.network.shape(source)
    asked = ((pads[0], pads[2]), (pads[1], pads[3]))
    if not any(pads):
        return source, VALID, (height, width)
    same = tuple(
        forward_pads(size, window[i], stride[i], dilation[i], "SAME")
        for i, size in enumerate((height, width))
    )
    if same == asked:
        return source, SAME, (height, width)
    sides = (height + sum(asked[0]), width + sum(asked[1]))
    amounts = np.array([(0, 0), asked[0], asked[1], (0, 0)], np.int32)
    padded = writing.network.tensor(f"{node.name}/padded", (batch, *sides, channels))
    writing.network.step(
        "PAD", [source, writing.network.constant(f"{node.name}/pads", amounts)], padded
    )
    return padded, VALID, sides
