"""Pass ``upright``: remove the transposes around a network that works on transposed pictures.

The converter transposes the picture at both ends of a network with MaxPool indices, because of the
order of ties (``hairopt.convert.tflite.to_onnx``). After pass ``unpool`` this order is expressed in
plain operators. Then every operator between the two transposes can be transposed, in its weights
and attributes, and the two transposes of the whole picture cancel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hairopt.convert.passes.editor import GraphEditor, attributes_of
from hairopt.convert.passes.protocol import Network

if TYPE_CHECKING:
    import onnx

_SWAP = [0, 1, 3, 2]
_CONVOLUTIONS = {"Conv": 1, "ConvTranspose": 1}
_POOLS = {"MaxPool", "AveragePool", "GlobalAveragePool"}
_POINTWISE = {
    "Add", "Cast", "Clip", "Concat", "Div", "GreaterOrEqual", "HardSigmoid", "HardSwish",
    "LeakyRelu", "Max", "Min", "Mul", "PRelu", "Relu", "Sigmoid", "Sub", "Tanh", "Where",
}  # fmt: skip
_PAIRS = ("kernel_shape", "strides", "dilations", "output_padding", "output_shape")


class Upright:
    """Moves the transposes of the image axes from the ends into the weights."""

    name = "upright"
    summary = "the transposes around the network moved into its weights"

    def apply(self, network: Network) -> Network | None:
        """See ``Pass``; one transpose at each end, and between them no operator of fixed order."""
        editor = GraphEditor(network.model)
        ends = [node for node in editor.nodes if node.op_type == "Transpose"]
        if not _frames(editor, ends) or not all(
            _can_turn(editor, node) for node in editor.nodes if node.op_type != "Transpose"
        ):
            return None
        first, last = ends
        for node in editor.nodes:
            _turn(editor, node)
        editor.rename_uses(first.output[0], first.input[0])
        made = editor.producer(last.input[0])
        assert made is not None
        made.output[list(made.output).index(last.input[0])] = last.output[0]
        editor.rename_uses(last.input[0], last.output[0])
        editor.nodes = [node for node in editor.nodes if node.op_type != "Transpose"]
        return Network(editor.finish(), network.contract)


def _frames(editor: GraphEditor, ends: list[onnx.NodeProto]) -> bool:
    inputs = [value.name for value in editor.model.graph.input]
    if len(ends) != 2 or len(inputs) != 1 or len(editor.outputs) != 1:
        return False
    first, last = ends
    return (
        all(list(attributes_of(end).get("perm", ())) == _SWAP for end in ends)
        and first.input[0] == inputs[0]
        and editor.users(inputs[0]) == [first]
        and last.output[0] in editor.outputs
    )


def _can_turn(editor: GraphEditor, node: onnx.NodeProto) -> bool:
    kind, values = node.op_type, attributes_of(node)
    if kind in _CONVOLUTIONS:
        weights = editor.constant(node.input[1])
        return weights is not None and weights.ndim == 4 and "auto_pad" not in values
    if kind in _POOLS:
        return len(node.output) == 1 and "auto_pad" not in values
    if kind == "Split":
        return _is_phase_split(editor, node)
    if kind == "SpaceToDepth":
        user = editor.only_user(node.output[0])
        return user is not None and _is_phase_split(editor, user)
    if kind == "DepthToSpace":
        return _is_phase_concat(editor, node)
    return kind in _POINTWISE and (kind != "Concat" or values["axis"] == 1)


def _is_phase_split(editor: GraphEditor, node: onnx.NodeProto) -> bool:
    source = editor.producer(node.input[0])
    return (
        node.op_type == "Split"
        and len(node.output) == 4
        and attributes_of(node).get("axis", 0) == 1
        and source is not None
        and source.op_type == "SpaceToDepth"
        and attributes_of(source)["blocksize"] == 2
    )


def _is_phase_concat(editor: GraphEditor, node: onnx.NodeProto) -> bool:
    source, values = editor.producer(node.input[0]), attributes_of(node)
    return (
        values["blocksize"] == 2
        and values.get("mode", b"DCR") == b"DCR"
        and source is not None
        and source.op_type == "Concat"
        and len(source.input) == 4
        and editor.only_user(source.output[0]) is not None
    )


def _turn(editor: GraphEditor, node: onnx.NodeProto) -> None:
    if node.op_type in _CONVOLUTIONS or node.op_type in _POOLS:
        _turn_attributes(node)
    if node.op_type in _CONVOLUTIONS:
        _turn_constant(editor, node, 1)
    elif node.op_type in _POINTWISE:
        for at in range(len(node.input)):
            _turn_constant(editor, node, at)
    elif node.op_type == "Split":
        # Upper right and lower left are exchanged.
        node.output[1], node.output[2] = node.output[2], node.output[1]
    elif node.op_type == "DepthToSpace":
        source = editor.producer(node.input[0])
        assert source is not None
        source.input[1], source.input[2] = source.input[2], source.input[1]


def _turn_attributes(node: onnx.NodeProto) -> None:
    for attribute in node.attribute:
        if attribute.name in _PAIRS and attribute.ints:
            attribute.ints[:] = list(attribute.ints)[::-1]
        elif attribute.name == "pads":
            top, left, bottom, right = attribute.ints
            attribute.ints[:] = [left, top, right, bottom]


def _turn_constant(editor: GraphEditor, node: onnx.NodeProto, at: int) -> None:
    value = editor.constant(node.input[at])
    if value is None or value.ndim < 2 or value.shape[-1] == value.shape[-2] == 1:
        return
    node.input[at] = editor.add_constant(f"{node.input[at]}/upright", np.swapaxes(value, -1, -2))


PASS = Upright()
