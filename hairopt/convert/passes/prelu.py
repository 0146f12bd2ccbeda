"""Pass ``prelu``: PRelu by ReLU, which every runtime can fuse and quantise.

For any slope a, exact except for one rounding,

    prelu(x) = x + (1 - a) relu(-x)

The two factors, -1 and 1 - a, are written as depthwise 1 x 1 convolutions: onnxruntime keeps
convolutions, ReLU and their sums in its blocked channel layout and fuses them. Its PRelu is a
generic broadcast, which needs a change of layout before and after it. If all slopes of a PRelu are
equal, it becomes a LeakyRelu, which is fused into the convolution before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hairopt.convert.passes.editor import Array, GraphEditor
from hairopt.convert.passes.protocol import Network

if TYPE_CHECKING:
    import onnx


class PReluTerms:
    """Replaces PRelu with one slope per channel."""

    name = "prelu"
    summary = "PRelu as x + (1 - slope) relu(-x), or as LeakyRelu where the slopes are equal"

    def apply(self, network: Network) -> Network | None:
        """See ``Pass``; four-dimensional inputs with constant slopes per channel."""
        editor = GraphEditor(network.model)
        changed = False
        for node in [node for node in editor.nodes if node.op_type == "PRelu"]:
            slopes = _slopes(editor, node)
            if slopes is not None:
                editor.replace(node, _terms(editor, node, slopes))
                changed = True
        return Network(editor.finish(), network.contract) if changed else None


def _slopes(editor: GraphEditor, node: onnx.NodeProto) -> Array | None:
    """One slope per channel, (C,); None if they differ within a channel or are unknown."""
    shape, slopes = editor.shape(node.input[0]), editor.constant(node.input[1])
    if shape is None or len(shape) != 4 or slopes is None or slopes.dtype != np.float32:
        return None
    if slopes.size == 1:
        return np.full(shape[1], slopes.reshape(-1)[0])
    sides = slopes.shape[-3:]
    if slopes.ndim < 3 or slopes.size != sides[0] or sides != (shape[1], 1, 1):
        return None
    return slopes.reshape(-1)


def _terms(editor: GraphEditor, node: onnx.NodeProto, slopes: Array) -> list[onnx.NodeProto]:
    source, output = node.input[0], node.output[0]
    if (slopes == slopes[0]).all():
        return [editor.make("LeakyRelu", [source], [output], alpha=float(slopes[0]))]
    minus, below, raised = (editor.fresh(f"{output}/{part}") for part in ("minus", "relu", "term"))
    return [
        _scale(editor, source, minus, np.full_like(slopes, -1)),
        editor.make("Relu", [minus], [below]),
        _scale(editor, below, raised, 1 - slopes),
        editor.make("Add", [raised, source], [output]),
    ]


def _scale(editor: GraphEditor, source: str, output: str, factors: Array) -> onnx.NodeProto:
    """Each channel times a factor, as a depthwise convolution."""
    channels = factors.size
    weights = editor.add_constant(f"{output}/factors", factors.reshape(channels, 1, 1, 1))
    return editor.make(
        "Conv",
        [source, weights],
        [output],
        kernel_shape=[1, 1],
        strides=[1, 1],
        pads=[0, 0, 0, 0],
        dilations=[1, 1],
        group=channels,
    )


PASS = PReluTerms()
