"""The metadata that MediaPipe Tasks' ImageSegmenter needs in a TFLite file.

Without them it refuses a float32 network, because they say how to normalise the picture and
whether the output is already a probability. Source of the slot numbers: ``metadata_schema.fbs``
(identifier M001) and ``image_segmenter_metadata_schema.fbs`` (V001) of MediaPipe.
"""

from __future__ import annotations

import io
import zipfile

import numpy as np

from hairopt.convert.tflite.flatbuffer_writer import FlatbufferWriter
from hairopt.models.contract import Activation, Contract
from hairopt.models.mediapipe_metadata import ACTIVATIONS, NORMALISATION, SEGMENTER_NAME

LABELS_FILE = "labels.txt"

_IMAGE_PROPERTIES, _RGB, _GREY = 2, 1, 2
_AXIS_LABELS = 2
_PARSER_VERSION = "1.5.0"


def metadata(name: str, licence: str, contract: Contract) -> bytes:
    """The block ``TFLITE_METADATA`` of a network.

    Args:
        name: name of the model.
        licence: licence of the network.
        contract: mean and standard deviation of the input, and the kind of the output.
    """
    writer = FlatbufferWriter()
    options = _segmenter_options(contract.output.activation)
    custom = writer.table(
        (0, "offset", writer.text(SEGMENTER_NAME)), (1, "offset", writer.data(options))
    )
    graph = writer.table(
        (2, "offset", writer.tables([_input(writer, contract)])),
        (3, "offset", writer.tables([_output(writer)])),
        (9, "offset", writer.tables([custom])),
    )
    root = writer.table(
        (0, "offset", writer.text(name)),
        (1, "offset", writer.text("Which pixels of a photo are hair.")),
        (3, "offset", writer.tables([graph])),
        (5, "offset", writer.text(licence)),
        (7, "offset", writer.text(_PARSER_VERSION)),
    )
    return writer.finish(root, b"M001")


def with_labels(network: bytes, labels: list[str]) -> bytes:
    """A TFLite file with its label file in a zip archive at its end, as Tasks expects it.

    The archive is stored uncompressed and dated 1980, so that the same network gives the same
    bytes.
    """
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as files:
        files.writestr(zipfile.ZipInfo(LABELS_FILE), "\n".join(labels) + "\n")
    return network + archive.getvalue()


def _segmenter_options(activation: Activation) -> bytes:
    writer = FlatbufferWriter()
    return writer.finish(writer.table((0, "int8", ACTIVATIONS.index(activation))), b"V001")


def _input(writer: FlatbufferWriter, contract: Contract) -> int:
    """One picture; Tasks normalises pixels in 0..255, the contract pixels in 0..1."""
    mean = 255 * np.asarray(contract.input.mean)
    std = 255 * np.asarray(contract.input.std)
    if len(set(mean)) == 1 and len(set(std)) == 1:
        mean, std = mean[:1], std[:1]
    lowest, highest = (0 - mean) / std, (255 - mean) / std
    normalisation = writer.table(
        (0, "offset", writer.numbers(mean, np.float32)),
        (1, "offset", writer.numbers(std, np.float32)),
    )
    unit = writer.table((0, "int8", NORMALISATION), (1, "offset", normalisation))
    statistics = writer.table(
        (0, "offset", writer.numbers(highest, np.float32)),
        (1, "offset", writer.numbers(lowest, np.float32)),
    )
    return writer.table(
        (0, "offset", writer.text("image")),
        (1, "offset", writer.text("The whole photo, squashed to a square.")),
        (3, "offset", _content(writer, _RGB)),
        (4, "offset", writer.tables([unit])),
        (5, "offset", statistics),
    )


def _output(writer: FlatbufferWriter) -> int:
    labels = writer.table(
        (0, "offset", writer.text(LABELS_FILE)),
        (1, "offset", writer.text("What the masks show.")),
        (2, "int8", _AXIS_LABELS),
    )
    return writer.table(
        (0, "offset", writer.text("segmentation_masks")),
        (1, "offset", writer.text("Probability of hair.")),
        (3, "offset", _content(writer, _GREY)),
        (6, "offset", writer.tables([labels])),
    )


def _content(writer: FlatbufferWriter, color_space: int) -> int:
    properties = writer.table((0, "int8", color_space))
    return writer.table((0, "int8", _IMAGE_PROPERTIES), (1, "offset", properties))
