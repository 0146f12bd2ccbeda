"""Pass ``pixel-shuffle``: DepthToSpace as two transposes that move one axis each.

onnxruntime permutes all six axes in one generic loop, which takes about 3.5 ns per value. Moving
one axis is a matrix transpose or a copy of rows; its kernels for these are five times faster:

    (i, j, C, h, w) -> (i, C, h, w, j) -> (C, h, i, w, j)

SpaceToDepth would not become faster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hairopt.convert.passes.editor import GraphEditor, attributes_of
from hairopt.convert.passes.protocol import Network

if TYPE_CHECKING:
    import onnx


class PixelShuffle:
    """Replaces DepthToSpace in mode DCR, for one picture at a time."""

    name = "pixel-shuffle"
    summary = "DepthToSpace as two transposes that move one axis each"

    def apply(self, network: Network) -> Network | None:
        """See ``Pass``; batch size 1 and known shapes."""
        editor = GraphEditor(network.model)
        changed = False
        for node in list(editor.nodes):
            new = _moves(editor, node)
            if new:
                editor.replace(node, new)
                changed = True
        return Network(editor.finish(), network.contract) if changed else None


def _moves(editor: GraphEditor, node: onnx.NodeProto) -> list[onnx.NodeProto]:
    if node.op_type != "DepthToSpace":
        return []
    values, shape = attributes_of(node), editor.shape(node.input[0])
    if shape is None or shape[0] != 1 or values.get("mode", b"DCR") != b"DCR":
        return []
    size = int(values["blocksize"])
    _, depth, height, width = shape
    channels = depth // size**2
    return _chain(
        editor,
        node,
        [
            ([size, size, channels * height * width], [0, 2, 1]),
            ([size, channels * height, width * size], [1, 0, 2]),
            ([1, channels, height * size, width * size], None),
        ],
    )


def _chain(
    editor: GraphEditor, node: onnx.NodeProto, steps: list[tuple[list[int], list[int] | None]]
) -> list[onnx.NodeProto]:
    """A chain of reshapes, each except the last followed by a transpose."""
    output, source, chain = node.output[0], node.input[0], []
    for shape, order in steps:
        sides = editor.add_constant(f"{output}/sides", np.array(shape, np.int64))
        target = output if order is None else editor.fresh(f"{output}/reshaped")
        chain.append(editor.make("Reshape", [source, sides], [target]))
        if order is not None:
            source = editor.fresh(f"{output}/moved")
            chain.append(editor.make("Transpose", [target], [source], perm=order))
    return chain


PASS = PixelShuffle()
