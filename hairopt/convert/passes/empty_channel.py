"""Pass ``empty-channel``: remove input channels that are always zero.

The fourth input channel of MediaPipe's network is the mask of the previous video frame. A photo has
no previous frame, so the channel is zero and has no effect on the result.
"""

from __future__ import annotations

from hairopt.convert.passes.editor import GraphEditor, attributes_of
from hairopt.convert.passes.protocol import Network

_COLOURS = 3


class EmptyChannel:
    """Removes the contract's extra input channels and their weights."""

    name = "empty-channel"
    summary = "input channels that are always empty, and their weights, left out"

    def apply(self, network: Network) -> Network | None:
        """See ``Pass``; channels-first networks whose input goes to plain convolutions only."""
        contract = network.contract
        if not contract.input.extra_channels or contract.input.layout != "NCHW":
            return None
        editor = GraphEditor(network.model)
        if not _drop_weights(editor, contract.input.name):
            return None
        for value in editor.model.graph.input:
            if value.name == contract.input.name:
                value.type.tensor_type.shape.dim[1].dim_value = _COLOURS
        entry = contract.input.model_copy(update={"extra_channels": 0})
        return Network(editor.finish(), contract.model_copy(update={"input": entry}))


def _drop_weights(editor: GraphEditor, name: str) -> bool:
    users = editor.users(name)
    for user in users:
        weights = editor.constant(user.input[1]) if len(user.input) > 1 else None
        if user.op_type != "Conv" or weights is None or attributes_of(user).get("group", 1) != 1:
            return False
    for user in users:
        weights = editor.constant(user.input[1])
        assert weights is not None
        user.input[1] = editor.add_constant(f"{user.input[1]}/colours", weights[:, :_COLOURS])
    return bool(users)


PASS = EmptyChannel()
