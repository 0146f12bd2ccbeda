"""Writes tiny TFLite files, so that operators can be tested one at a time."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import flatbuffers
import numpy as np

BUILTIN_CODES = {
    "ADD": 0,
    "AVERAGE_POOL_2D": 1,
    "CONCATENATION": 2,
    "CONV_2D": 3,
    "DEPTHWISE_CONV_2D": 4,
    "DEQUANTIZE": 6,
    "LOGISTIC": 14,
    "MAX_POOL_2D": 17,
    "MUL": 18,
    "RELU": 19,
    "RELU6": 21,
    "RESIZE_BILINEAR": 23,
    "SOFTMAX": 25,
    "TANH": 28,
    "PAD": 34,
    "MEAN": 40,
    "SUB": 41,
    "FLOOR_MOD": 95,
    "PRELU": 54,
    "TRANSPOSE_CONV": 67,
    "RESIZE_NEAREST_NEIGHBOR": 97,
    "LEAKY_RELU": 98,
    "HARD_SWISH": 117,
}
OPTION_TYPES = {
    "CONV_2D": 1,
    "DEPTHWISE_CONV_2D": 2,
    "MAX_POOL_2D": 5,
    "AVERAGE_POOL_2D": 5,
    "SOFTMAX": 9,
    "CONCATENATION": 10,
    "ADD": 11,
    "RESIZE_BILINEAR": 15,
    "PAD": 22,
    "MUL": 21,
    "MEAN": 27,
    "SUB": 28,
    "TRANSPOSE_CONV": 49,
    "RESIZE_NEAREST_NEIGHBOR": 74,
    "LEAKY_RELU": 75,
}
TYPE_CODES = {"float32": 0, "float16": 1, "int32": 2, "uint8": 3, "int8": 9}


@dataclass
class Network:
    """One to be written; tensor 0 is the input, the last one the output."""

    shapes: list[tuple[int, ...]] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    data: list[bytes] = field(default_factory=list)
    scales: list[float] = field(default_factory=list)
    operators: list[tuple] = field(default_factory=list)

    def tensor(self, *shape: int, dtype: str = "float32", scale: float = 0.0) -> int:
        return self._add(shape, dtype, b"", scale)

    def constant(self, value) -> int:
        array = np.asarray(value)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        return self._add(array.shape, str(array.dtype), array.tobytes(), 0.0)

    def operator(self, kind, inputs, outputs, options=(), custom=b"") -> None:
        """``options`` are (slot, flatbuffers type such as Int32, value)."""
        self.operators.append((kind, list(inputs), list(outputs), options, custom))

    def _add(self, shape, dtype, data, scale) -> int:
        self.shapes.append(tuple(shape))
        self.types.append(dtype)
        self.data.append(data)
        self.scales.append(scale)
        return len(self.shapes) - 1

    def write(self, inputs=(0,), outputs=None) -> bytes:
        return _Writer(self).model(list(inputs), list(outputs or [len(self.shapes) - 1]))


def pool_struct(padding: int, stride: int, kernel: int) -> bytes:
    """TfLitePoolParams as MediaPipe's converter writes it."""
    return struct.pack("<8i", padding, stride, stride, kernel, kernel, 0, -1, -1)


class _Writer:
    def __init__(self, network: Network) -> None:
        self.net = network
        self.b = flatbuffers.Builder(1024)

    def ints(self, values):
        return self.b.CreateNumpyVector(np.asarray(values, np.int32))

    def table(self, *fields):
        """``fields`` are (slot, kind, value) with kind an offset or a number type."""
        self.b.StartObject(max([f[0] for f in fields], default=-1) + 1)
        for slot, kind, value in fields:
            if kind == "Offset":
                self.b.PrependUOffsetTRelativeSlot(slot, value, 0)
            else:
                # Forced, since a field that equals its default would be left out.
                getattr(self.b, f"Prepend{kind}")(value)
                self.b.Slot(slot)
        return self.b.EndObject()

    def tables(self, offsets):
        self.b.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self.b.PrependUOffsetTRelative(offset)
        return self.b.EndVector()

    def model(self, inputs, outputs) -> bytes:
        kinds = list(dict.fromkeys(op[0] for op in self.net.operators))
        codes = self.tables([self.code(kind) for kind in kinds])
        buffers = self.tables([self.table()] + [self.buffer(d) for d in self.net.data])
        graph = self.table(
            (0, "Offset", self.tables([self.tensor(i) for i in range(len(self.net.shapes))])),
            (1, "Offset", self.ints(inputs)),
            (2, "Offset", self.ints(outputs)),
            (3, "Offset", self.tables([self.op(op, kinds) for op in self.net.operators])),
        )
        fields = ((1, "Offset", codes), (2, "Offset", self.tables([graph])))
        root = self.table((0, "Uint32", 3), *fields, (4, "Offset", buffers))
        self.b.Finish(root, b"TFL3")
        return bytes(self.b.Output())

    def code(self, kind):
        if kind in BUILTIN_CODES:
            number = BUILTIN_CODES[kind]
            return self.table((0, "Int8", number), (2, "Int32", 1), (3, "Int32", number))
        name = self.b.CreateString(kind)
        return self.table((0, "Int8", 32), (1, "Offset", name), (2, "Int32", 1), (3, "Int32", 32))

    def buffer(self, data):
        if not data:
            return self.table()
        # LiteRT wants weights aligned to 16 bytes.
        self.b.StartVector(1, len(data), 16)
        self.b.head -= len(data)
        self.b.Bytes[self.b.head : self.b.head + len(data)] = data
        return self.table((0, "Offset", self.b.EndVector()))

    def tensor(self, index):
        fields = [
            (0, "Offset", self.ints(self.net.shapes[index])),
            (1, "Int8", TYPE_CODES[self.net.types[index]]),
            (2, "Uint32", index + 1),
            (3, "Offset", self.b.CreateString(f"t{index}")),
        ]
        if self.net.scales[index]:
            scale = self.b.CreateNumpyVector(np.array([self.net.scales[index]], np.float32))
            zero = self.b.CreateNumpyVector(np.zeros(1, np.int64))
            fields.append((4, "Offset", self.table((2, "Offset", scale), (3, "Offset", zero))))
        return self.table(*fields)

    def op(self, operator, kinds):
        kind, inputs, outputs, options, custom = operator
        fields = [
            (0, "Uint32", kinds.index(kind)),
            (1, "Offset", self.ints(inputs)),
            (2, "Offset", self.ints(outputs)),
        ]
        if kind in OPTION_TYPES:
            fields.append((3, "Uint8", OPTION_TYPES[kind]))
            fields.append((4, "Offset", self.table(*options)))
        if custom:
            fields.append((5, "Offset", self.b.CreateByteVector(custom)))
        return self.table(*fields)
