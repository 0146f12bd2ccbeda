"""Read the float32 network from which all forms are made, or refuse it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hairopt.convert.passes.protocol import Network
from hairopt.convert.tflite.to_onnx import convert_tflite, converted_contract
from hairopt.errors import ModelError
from hairopt.models.contract import ModelRecord
from hairopt.models.file_summary import read_network
from hairopt.models.onnx_summary import parse_onnx

if TYPE_CHECKING:
    import onnx

_RUNNABLE_DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft")
"""Domains of operators that onnxruntime has."""

_LAYERS = ("Conv", "ConvTranspose", "Gemm", "MatMul")
"""Operators whose output is infinite if a weight is infinite."""


def float32_network(record: ModelRecord, path: Path) -> Network:
    """A model as float32 ONNX, from any file format, with the contract of the ONNX network.

    Raises:
        ModelError: the file is damaged or too large, has weights in other files, infinite or NaN
            weights, or custom operators, or cannot be converted.
    """
    if record.format == "onnx":
        return Network(read_onnx(path), record.contract)
    model = convert_tflite(path)
    _require_finite_weights(model, path)
    return Network(model, converted_contract(record.contract))


def read_onnx(path: Path) -> onnx.ModelProto:
    """Read an ONNX network from which forms can be made.

    Raises:
        ModelError: as ``float32_network``.
    """
    model = parse_onnx(path, read_network(path))
    _require_known_operators(model, path)
    _require_finite_weights(model, path)
    return model


def _require_known_operators(model: onnx.ModelProto, path: Path) -> None:
    own = {function.name for function in model.functions}
    unknown = sorted(
        {
            f"{node.domain}.{node.op_type}"
            for node in model.graph.node
            if node.domain not in _RUNNABLE_DOMAINS and node.op_type not in own
        }
    )
    if unknown:
        raise ModelError(
            f"{path} has custom operators ({', '.join(unknown[:3])}), which onnxruntime does not "
            "have, so no other form can be made from it; export the network with only standard "
            "ONNX operators"
        )


def _require_finite_weights(model: onnx.ModelProto, path: Path) -> None:
    from onnx import numpy_helper

    weights = {name for node in model.graph.node if node.op_type in _LAYERS for name in node.input}
    for initializer in model.graph.initializer:
        values = np.asarray(numpy_helper.to_array(initializer))
        if values.dtype.kind != "f":
            continue
        # In other operators an infinity can be a limit without effect.
        sound = np.isfinite(values) if initializer.name in weights else ~np.isnan(values)
        bad = int(values.size - np.count_nonzero(sound))
        if bad:
            raise ModelError(
                f"weights {initializer.name!r} of {path} have {bad} infinite or NaN values, so no "
                "other form can be made from the network; export it again from a checkpoint whose "
                "training did not diverge"
            )
