"""Bounds-checked reading of FlatBuffers tables, on top of the ``flatbuffers`` package."""

from __future__ import annotations

from typing import Any

import numpy as np
from flatbuffers import number_types
from flatbuffers.table import Table as RawTable
from numpy.typing import NDArray

MAX_TEXT_BYTES = 4096
MAX_TABLES = 100_000


class DamagedError(ValueError):
    """The bytes contradict the schema; callers turn this into a ModelError with the path."""


_FLAGS = {
    "int8": number_types.Int8Flags,
    "int32": number_types.Int32Flags,
    "uint32": number_types.Uint32Flags,
    "uint64": number_types.Uint64Flags,
}


class Table:
    """One table of a FlatBuffers file; fields are addressed by their slot number in the schema.

    Every offset is checked against the size of the file, and every count against what the file
    can hold: a damaged file raises DamagedError, without reads outside it or huge loops.
    """

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        if not 4 <= position <= len(data) - 4:
            raise DamagedError(f"a table at byte {position} lies outside the {len(data)} bytes")
        self._raw: Any = RawTable(data, position)
        vtable = position - self._raw.Get(number_types.SOffsetTFlags, position)
        if not 0 <= vtable <= len(data) - 4:
            raise DamagedError(f"the field list of the table at byte {position} lies outside")
        size = self._raw.Get(number_types.VOffsetTFlags, vtable)
        if vtable + size > len(data):
            raise DamagedError(f"the field list of the table at byte {position} is cut off")

    @classmethod
    def root(cls, data: bytes, identifier: bytes) -> Table:
        """The root table of a file with this four-byte identifier.

        Raises:
            DamagedError: another kind of file, or too short to be one.
        """
        if len(data) < 16 or data[4:8] != identifier:
            raise DamagedError(f"the identifier {identifier.decode()!r} is missing")
        return cls(data, int.from_bytes(data[:4], "little"))

    def integer(self, slot: int, kind: str, default: int = 0) -> int:
        """A whole number; ``default`` where the file leaves the field out."""
        return int(self._scalar(slot, _FLAGS[kind], default))

    def number(self, slot: int) -> float:
        """A float32, 0 where the file leaves the field out."""
        return float(self._scalar(slot, number_types.Float32Flags, 0.0))

    def flag(self, slot: int) -> bool:
        """A bool, False where the file leaves the field out."""
        return bool(self._scalar(slot, number_types.BoolFlags, 0))

    def text(self, slot: int) -> str:
        """A string, empty where the file leaves it out."""
        offset = self._raw.Offset(4 + 2 * slot)
        return self._text_at(self._raw.Pos + offset) if offset else ""

    def texts(self, slot: int) -> list[str]:
        """A vector of strings, empty where the file leaves it out."""
        start, count = self._vector(slot, 4)
        if count > MAX_TABLES:
            raise DamagedError(f"{count} entries in one list (at most {MAX_TABLES})")
        return [self._text_at(start + 4 * index) for index in range(count)]

    def array(self, slot: int, dtype: type[np.generic]) -> NDArray[Any]:
        """A vector of numbers as a read-only view of the file; empty where left out."""
        width = np.dtype(dtype).itemsize
        start, count = self._vector(slot, width)
        little = np.dtype(dtype).newbyteorder("<")
        return np.frombuffer(self._data, little, count, start) if count else np.empty(0, dtype)

    def tables(self, slot: int) -> list[Table]:
        """A vector of tables; empty where left out."""
        start, count = self._vector(slot, 4)
        if count > MAX_TABLES:
            raise DamagedError(f"{count} entries in one list (at most {MAX_TABLES})")
        if not count:
            return []
        offsets = np.frombuffer(self._data, "<u4", count, start)
        return [Table(self._data, start + 4 * i + int(offset)) for i, offset in enumerate(offsets)]

    def table(self, slot: int) -> Table | None:
        """A nested table, or None where left out."""
        offset = self._raw.Offset(4 + 2 * slot)
        if not offset:
            return None
        position = self._raw.Pos + offset
        self._require(position, 4)
        return Table(self._data, self._raw.Indirect(position))

    def _text_at(self, position: int) -> str:
        """The string whose offset is stored at a position of the file."""
        start, count = self._vector_at(position, 1)
        if count > MAX_TEXT_BYTES:
            raise DamagedError(f"a text of {count} bytes (at most {MAX_TEXT_BYTES})")
        self._require(start, count + 1)  # the zero behind it
        return self._data[start : start + count].decode("utf-8", errors="replace")

    def _scalar(self, slot: int, flags: Any, default: float) -> float:  # noqa: ANN401 - flatbuffers has no types
        offset = self._raw.Offset(4 + 2 * slot)
        if not offset:
            return default
        position = self._raw.Pos + offset
        self._require(position, flags.bytewidth)
        value: float = self._raw.Get(flags, position)
        return value

    def _vector(self, slot: int, width: int) -> tuple[int, int]:
        offset = self._raw.Offset(4 + 2 * slot)
        if not offset:
            return 0, 0
        return self._vector_at(self._raw.Pos + offset, width)

    def _vector_at(self, position: int, width: int) -> tuple[int, int]:
        self._require(position, 4)
        header = self._raw.Indirect(position)
        self._require(header, 4)
        count = self._raw.Get(number_types.UOffsetTFlags, header)
        self._require(header + 4, count * width)
        return header + 4, count

    def _require(self, position: int, size: int) -> None:
        if position < 0 or position + size > len(self._data):
            raise DamagedError(
                f"{size} bytes at {position} reach beyond the end ({len(self._data)} bytes)"
            )
