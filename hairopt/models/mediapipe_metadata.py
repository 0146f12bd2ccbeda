"""What a TFLite file tells MediaPipe Tasks about its input and output.

Source of the slot numbers: ``metadata_schema.fbs`` (identifier M001) and
``image_segmenter_metadata_schema.fbs`` (V001) of MediaPipe.
"""

from __future__ import annotations

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
"""By their number in the file."""


@dataclass(frozen=True)
class MediapipeMetadata:
    """The part that decides what Tasks feeds and reads.

    Attributes:
        mean, std: Tasks feeds (pixel - mean) / std for pixels of 0..255, one value or one per
            channel; empty where the file does not tell.
        activation: what it applies to the output.
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


def _read(data: bytes) -> MediapipeMetadata | None:
    model = Table.root(data, b"TFL3")
    entry = next((one for one in model.tables(6) if one.text(0) == METADATA_NAME), None)
    if entry is None:
        return None
    block = model.tables(4)[entry.integer(1, "uint32")].array(0, np.uint8).tobytes()
    graph = Table.root(block, b"M001").tables(3)[0]
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
