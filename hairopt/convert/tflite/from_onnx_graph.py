"""The state of a conversion from ONNX to TFLite, with the functions that all operators use."""

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
    """A network that is being converted to TFLite.

    Attributes:
        constants: constants of the ONNX graph, NCHW.
        reads: number of readers of each tensor of the ONNX graph.
        network: the TFLite network so far, NHWC.
        done: ONNX tensors that exist in it.
    """

    constants: dict[str, NDArray[Any]]
    reads: Counter[str]
    network: TfliteNetwork = field(default_factory=TfliteNetwork)
    done: dict[str, int] = field(default_factory=dict)

    def bind(self, name: str, number: int) -> None:
        """Set the tensor of the network for a tensor of the graph."""
        self.done[name] = number

    def number(self, name: str) -> int:
        """The tensor of the network for a tensor of the graph; constants are added when needed."""
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
        """The output tensor of a node, and the activation that is fused into it.

        A ReLU is fused if it is the only reader of the node's output.
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
    """Rows and columns of the output of a sliding window."""
    rows, columns = (
        -(-side // step) if padding == SAME else (side - (length - 1) * gap - 1) // step + 1
        for side, length, step, gap in zip(sides, window, stride, dilation, strict=True)
    )
    return rows, columns


def pair(node: Node, key: str) -> tuple[int, int]:
    """An attribute of two numbers; (1, 1) if it is absent."""
    first, second = node.settings.get(key, (1, 1))
    return int(first), int(second)


def text(node: Node, key: str, default: str) -> str:
    """An attribute that is a text."""
    value = node.settings.get(key, default)
    return value.decode() if isinstance(value, bytes) else str(value)


def refused(node: Node, what: str) -> UnavailableError:
    """The error for a setting without an exact counterpart."""
    return UnavailableError(
        f"operator {node.kind} ({node.name}) asks for {what}, which hairopt does not write as "
        "TFLite; the network runs in onnxruntime"
    )
