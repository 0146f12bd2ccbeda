"""Write float32 ONNX networks as TFLite, so that LiteRT and MediaPipe can run them.

The graph is written operator by operator in NHWC, without approximations. Operators without an
exact counterpart are refused by name.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from hairopt.convert.forms.float32 import read_onnx
from hairopt.convert.quantization.onnx_int8 import fold
from hairopt.convert.tflite.from_onnx_graph import Node, Writing
from hairopt.convert.tflite.from_onnx_operators import LOWERINGS
from hairopt.convert.tflite.mediapipe_metadata import metadata, with_labels
from hairopt.convert.tflite.writer import TfliteNetwork
from hairopt.errors import UnavailableError
from hairopt.models.contract import Contract, ModelRecord
from hairopt.models.mediapipe_metadata import METADATA_NAME

if TYPE_CHECKING:
    import onnx


def convert_onnx(path: Path, record: ModelRecord) -> bytes:
    """Write a float32 ONNX network as TFLite, with the metadata that MediaPipe Tasks needs.

    Args:
        path: the ONNX file.
        record: its name, licence and contract, for the metadata.

    Returns:
        The bytes of the file; the same network gives the same bytes.

    Raises:
        ModelError: as ``hairopt.convert.forms.float32.read_onnx``.
        UnavailableError: an operator or setting that TFLite has no exact counterpart for.
    """
    return tflite_bytes(read_onnx(path), record.name, record.licence, record.contract)


def tflite_bytes(model: onnx.ModelProto, name: str, licence: str, contract: Contract) -> bytes:
    """As ``convert_onnx``, for a network in memory."""
    return with_metadata(lowered(model, name, contract), name, licence, contract)


@dataclass(frozen=True)
class Lowered:
    """A network of TFLite operators.

    Attributes:
        network: the operators.
        fed: number of the input tensor.
        read: number of the output tensor.
        numbers: tensor of the ONNX graph -> number; fused tensors have the same number.
    """

    network: TfliteNetwork
    fed: int
    read: int
    numbers: dict[str, int]


def lowered(model: onnx.ModelProto, name: str, contract: Contract) -> Lowered:
    """A float32 ONNX network as operators of TFLite.

    Args:
        model: the network.
        name: name of the model, for messages.
        contract: its input and output.

    Raises:
        ModelError: onnxruntime cannot load it.
        UnavailableError: as ``convert_onnx``.
    """
    if contract.input.layout != "NCHW" or contract.input.channel_order != "RGB":
        raise UnavailableError(
            f"model {name} takes {contract.input.channel_order} {contract.input.layout}; only RGB "
            "NCHW networks are written as TFLite"
        )
    if contract.input.dtype != "float32" or contract.output.kind == "class_map":
        raise UnavailableError(f"model {name} is no float32 network that answers with a mask")
    writing, answer = _lowered(fold(model), contract)
    return Lowered(writing.network, writing.number(contract.input.name), answer, writing.done)


def with_metadata(made: Lowered, name: str, licence: str, contract: Contract) -> bytes:
    """The file of a network, with the metadata and labels that MediaPipe Tasks needs."""
    blocks = {METADATA_NAME: metadata(name, licence, written_contract(contract))}
    labels = [
        "hair" if channel == contract.output.hair else f"other {channel}"
        for channel in range(contract.output.channels)
    ]
    return with_labels(made.network.write([made.fed], [made.read], blocks), labels)


def written_contract(contract: Contract) -> Contract:
    """The contract of the TFLite form of a network: the same in NHWC."""
    nhwc = {"layout": "NHWC"}
    return contract.model_copy(
        update={
            "input": contract.input.model_copy(update=nhwc),
            "output": contract.output.model_copy(update=nhwc),
        }
    )


def _lowered(model: onnx.ModelProto, contract: Contract) -> tuple[Writing, int]:
    """The network in NHWC, and the number of its output."""
    writing = Writing(_constants(model), _consumers(model))
    entry = contract.input
    writing.bind(
        entry.name,
        writing.network.tensor(
            entry.name, (1, entry.height, entry.width, 3 + entry.extra_channels)
        ),
    )
    nodes = [_node(proto) for proto in model.graph.node]
    for position, node in enumerate(nodes):
        if node.outputs[0] in writing.done:
            continue
        if node.kind not in LOWERINGS:
            raise UnavailableError(
                f"operator {node.kind} ({node.name}) has no exact counterpart in TFLite that "
                "hairopt knows; the network runs in onnxruntime"
            )
        LOWERINGS[node.kind](writing, node, nodes[position + 1 :])
    return writing, writing.number(contract.output.name)


def _constants(model: onnx.ModelProto) -> dict[str, NDArray[Any]]:
    from onnx import numpy_helper

    found = {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Constant":
            for attribute in node.attribute:
                if attribute.name == "value":
                    found[node.output[0]] = numpy_helper.to_array(attribute.t)
    return found


def _consumers(model: onnx.ModelProto) -> Counter[str]:
    """Number of readers of each tensor; an output of the network counts as a reader."""
    read = Counter(name for node in model.graph.node for name in node.input if name)
    read.update(value.name for value in model.graph.output)
    return read


def _node(proto: onnx.NodeProto) -> Node:
    import onnx

    settings = {item.name: onnx.helper.get_attribute_value(item) for item in proto.attribute}
    return Node(proto.op_type, proto.name, tuple(proto.input), tuple(proto.output), settings)
