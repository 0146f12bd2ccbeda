"""A typed reader of TFLite files: tensors, operators and weights, without TensorFlow.

Source of the slot numbers: ``schema.fbs`` of TensorFlow Lite, version 3.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hairopt.convert.tflite.options import Options, read_options
from hairopt.errors import ModelError
from hairopt.models.file_summary import read_network
from hairopt.models.flatbuffer import DamagedError, Table
from hairopt.models.tflite_operators import only_graph

_MAX_RANK = 8

DTYPES: dict[int, type[np.generic]] = {
    0: np.float32,
    1: np.float16,
    2: np.int32,
    3: np.uint8,
    4: np.int64,
    6: np.bool_,
    7: np.int16,
    9: np.int8,
}
"""TensorType of the schema -> numpy; other types are refused."""


@dataclass(frozen=True)
class Tensor:
    """A tensor of the graph.

    Attributes:
        name: as in the file; it may be empty or not unique.
        shape: sizes, NHWC for pictures.
        dtype: numpy type.
        data: its constant value, or None if it is computed.
        quantized: whether the stored numbers have a scale and a zero point.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    data: NDArray[Any] | None
    quantized: bool


@dataclass(frozen=True)
class Operator:
    """One operator; ``inputs`` has -1 for an absent optional input."""

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Options


@dataclass(frozen=True)
class TfliteGraph:
    """A network: its first subgraph. Inputs, outputs and operators refer to ``tensors``."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def read_tflite(path: Path) -> TfliteGraph:
    """Read a TFLite file.

    Raises:
        ModelError: unreadable, no TFLite file, damaged, cut off, too large, or more than one
            subgraph (control flow).
    """
    data = read_network(path)
    try:
        return _read(data)
    except (DamagedError, struct.error, TypeError, ValueError, IndexError) as error:
        # With damaged bytes the flatbuffers package can raise any Python error.
        raise ModelError(f"{path} is not an intact TFLite file: {error}") from error


def _read(data: bytes) -> TfliteGraph:
    model = Table.root(data, b"TFL3")
    graph, kinds = only_graph(model)
    buffers = model.tables(4)
    tensors = tuple(_tensor(table, buffers, data) for table in graph.tables(0))
    return TfliteGraph(
        tensors=tensors,
        operators=tuple(_operator(table, kinds, len(tensors)) for table in graph.tables(3)),
        inputs=_indices(graph, 1, len(tensors)),
        outputs=_indices(graph, 2, len(tensors)),
    )


def _indices(table: Table, slot: int, count: int) -> tuple[int, ...]:
    indices = tuple(int(value) for value in table.array(slot, np.int32))
    if any(not -1 <= index < count for index in indices):
        raise DamagedError(f"a tensor number in {indices[:8]} is not below {count}")
    return indices


def _operator(table: Table, kinds: list[str], tensor_count: int) -> Operator:
    opcode = table.integer(0, "uint32")
    if opcode >= len(kinds):
        raise DamagedError(f"operator code {opcode} of {len(kinds)}")
    kind = kinds[opcode]
    custom = table.array(5, np.uint8)[:4096].tobytes()
    return Operator(
        kind=kind,
        inputs=_indices(table, 1, tensor_count),
        outputs=_indices(table, 2, tensor_count),
        options=read_options(kind, table.table(4), custom),
    )


def _tensor(table: Table, buffers: list[Table], data: bytes) -> Tensor:
    name = table.text(3)
    shape = tuple(int(value) for value in table.array(0, np.int32))
    if len(shape) > _MAX_RANK or any(value < 0 for value in shape):
        raise DamagedError(f"tensor {name!r} has the shape {shape}")
    code = table.integer(1, "int8")
    if code not in DTYPES:
        raise DamagedError(f"tensor {name!r} has the type code {code}, which is not supported")
    if table.table(6) is not None:
        raise DamagedError(f"tensor {name!r} is sparse, which is not supported")
    quantization = table.table(4)
    dtype = np.dtype(DTYPES[code])
    return Tensor(
        name=name,
        shape=shape,
        dtype=dtype,
        data=_constant(name, shape, dtype, table.integer(2, "uint32"), buffers, data),
        quantized=quantization is not None and quantization.array(2, np.float32).size > 0,
    )


def _constant(
    name: str,
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    number: int,
    buffers: list[Table],
    data: bytes,
) -> NDArray[Any] | None:
    if number >= len(buffers):
        raise DamagedError(f"tensor {name!r} refers to buffer {number} of {len(buffers)}")
    raw = _buffer_bytes(buffers[number], data)
    if raw.size == 0:
        return None
    expected = math.prod(shape) * dtype.itemsize
    if raw.size != expected:
        raise DamagedError(f"tensor {name!r} holds {raw.size} bytes, its shape needs {expected}")
    value: NDArray[Any] = raw.view(dtype.newbyteorder("<")).reshape(shape)
    return value


def _buffer_bytes(buffer: Table, data: bytes) -> NDArray[np.uint8]:
    # Offset and size (slots 1 and 2) are used in files larger than 2 GB; 0 or 1 mean "not used".
    offset, size = buffer.integer(1, "uint64"), buffer.integer(2, "uint64")
    if offset > 1:
        if offset + size > len(data):
            raise DamagedError(f"a buffer of {size} bytes at {offset} reaches beyond the end")
        return np.frombuffer(data, np.uint8, size, offset)
    return buffer.array(0, np.uint8)
