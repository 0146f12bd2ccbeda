"""Pass ``one-logit``: compute one number for two classes.

Softmax over two logits is the logistic function of their difference. If a linear operator makes the
logits, a single filter, the difference of its two filters, makes this difference at half the cost:

    softmax(z)_hair = 1 / (1 + exp(-(z_hair - z_rest)))

The logistic function becomes part of the network, in which it is vectorised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hairopt.convert.passes.editor import Array, GraphEditor, attributes_of
from hairopt.convert.passes.protocol import Network
from hairopt.models.contract import OutputContract

if TYPE_CHECKING:
    import onnx


class OneLogit:
    """Subtracts the filter of the other class from the hair's, in the last convolution."""

    name = "one-logit"
    summary = "two-class softmax as one sigmoid channel: the difference of the last two filters"

    def apply(self, network: Network) -> Network | None:
        """See ``Pass``; two-channel outputs, channels first, made by a convolution.

        Transposes of the image axes and resizing by scales may follow the convolution, and a
        softmax over the channels may be the last node.
        """
        answer = network.contract.output
        if answer.layout != "NCHW" or answer.channels != 2 or answer.dtype != "float32":
            return None
        editor = GraphEditor(network.model)
        if len(editor.outputs) != 1 or not _rewrite(editor, answer):
            return None
        for value in editor.model.graph.output:
            value.type.tensor_type.shape.dim[1].dim_value = 1
        one = answer.model_copy(update={"kind": "sigmoid", "channels": 1, "hair": 0})
        return Network(editor.finish(), network.contract.model_copy(update={"output": one}))


def _rewrite(editor: GraphEditor, answer: OutputContract) -> bool:
    last = editor.producer(answer.name)
    if last is None or answer.kind not in ("logits", "softmax") or editor.users(answer.name):
        return False
    if answer.kind == "softmax":
        if last.op_type != "Softmax" or attributes_of(last).get("axis", -1) != 1:
            return False
        softmax, last = last, _made_for(editor, last.input[0])
        editor.nodes.remove(softmax)
        logit = softmax.input[0]
    else:
        logit = editor.fresh(f"{answer.name}/logit")
        last.output[list(last.output).index(answer.name)] = logit
    editor.nodes.append(editor.make("Sigmoid", [logit], [answer.name]))
    while last is not None and _keeps_channels(editor, last):
        last = _made_for(editor, last.input[0])
    return last is not None and _subtract_filters(editor, last, answer.hair)


def _made_for(editor: GraphEditor, tensor: str) -> onnx.NodeProto | None:
    """The node that makes a tensor with only one user."""
    return editor.producer(tensor) if editor.only_user(tensor) is not None else None


def _keeps_channels(editor: GraphEditor, node: onnx.NodeProto) -> bool:
    """Whether a node is linear in the pixels, equal for all channels, without mixing channels."""
    if node.op_type == "Transpose":
        return list(attributes_of(node).get("perm", ())) == [0, 1, 3, 2]
    if node.op_type != "Resize" or len(node.input) < 3 or not node.input[2]:
        return False
    scales = editor.constant(node.input[2])
    return scales is not None and scales.size == 4 and bool((scales[:2] == 1).all())


def _subtract_filters(editor: GraphEditor, node: onnx.NodeProto, hair: int) -> bool:
    axis = {"Conv": 0, "ConvTranspose": 1}.get(node.op_type)
    constants = [editor.constant(name) for name in node.input[1:]]
    if axis is None or attributes_of(node).get("group", 1) != 1:
        return False
    if not constants or any(constant is None for constant in constants):
        return False
    for at, constant in enumerate(constants, start=1):
        assert constant is not None
        one = _difference(constant, axis if at == 1 else 0, hair)
        node.input[at] = editor.add_constant(f"{node.input[at]}/difference", one)
    return True


def _difference(filters: Array, axis: int, hair: int) -> Array:
    wide = filters.astype(np.float64)
    one = np.take(wide, [hair], axis) - np.take(wide, [1 - hair], axis)
    return one.astype(filters.dtype)


PASS = OneLogit()
