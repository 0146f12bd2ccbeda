"""The float32 network that every other form is made from, refused where none can be made."""

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
"""Whose operators onnxruntime brings along."""

_LAYERS = ("Conv", "ConvTranspose", "Gemm", "MatMul")
"""Operators for which an infinite weight means an infinite answer."""


def float32_network(record: ModelRecord, path: Path) -> Network:
    """A model as float32 ONNX, whatever its file's format, with the contract of that.

    Raises:
        ModelError: the file is damaged, too large, keeps weights elsewhere, holds weights that are
            no numbers or operators that nothing here can run, or cannot be converted.
    """
    if record.format == "onnx":
        return Network(read_onnx(path), record.contract)
    model = convert_tflite(path)
    _require_finite_weights(model, path)
    return Network(model, converted_contract(record.contract))


def read_onnx(path: Path) -> onnx.ModelProto:
    """A network that other forms can be made from.

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
            f"{path} uses operators of its own ({', '.join(unknown[:3])}), which onnxruntime does "
            "not have, so no other form can be made of it; export the network with standard ONNX "
            "operators only"
        )


def _require_finite_weights(model: onnx.ModelProto, path: Path) -> None:
    from onnx import numpy_helper

    weights = {name for node in model.graph.node if node.op_type in _LAYERS for name in node.input}
    for initializer in model.graph.initializer:
        values = np.asarray(numpy_helper.to_array(initializer))
        if values.dtype.kind != "f":
            continue
        # Elsewhere an infinity is a limit that does not limit.
        sound = np.isfinite(values) if initializer.name in weights else ~np.isnan(values)
        bad = int(values.size - np.count_nonzero(sound))
        if bad:
            raise ModelError(
                f"weights {initializer.name!r} of {path} hold {bad} values that are infinite or no "
                "numbers (NaN), so no other form can be made of the network; export it again from "
                "a checkpoint whose training did not diverge"
            )
