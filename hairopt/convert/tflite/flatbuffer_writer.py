"""Write FlatBuffers tables by slot number, the counterpart of ``models.flatbuffer``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import flatbuffers
import numpy as np
from numpy.typing import ArrayLike

Kind = Literal["offset", "int8", "int32", "uint32", "float32", "bool"]
Field = tuple[int, Kind, Any]
"""Slot in the schema, type, and value: a number, or the result of another call of the writer."""

_PREPEND = {
    "int8": "PrependInt8",
    "int32": "PrependInt32",
    "uint32": "PrependUint32",
    "float32": "PrependFloat32",
    "bool": "PrependBool",
}


class FlatbufferWriter:
    """Builds one file from the leaves to the root; the same calls give the same bytes."""

    def __init__(self) -> None:
        self._builder: Any = flatbuffers.Builder(1024)

    def text(self, value: str) -> int:
        """A string."""
        return int(self._builder.CreateString(value))

    def numbers(self, values: ArrayLike, dtype: type[np.generic]) -> int:
        """A vector of numbers."""
        return int(self._builder.CreateNumpyVector(np.asarray(values, dtype)))

    def data(self, raw: bytes) -> int:
        """A vector of bytes, aligned to 16 for the kernels that read weights in place."""
        self._builder.StartVector(1, len(raw), 16)
        self._builder.head -= len(raw)
        self._builder.Bytes[self._builder.head : self._builder.head + len(raw)] = raw
        return int(self._builder.EndVector())

    def table(self, *fields: Field) -> int:
        """A table; every field is written, also one that equals its default."""
        self._builder.StartObject(max((slot for slot, _, _ in fields), default=-1) + 1)
        for slot, kind, value in fields:
            if kind == "offset":
                self._builder.PrependUOffsetTRelative(value)
            else:
                getattr(self._builder, _PREPEND[kind])(value)
            self._builder.Slot(slot)
        return int(self._builder.EndObject())

    def tables(self, offsets: Sequence[int]) -> int:
        """A vector of tables."""
        self._builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self._builder.PrependUOffsetTRelative(offset)
        return int(self._builder.EndVector())

    def finish(self, root: int, identifier: bytes) -> bytes:
        """The bytes of the file whose root table is ``root``."""
        self._builder.Finish(root, identifier)
        return bytes(self._builder.Output())
