"""Pass ``trim``: read the mask at the size at which the network computes it.

Many networks enlarge their last logits to the size of the input. Nothing is added to the mask by
that, but every operator and every stage behind it then works on four times as many values; and the
mask is enlarged to the size of the photo anyway.

Not exact: the logistic function comes before the enlarging instead of behind it. ``rewrite = true``
leaves it out; ``segment.trim`` asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hairopt.convert.passes.editor import GraphEditor, attributes_of
from hairopt.convert.passes.protocol import Network

if TYPE_CHECKING:
    import onnx

_CENTRES = (b"half_pixel", b"pytorch_half_pixel")


class Trim:
    """Removes a bilinear enlargement before the end of the network."""

    name = "trim"
    summary = "the last enlargement left out: a smaller mask, not exact"

    def apply(self, network: Network) -> Network | None:
        """See ``Pass``; one channel, enlarged by whole factors, with or without a sigmoid."""
        answer = network.contract.output
        if answer.layout != "NCHW" or answer.channels != 1 or answer.kind == "class_map":
            return None
        editor = GraphEditor(network.model)
        last = editor.producer(answer.name)
        sigmoid = last if last is not None and last.op_type == "Sigmoid" else None
        enlarging = editor.producer(sigmoid.input[0]) if sigmoid is not None else last
        if enlarging is None or not _enlarges(editor, enlarging):
            return None
        before = editor.producer(enlarging.input[0])
        if before is None or editor.users(enlarging.output[0]) != ([sigmoid] if sigmoid else []):
            return None
        if sigmoid is not None:
            sigmoid.input[0] = enlarging.input[0]
        elif editor.only_user(enlarging.input[0]) is None:
            return None
        else:
            before.output[list(before.output).index(enlarging.input[0])] = answer.name
        editor.nodes.remove(enlarging)
        for value in editor.model.graph.output:
            value.type.tensor_type.ClearField("shape")
        return Network(editor.finish(), network.contract)


def _enlarges(editor: GraphEditor, node: onnx.NodeProto) -> bool:
    """Whether a node enlarges both sides bilinearly, by whole factors, around pixel centres."""
    values = attributes_of(node)
    if node.op_type != "Resize" or values.get("mode") != b"linear":
        return False
    if values.get("coordinate_transformation_mode", b"half_pixel") not in _CENTRES:
        return False
    scales = editor.constant(node.input[2]) if len(node.input) > 2 and node.input[2] else None
    if scales is None or scales.size != 4:
        return False
    batch, channels, rows, columns = (float(scale) for scale in scales)
    return batch == channels == 1 and rows == columns and rows > 1 and rows == int(rows)


PASS = Trim()
