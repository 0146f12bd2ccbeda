"""Read the metadata in a TFLite file that MediaPipe Tasks uses for input and output.

Source of the slot numbers: ``metadata_schema.fbs`` (identifier M001) and
``image_segmenter_metadata_schema.fbs`` (V001) of MediaPipe.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hairopt.errors import ModelError
from hairopt.models.contract import Activation
from hairopt.models.file_summary import read_network
from hairopt.models.flatbuffer import DamagedError, Table

METADATA_NAME = "TFLITE_METADATA"
SEGMENTER_NAME = "SEGMENTER_METADATA"
NORMALISATION = 1
ACTIVATIONS: tuple[Activation, ...] = ("none", "sigmoid", "softmax")
"""Activations by their number in the file."""


@dataclass(frozen=True)
class MediapipeMetadata:
    """The metadata that decide how Tasks makes the input and reads the output.

    Attributes:
        mean, std: the input is (pixel - mean) / std for pixels of 0..255, with one value or one
            per channel; empty where the file does not state them.
        activation: the function that Tasks applies to the output.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    activation: Activation


def read_metadata(path: Path) -> MediapipeMetadata | None:
    """The metadata of a TFLite file; None where it has none.

    Raises:
        ModelError: the file is damaged.
    """
    try:
        return _read(read_network(path))
    except (DamagedError, IndexError) as error:
        raise ModelError(f"{path} is not an intact TFLite file: {error}") from error


_KINDS: Mapping[str, Mapping[int, str]] = {
    "metadata": {
        0: "text", 1: "text", 2: "text", 3: "graph*", 4: "text", 5: "text", 6: "file*", 7: "text",
    },
    "graph": {
        0: "text", 1: "text", 2: "tensor*", 3: "tensor*", 4: "file*", 5: "unit*", 6: "unit*",
        7: "group*", 8: "group*", 9: "custom*",
    },
    "tensor": {0: "text", 1: "text", 2: "text*", 3: "content", 4: "unit*", 5: "stats", 6: "file*"},
    "content": {0: "int8", 1: "union", 2: "range"},
    "content 1": {}, "content 2": {0: "int8", 1: "range"}, "content 4": {0: "int32", 1: "int32"},
    "content 3": {0: "int32*", 1: "int8", 2: "int8"},
    "range": {0: "int32", 1: "int32"},
    "unit": {0: "int8", 1: "union"},
    "unit 1": {0: "float32*", 1: "float32*"}, "unit 2": {0: "int8", 1: "int32"},
    "unit 3": {0: "int32"}, "unit 4": {0: "file*"}, "unit 5": {0: "file*", 1: "file*"},
    "unit 6": {0: "text", 1: "file*"},
    "stats": {0: "float32*", 1: "float32*"},
    "file": {0: "text", 1: "text", 2: "int8", 3: "text", 4: "text"},
    "group": {0: "text", 1: "text*"},
    "custom": {0: "text", 1: "uint8*"},
}  # fmt: skip
"""Kind of table -> slot -> content; a star means a list. ``content 2`` is the table of a union
whose number, in slot 0, is 2."""

_MAX_TABLES = 10_000


def _require_whole(root: Table) -> None:
    """Read everything once, because MediaPipe follows the offsets without a check.

    Raises:
        DamagedError: an offset points outside the block.
    """
    waiting = [("metadata", root)]
    seen = 0
    while waiting:
        kind, table = waiting.pop()
        for slot, what in _KINDS[kind].items():
            waiting += _read_slot(table, slot, what, kind)
        seen += 1
        if seen + len(waiting) > _MAX_TABLES:
            raise DamagedError(f"its metadata have more than {_MAX_TABLES} tables")


def _read_slot(table: Table, slot: int, what: str, kind: str) -> list[tuple[str, Table]]:
    """Read the content of a slot; return the tables in it."""
    name = what.removesuffix("*")
    if name == "text":
        _ = table.texts(slot) if what.endswith("*") else table.text(slot)
    elif what.endswith("*") and name not in _KINDS:
        table.array(slot, np.dtype(name).type)
    elif what.endswith("*"):
        return [(name, one) for one in table.tables(slot)]
    elif name in ("int8", "int32"):
        table.integer(slot, name)
    else:
        inner = table.table(slot)
        if name == "union":
            name = f"{kind} {table.integer(0, 'int8')}"
        return [(name, inner)] if inner is not None and name in _KINDS else []
    return []


def _read(data: bytes) -> MediapipeMetadata | None:
    model = Table.root(data, b"TFL3")
    entry = next((one for one in model.tables(6) if one.text(0) == METADATA_NAME), None)
    if entry is None:
        return None
    block = model.tables(4)[entry.integer(1, "uint32")].array(0, np.uint8).tobytes()
    root = Table.root(block, b"M001")
    _require_whole(root)
    graph = root.tables(3)[0]
    mean, std = _normalisation(graph.tables(2))
    return MediapipeMetadata(mean, std, _activation(graph.tables(9)))


def _normalisation(inputs: list[Table]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    for unit in inputs[0].tables(4) if inputs else ():
        options = unit.table(1)
        if unit.integer(0, "int8") == NORMALISATION and options is not None:
            mean, std = (options.array(slot, np.float32) for slot in (0, 1))
            return tuple(map(float, mean)), tuple(map(float, std))
    return (), ()


def _activation(custom: list[Table]) -> Activation:
    for one in custom:
        if one.text(0) == SEGMENTER_NAME:
            options = Table.root(one.array(1, np.uint8).tobytes(), b"V001")
            return ACTIVATIONS[options.integer(0, "int8")]
    return "none"
