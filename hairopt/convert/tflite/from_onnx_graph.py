"""The state of an ONNX graph on its way to TFLite, and what all lowerings share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hairopt.convert.tflite.writer import TfliteNetwork
from hairopt.errors import UnavailableError

NO_ACTIVATION, RELU, RELU6 = 0, 1, 3
SAME, VALID = 0, 1
_TO_NHWC = (0, 2, 3, 1)


@dataclass(frozen=True)
class Node:
    """One operator of an ONNX graph, its attributes by name."""

    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    settings: dict[str, Any]


@dataclass
class Writing:
    """A network on its way to TFLite.

    Attributes:
        constants: of the ONNX graph, NCHW.
        reads: how often each tensor of the ONNX graph is read.
        network: what has been written so far, NHWC.
        done: ONNX tensors that exist in it.
    """

    constants: dict[str, NDArray[Any]]
    reads: Counter[str]
    network: TfliteNetwork = field(default_factory=TfliteNetwork)
    done: dict[str, int] = field(default_factory=dict)

    def bind(self, name: str, number: int) -> None:
        """Say which tensor of the network stands for one of the graph."""
        self.done[name] = number

    def number(self, name: str) -> int:
        """The tensor of the network for one of the graph; constants are added on demand."""
        if name not in self.done:
            value = self.constants[name].astype(np.float32)
            picture = value.transpose(_TO_NHWC) if value.ndim == 4 else value
            self.bind(name, self.network.constant(name, picture))
        return self.done[name]

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor, NHWC."""
        return self.network.shape(self.number(name))

    def make(self, name: str, shape: Sequence[int]) -> int:
        """A computed tensor for one of the graph."""
        self.bind(name, self.network.tensor(name, shape))
        return self.done[name]

    def result(self, node: Node, rest: Sequence[Node], shape: Sequence[int]) -> tuple[int, int]:
        """The tensor a node fills, and the activation that is fused into it.

        A ReLU that alone reads the node's answer is computed with it and costs nothing.
        """
        follower = next((n for n in rest if node.outputs[0] in n.inputs), None)
        code = activation_of(follower, self.constants) if follower is not None else NO_ACTIVATION
        if follower is None or code == NO_ACTIVATION or self.reads[node.outputs[0]] != 1:
            return self.make(node.outputs[0], shape), NO_ACTIVATION
        number = self.make(follower.outputs[0], shape)
        self.bind(node.outputs[0], number)
        return number, code


Lowering = Callable[[Writing, Node, Sequence[Node]], None]


def activation_of(node: Node, constants: dict[str, NDArray[Any]]) -> int:
    """The code of the activation a node is, ``NO_ACTIVATION`` for any other node."""
    if node.kind == "Relu":
        return RELU
    if node.kind == "Clip" and len(node.inputs) == 3:
        limits = [constants[name] for name in node.inputs[1:] if name in constants]
        if [float(limit) for limit in limits] == [0, 6]:
            return RELU6
    return NO_ACTIVATION


def window_sizes(
    sides: tuple[int, int],
    window: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    padding: int,
) -> tuple[int, int]:
    """Rows and columns of what a sliding window gives."""
    rows, columns = (
        -(-side // step) if padding == SAME else (side - (length - 1) * gap - 1) // step + 1
        for side, length, step, gap in zip(sides, window, stride, dilation, strict=True)
    )
    return rows, columns


def pair(node: Node, key: str) -> tuple[int, int]:
    """An attribute of two numbers, (1, 1) where it is left out."""
    first, second = node.settings.get(key, (1, 1))
    return int(first), int(second)


def text(node: Node, key: str, default: str) -> str:
    """An attribute that is a text."""
    value = node.settings.get(key, default)
    return value.decode() if isinstance(value, bytes) else str(value)


def refused(node: Node, what: str) -> UnavailableError:
    """The answer to a setting without an exact counterpart."""
    return UnavailableError(
        f"operator {node.kind} ({node.name}) asks for {what}, which hairopt does not write as "
        "TFLite; the network runs in onnxruntime"
    )
