"""Pass ``pixel-input``: the first convolution reads pixels directly, 0..255, in uint8.

``(pixel / 255 - mean) / std`` is linear in the pixel, and so is a convolution. So the scale goes
into the weights and the means into the bias, and the input is the resized photo itself, with a
quarter of the bytes. A convolution pads with zeros *after* normalisation; if a mean is not zero,
the border would change, and the pass is not applied.
"""

from __future__ import annotations

import numpy as np

from hairopt.convert.passes.editor import GraphEditor, attributes_of
from hairopt.convert.passes.protocol import Network
from hairopt.models.contract import InputContract, Quantization


class PixelInput:
    """Folds the contract's normalisation into the weights."""

    name = "pixel-input"
    summary = "normalisation folded into the first convolution, which is fed with uint8 pixels"

    def apply(self, network: Network) -> Network | None:
        """See ``Pass``; networks whose float32 input goes to plain convolutions only."""
        from onnx import TensorProto

        entry = network.contract.input
        if entry.dtype != "float32" or entry.layout != "NCHW" or entry.extra_channels:
            return None
        editor = GraphEditor(network.model)
        if not _fold(editor, entry):
            return None
        real = editor.fresh(f"{entry.name}/float32")
        editor.rename_uses(entry.name, real)
        editor.nodes.insert(0, editor.make("Cast", [entry.name], [real], to=TensorProto.FLOAT))
        for value in editor.model.graph.input:
            if value.name == entry.name:
                value.type.tensor_type.elem_type = TensorProto.UINT8
        pixels = entry.model_copy(
            update={
                "dtype": "uint8",
                "mean": (0.0, 0.0, 0.0),
                "std": (1.0, 1.0, 1.0),
                "quantization": Quantization(scale=1 / 255, zero_point=0),
            }
        )
        return Network(editor.finish(), network.contract.model_copy(update={"input": pixels}))


def _fold(editor: GraphEditor, entry: InputContract) -> bool:
    users = editor.users(entry.name)
    mean, std = np.array(entry.mean), np.array(entry.std)
    for user in users:
        values = attributes_of(user)
        pads = any(values.get("pads", ())) or values.get("auto_pad", b"NOTSET") not in (
            b"NOTSET",
            b"VALID",
        )
        constants = [editor.constant(name) for name in user.input[1:]]
        if user.op_type != "Conv" or values.get("group", 1) != 1 or (pads and mean.any()):
            return False
        if any(constant is None for constant in constants):
            return False
    for user in users:
        weights = editor.constant(user.input[1])
        assert weights is not None
        scaled = weights.astype(np.float64) / std[:, None, None]
        shift = -(scaled * mean[:, None, None]).sum(axis=(1, 2, 3))
        bias = editor.constant(user.input[2]) if len(user.input) > 2 else None
        names = [
            editor.add_constant(f"{user.input[1]}/pixels", (scaled / 255).astype(weights.dtype)),
            editor.add_constant(
                f"{user.input[1]}/pixels_bias",
                (shift if bias is None else shift + bias).astype(weights.dtype),
            ),
        ]
        del user.input[1:]
        user.input.extend(names)
    return bool(users)


PASS = PixelInput()
