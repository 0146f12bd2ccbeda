"""Pass ``subpixel``: a transposed convolution as a convolution with one output per phase.

A transposed convolution with stride s has s x s output phases. Each phase is a plain convolution of
the input with every s-th weight (Shi et al. 2016, "Is the deconvolution layer the same as a
convolutional layer?"). DepthToSpace then interleaves the phases. Pointwise operators, and
transposed convolutions whose windows do not overlap, are moved before DepthToSpace: at the small
size the channels fill the vector registers of the CPU.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hairopt.convert.passes.editor import Array, GraphEditor, attributes_of
from hairopt.convert.passes.protocol import Network

if TYPE_CHECKING:
    import onnx


class Subpixel:
    """Replaces ConvTranspose with stride 2, kernel 2 or 3, and an output of twice the size."""

    name = "subpixel"
    summary = "transposed convolutions as convolutions with one output per phase"

    def apply(self, network: Network) -> Network | None:
        """See ``Pass``; constant weights, one group, output exactly twice as large."""
        editor = GraphEditor(network.model)
        changed = False
        for node in [node for node in editor.nodes if node.op_type == "ConvTranspose"]:
            phases = _phases(editor, node)
            if phases:
                editor.replace(node, phases)
                changed = True
        while changed and _postpone(editor):
            pass
        return Network(editor.finish(), network.contract) if changed else None


def _phases(editor: GraphEditor, node: onnx.NodeProto) -> list[onnx.NodeProto]:
    values = attributes_of(node)
    constants = _constants(editor, node)
    if not constants:
        return []
    weights = constants[0]
    kernel, pads = weights.shape[2:], list(values.get("pads", [0] * 4))
    plain = (
        list(values.get("strides", ())) == [2, 2]
        and set(values.get("dilations", (1,))) == {1}
        and values.get("group", 1) == 1
        and not any(values.get("output_padding", ()))
        and "auto_pad" not in values
        and "output_shape" not in values
    )
    if not plain or (kernel, pads) not in (((2, 2), [0, 0, 0, 0]), ((3, 3), [0, 0, 1, 1])):
        return []
    output = node.output[0]
    deep = editor.fresh(f"{output}/phases")
    inputs = [node.input[0], editor.add_constant(f"{deep}/weights", _phase_weights(weights))]
    if len(constants) > 1:
        inputs.append(editor.add_constant(f"{deep}/bias", np.tile(constants[1], 4)))
    side = (kernel[0] + 1) // 2
    conv = editor.make(
        "Conv",
        inputs,
        [deep],
        kernel_shape=[side, side],
        strides=[1, 1],
        dilations=[1, 1],
        pads=[side - 1, side - 1, 0, 0],
        group=1,
    )
    return [conv, editor.make("DepthToSpace", [deep], [output], blocksize=2, mode="DCR")]


def _constants(editor: GraphEditor, node: onnx.NodeProto) -> list[Array]:
    """Weights and, if there is one, bias; empty unless all of them are constant."""
    found = [editor.constant(name) for name in node.input[1:]]
    known = [constant for constant in found if constant is not None]
    return known if len(known) == len(found) else []


def _phase_weights(weights: Array) -> Array:
    """(in, out, k, k) of a transposed convolution to (4 out, in, s, s) of a convolution.

    Output pixel 2 y + i gets, along each axis, input pixel y times weight i and, for a kernel of
    3 and i = 0, input pixel y - 1 times weight 2.
    """
    inside, outside, kernel, _ = weights.shape
    side = (kernel + 1) // 2
    phases = np.zeros((2, 2, outside, inside, side, side), weights.dtype)
    for row in range(kernel):
        for column in range(kernel):
            at = side - 1 - row // 2, side - 1 - column // 2
            phases[row % 2, column % 2, :, :, at[0], at[1]] = weights[:, :, row, column].T
    return phases.reshape(4 * outside, inside, side, side)


def _postpone(editor: GraphEditor) -> bool:
    """Move the operator after one DepthToSpace before it; False if there is none."""
    for node in editor.nodes:
        if node.op_type != "DepthToSpace":
            continue
        user = editor.only_user(node.output[0])
        if user is not None and (_swap_slopes(editor, node, user) or _nest(editor, node, user)):
            return True
    return False


def _swap_slopes(editor: GraphEditor, shuffle: onnx.NodeProto, user: onnx.NodeProto) -> bool:
    """Move a PRelu with a slope per channel: the slopes are repeated for each phase."""
    if user.op_type not in ("PRelu", "Relu", "LeakyRelu"):
        return False
    blocks = int(attributes_of(shuffle)["blocksize"]) ** 2
    if user.op_type == "PRelu":
        slopes = editor.constant(user.input[1])
        if slopes is None or slopes.ndim != 3 or slopes.shape[1:] != (1, 1):
            return False
        user.input[1] = editor.add_constant(
            f"{user.input[1]}/phases", np.tile(slopes, (blocks, 1, 1))
        )
    deep = editor.fresh(f"{user.output[0]}/phases")
    shuffled, output = shuffle.input[0], user.output[0]
    user.input[0], user.output[0] = shuffled, deep
    shuffle.input[0], shuffle.output[0] = deep, output
    _after(editor, user, shuffle)
    return True


def _nest(editor: GraphEditor, outer: onnx.NodeProto, conv: onnx.NodeProto) -> bool:
    """Combine a 1 x 1 convolution with the phases before it: one group each, one DepthToSpace.

    ``outer`` (blocks of s) -> conv 1 x 1 to (2 x 2) phases -> ``inner`` becomes a grouped
    convolution to (s x s) x (2 x 2) phases, whose order one larger DepthToSpace expects as
    (s, 2, s, 2): the filters are put in that order.
    """
    inner = editor.only_user(conv.output[0]) if conv.op_type == "Conv" else None
    if inner is None or inner.op_type != "DepthToSpace" or attributes_of(inner)["blocksize"] != 2:
        return False
    constants = _constants(editor, conv)
    if not constants or constants[0].shape[2:] != (1, 1):
        return False
    if attributes_of(conv).get("group", 1) != 1:
        return False
    weights = constants[0]
    size = int(attributes_of(outer)["blocksize"])
    channels = weights.shape[0] // 4
    # A dense convolution with zeros between the phases: groups of fewer than 16 channels are
    # slower than the zeros.
    wide = np.zeros((size, 2, size, 2, channels, size, size, weights.shape[1]), weights.dtype)
    own = weights.reshape(2, 2, channels, weights.shape[1])
    for i in range(size):
        for j in range(size):
            wide[i, :, j, :, :, i, j, :] = own
    inputs = size**2 * weights.shape[1]
    shaped = wide.reshape(-1, inputs, 1, 1)
    conv.input[1] = editor.add_constant(f"{conv.input[1]}/nested", shaped)
    if len(constants) > 1:
        bias = np.broadcast_to(
            constants[1].reshape(1, 2, 1, 2, channels), (size, 2, size, 2, channels)
        )
        conv.input[2] = editor.add_constant(f"{conv.input[2]}/nested", bias.reshape(-1))
    conv.input[0] = outer.input[0]
    joined = editor.make(
        "DepthToSpace", [inner.input[0]], [inner.output[0]], blocksize=2 * size, mode="DCR"
    )
    editor.nodes = [node for node in editor.nodes if node is not outer]
    editor.replace(inner, [joined])
    return True


def _after(editor: GraphEditor, first: onnx.NodeProto, second: onnx.NodeProto) -> None:
    """Put one node directly after another in the order of execution."""
    editor.nodes = [node for node in editor.nodes if node is not second]
    at = next(i for i, node in enumerate(editor.nodes) if node is first)
    editor.nodes.insert(at + 1, second)


PASS = Subpixel()
