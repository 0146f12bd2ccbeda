"""Pass ``phases``: a convolution to one channel computes a block of 4 x 4 pixels at a time.

Kernels compute 8 or 16 output channels at once, so a convolution to one channel wastes most of
their work. With stride 4 it has one channel for each pixel of a block instead, with the filter
moved by that pixel's place; DepthToSpace then puts the pixels in their places. For a filter of
3 x 3, 36 products replace 9 x 16.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hairopt.convert.passes.editor import Array, GraphEditor, attributes_of
from hairopt.convert.passes.protocol import Network

if TYPE_CHECKING:
    import onnx

_BLOCK = 4
_POINTWISE = ("Relu", "Sigmoid", "HardSigmoid")


class Phases:
    """Replaces convolutions to one channel whose output is divisible by 4."""

    name = "phases"
    summary = "convolutions to one channel as blocks of 4 x 4 pixels"

    def apply(self, network: Network) -> Network | None:
        """See ``Pass``; constant weights, odd filters from 3 x 3 on, output as large as input."""
        editor = GraphEditor(network.model)
        changed = False
        for node in [node for node in editor.nodes if node.op_type == "Conv"]:
            filters = _filters(editor, node)
            if filters is not None:
                _split(editor, node, filters)
                changed = True
        return Network(editor.finish(), network.contract) if changed else None


def _filters(editor: GraphEditor, node: onnx.NodeProto) -> Array | None:
    """The weights of a convolution that can be split; otherwise None."""
    values, constants = attributes_of(node), [editor.constant(name) for name in node.input[1:]]
    weights = constants[0]
    if weights is None or constants[-1] is None or weights.ndim != 4 or weights.shape[0] != 1:
        return None
    if node.output[0] in editor.outputs:  # its name, and so its range, would be another tensor's
        return None
    side = weights.shape[2]
    shapes = editor.shape(node.input[0]), editor.shape(node.output[0])
    if weights.shape[3] != side or side % 2 == 0 or side < 3 or None in shapes:
        return None
    fits = (
        list(values.get("strides", (1, 1))) == [1, 1]
        and list(values.get("dilations", (1, 1))) == [1, 1]
        and values.get("group", 1) == 1
        and list(values.get("pads", [0] * 4)) == [side // 2] * 4
        and values.get("auto_pad", b"NOTSET") == b"NOTSET"
        and all(size % _BLOCK == 0 for size in (shapes[1] or ())[2:])
    )
    return weights if fits else None


def _split(editor: GraphEditor, node: onnx.NodeProto, filters: Array) -> None:
    _, channels, side, _ = filters.shape
    wide = np.zeros((_BLOCK, _BLOCK, channels, side + _BLOCK - 1, side + _BLOCK - 1), filters.dtype)
    for row in range(_BLOCK):
        for column in range(_BLOCK):
            wide[row, column, :, row : row + side, column : column + side] = filters[0]
    # The output keeps its name, by which calibrations know its range.
    deep = node.output[0]
    inputs = [
        node.input[0],
        editor.add_constant(f"{deep}/phases", wide.reshape(-1, *wide.shape[2:])),
    ]
    if len(node.input) > 2:
        bias = editor.constant(node.input[2])
        assert bias is not None
        inputs.append(editor.add_constant(f"{deep}/phases_bias", np.repeat(bias, _BLOCK**2)))
    conv = editor.make(
        "Conv",
        inputs,
        [deep],
        kernel_shape=list(wide.shape[3:]),
        strides=[_BLOCK, _BLOCK],
        dilations=[1, 1],
        pads=[side // 2] * 4,
        group=1,
    )
    shuffle = editor.make(
        "DepthToSpace", [deep], [editor.fresh(f"{deep}/pixels")], blocksize=_BLOCK
    )
    readers = editor.users(deep)
    editor.replace(node, [conv, shuffle])
    if not _postpone(editor, shuffle, readers):
        for reader in readers:
            reader.input[:] = [shuffle.output[0] if name == deep else name for name in reader.input]


def _postpone(editor: GraphEditor, shuffle: onnx.NodeProto, readers: list[onnx.NodeProto]) -> bool:
    """Put a pointwise operator before DepthToSpace; False if no single one follows.

    The pixels of a block are side by side there, and an activation can be fused.
    """
    deep = shuffle.input[0]
    if len(readers) != 1 or readers[0].op_type not in _POINTWISE or deep in editor.outputs:
        return False
    reader = readers[0]
    shuffle.output[0], reader.output[0] = reader.output[0], shuffle.output[0]
    shuffle.input[0] = reader.output[0]
    editor.nodes.remove(shuffle)
    editor.nodes.insert(editor.nodes.index(reader) + 1, shuffle)
    return True


PASS = Phases()
