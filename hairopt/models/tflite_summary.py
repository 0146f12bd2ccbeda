"""Summary of a TFLite file: its input and output tensors, operators and metadata."""

from __future__ import annotations

import math
import struct
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hairopt.errors import ModelError
from hairopt.models.file_summary import FileSummary, TensorInfo, sha256_of
from hairopt.models.flatbuffer import DamagedError, Table
from hairopt.models.tflite_operators import only_graph

_DTYPES = {
    0: "float32", 1: "float16", 2: "int32", 3: "uint8", 4: "int64", 5: "string", 6: "bool",
    7: "int16", 9: "int8", 10: "float64",
}  # fmt: skip
_TRANSPARENT = {
    "RESHAPE", "TRANSPOSE", "SQUEEZE", "EXPAND_DIMS", "CAST", "QUANTIZE", "DEQUANTIZE",
    "RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR",
}  # fmt: skip
_SAME_AS_ONNX = {"LOGISTIC": "SIGMOID", "ARG_MAX": "ARGMAX"}


def summarize_tflite(path: Path, data: bytes) -> FileSummary:
    """Summary of the bytes of a TFLite file.

    Raises:
        ModelError: damaged, cut off, or with more than one subgraph (control flow).
    """
    try:
        return _summarize(path, data)
    except (DamagedError, struct.error, TypeError, ValueError, IndexError) as error:
        # With damaged bytes the flatbuffers package can raise any Python error.
        raise ModelError(f"{path} is not an intact TFLite file: {error}") from error


def _summarize(path: Path, data: bytes) -> FileSummary:
    model = Table.root(data, b"TFL3")
    graph, kinds = only_graph(model)
    tensors, steps = graph.tables(0), graph.tables(3)
    makers = {
        int(output): (kinds[step.integer(0, "uint32")], step.array(1, np.int32))
        for step in steps
        for output in step.array(2, np.int32)
    }
    counts = Counter(kinds[step.integer(0, "uint32")] for step in steps)
    return FileSummary(
        path=path,
        format="tflite",
        bytes=len(data),
        sha256=sha256_of(data),
        parameters=_parameters(tensors, model.tables(4)),
        operators=dict(counts.most_common()),
        inputs=tuple(_tensor(tensors[int(i)], "") for i in graph.array(1, np.int32)),
        outputs=tuple(
            _tensor(tensors[int(i)], _made_by(int(i), makers)) for i in graph.array(2, np.int32)
        ),
        mediapipe_metadata=any(entry.text(0) == "TFLITE_METADATA" for entry in model.tables(6)),
    )


def _parameters(tensors: list[Table], buffers: list[Table]) -> int:
    # Slot 2: size of weights stored after the FlatBuffer, in files larger than 2 GB.
    stored = [
        buffer.array(0, np.uint8).size > 0 or buffer.integer(2, "uint64") > 1 for buffer in buffers
    ]
    constants = [tensor for tensor in tensors if stored[tensor.integer(2, "uint32")]]
    return sum(math.prod(map(int, tensor.array(0, np.int32))) for tensor in constants)


def _made_by(index: int, makers: dict[int, tuple[str, NDArray[np.int32]]]) -> str:
    for _ in range(len(makers)):
        if index not in makers:
            return ""
        kind, inputs = makers[index]
        if kind not in _TRANSPARENT or not inputs.size:
            return _SAME_AS_ONNX.get(kind, kind.upper())
        index = int(inputs[0])
    return ""


def _tensor(table: Table, made_by: str) -> TensorInfo:
    signature = table.array(7, np.int32)
    sides = signature if signature.size else table.array(0, np.int32)
    quantization = table.table(4)
    scales = quantization.array(2, np.float32) if quantization else np.empty(0)
    zeros = quantization.array(3, np.int64) if quantization else np.empty(0)
    return TensorInfo(
        name=table.text(3),
        shape=tuple(int(side) if side >= 0 else None for side in sides),
        dtype=_DTYPES.get(table.integer(1, "int8"), "unknown"),
        scale=float(scales[0]) if scales.size == 1 else None,
        zero_point=int(zeros[0]) if scales.size == 1 and zeros.size == 1 else None,
        made_by=made_by,
    )
