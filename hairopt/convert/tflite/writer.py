"""Writes TFLite files: tensors, operators, weights and metadata, without TensorFlow.

Source of the slot numbers: ``schema.fbs`` of TensorFlow Lite, version 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hairopt.convert.tflite.flatbuffer_writer import Field, FlatbufferWriter
from hairopt.models.tflite_operators import TFLITE_OPERATORS

_TYPES = {"float32": 0, "int32": 2, "int8": 9}
_OPTION_TABLES = {
    "CONV_2D": 1, "DEPTHWISE_CONV_2D": 2, "AVERAGE_POOL_2D": 5, "MAX_POOL_2D": 5,
    "CONCATENATION": 10, "ADD": 11, "RESIZE_BILINEAR": 15, "MUL": 21, "PAD": 22, "MEAN": 27,
    "DEPTH_TO_SPACE": 94, "RESIZE_NEAREST_NEIGHBOR": 74,
}  # fmt: skip
"""Operator -> its number in ``union BuiltinOptions``; other operators have no options."""
_VERSIONS = {"RESIZE_BILINEAR": 3, "RESIZE_NEAREST_NEIGHBOR": 3}
"""Operator -> first version with half-pixel centres; for all others version 1 is used."""
_INT8_VERSIONS = {
    "ADD": 2, "CONCATENATION": 2, "CONV_2D": 3, "DEPTHWISE_CONV_2D": 3, "DEQUANTIZE": 2,
    "MAX_POOL_2D": 2, "MEAN": 2, "MUL": 2, "PAD": 2, "RELU": 2, "RELU6": 2,
}  # fmt: skip
"""Operator -> first version with int8."""
_LARGEST_OLD_CODE = 127
_SCHEMA_VERSION = 3


@dataclass(frozen=True)
class Affine:
    """``real = scale * (stored - zero_point)``, once for a tensor or for each index of an axis."""

    scale: tuple[float, ...]
    zero_point: tuple[int, ...]
    axis: int = 0


@dataclass(frozen=True)
class Tensor:
    """A tensor; ``data`` is empty for inputs and computed tensors."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    data: bytes
    affine: Affine | None = None

    @property
    def value(self) -> NDArray[Any]:
        """The value of a constant."""
        little = np.dtype(self.dtype).newbyteorder("<")
        return np.frombuffer(self.data, little).reshape(self.shape)


@dataclass(frozen=True)
class Step:
    """An operator with its inputs and its one output by number."""

    kind: str
    inputs: tuple[int, ...]
    output: int
    options: tuple[Field, ...]


@dataclass
class TfliteNetwork:
    """A network that is being built; tensors are referred to by number, pictures are NHWC."""

    tensors: list[Tensor] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def tensor(self, name: str, shape: Sequence[int], affine: Affine | None = None) -> int:
        """Add an input or computed tensor: float32, or int8 if it is quantised."""
        dtype = "float32" if affine is None else "int8"
        return self._add(Tensor(name, tuple(shape), dtype, b"", affine))

    def constant(self, name: str, value: NDArray[Any], affine: Affine | None = None) -> int:
        """Add a constant, float32, int32 or int8."""
        little = np.ascontiguousarray(value, value.dtype.newbyteorder("<"))
        return self._add(Tensor(name, value.shape, value.dtype.name, little.tobytes(), affine))

    def step(self, kind: str, inputs: Sequence[int], output: int, *options: Field) -> None:
        """Add an operator by its builtin name, with its options by slot."""
        self.steps.append(Step(kind, tuple(inputs), output, options))

    def shape(self, tensor: int) -> tuple[int, ...]:
        """The shape of a tensor."""
        return self.tensors[tensor].shape

    def write(
        self, inputs: Sequence[int], outputs: Sequence[int], metadata: dict[str, bytes]
    ) -> bytes:
        """The bytes of the file.

        Args:
            inputs: input tensors.
            outputs: output tensors.
            metadata: named blocks, not used by the runtime itself.
        """
        writer = FlatbufferWriter()
        kinds = sorted({step.kind for step in self.steps})
        blocks = [tensor.data for tensor in self.tensors] + list(metadata.values())
        buffers = [writer.table(), *(_buffer(writer, block) for block in blocks)]
        first_block = 1 + len(self.tensors)
        entries = [
            writer.table((0, "offset", writer.text(name)), (1, "uint32", first_block + i))
            for i, name in enumerate(metadata)
        ]
        graph = self._graph(writer, kinds, inputs, outputs)
        small = {s.kind for s in self.steps if any(self.tensors[n].affine for n in s.inputs)}
        codes = [_operator_code(writer, kind, in_8_bits=kind in small) for kind in kinds]
        root = writer.table(
            (0, "uint32", _SCHEMA_VERSION),
            (1, "offset", writer.tables(codes)),
            (2, "offset", writer.tables([graph])),
            (3, "offset", writer.text("written by hairopt")),
            (4, "offset", writer.tables(buffers)),
            (6, "offset", writer.tables(entries)),
        )
        return writer.finish(root, b"TFL3")

    def _graph(
        self,
        writer: FlatbufferWriter,
        kinds: list[str],
        inputs: Sequence[int],
        outputs: Sequence[int],
    ) -> int:
        tensors = [_tensor(writer, one, i + 1) for i, one in enumerate(self.tensors)]
        steps = [_step(writer, one, kinds.index(one.kind)) for one in self.steps]
        return writer.table(
            (0, "offset", writer.tables(tensors)),
            (1, "offset", writer.numbers(inputs, np.int32)),
            (2, "offset", writer.numbers(outputs, np.int32)),
            (3, "offset", writer.tables(steps)),
        )

    def _add(self, tensor: Tensor) -> int:
        self.tensors.append(tensor)
        return len(self.tensors) - 1


def _buffer(writer: FlatbufferWriter, raw: bytes) -> int:
    return writer.table((0, "offset", writer.data(raw))) if raw else writer.table()


def _tensor(writer: FlatbufferWriter, tensor: Tensor, buffer: int) -> int:
    fields: list[Field] = [
        (0, "offset", writer.numbers(tensor.shape, np.int32)),
        (1, "int8", _TYPES[tensor.dtype]),
        (2, "uint32", buffer),
        (3, "offset", writer.text(tensor.name)),
    ]
    if tensor.affine is not None:
        fields.append((4, "offset", _quantization(writer, tensor.affine)))
    return writer.table(*fields)


def _quantization(writer: FlatbufferWriter, affine: Affine) -> int:
    return writer.table(
        (2, "offset", writer.numbers(affine.scale, np.float32)),
        (3, "offset", writer.numbers(affine.zero_point, np.int64)),
        (6, "int32", affine.axis),
    )


def _operator_code(writer: FlatbufferWriter, kind: str, *, in_8_bits: bool) -> int:
    code = TFLITE_OPERATORS.index(kind)
    version = max(_VERSIONS.get(kind, 1), _INT8_VERSIONS.get(kind, 1) if in_8_bits else 1)
    return writer.table(
        (0, "int8", min(code, _LARGEST_OLD_CODE)),
        (2, "int32", version),
        (3, "int32", code),
    )


def _step(writer: FlatbufferWriter, step: Step, code: int) -> int:
    fields: list[Field] = [
        (0, "uint32", code),
        (1, "offset", writer.numbers(step.inputs, np.int32)),
        (2, "offset", writer.numbers([step.output], np.int32)),
    ]
    if step.kind in _OPTION_TABLES:
        # uint8 of a union's type and int8 have the same bytes.
        fields.append((3, "int8", _OPTION_TABLES[step.kind]))
        fields.append((4, "offset", writer.table(*step.options)))
    return writer.table(*fields)
