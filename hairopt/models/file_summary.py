"""Summary of a network file, read from the file alone: no contract is needed, nothing runs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hairopt.errors import ModelError

MAX_FILE_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True)
class TensorInfo:
    """An input or output of a network.

    Attributes:
        name: as in the file.
        shape: sizes; a name or None where a size is not fixed in the file.
        dtype: numpy's name of the type, such as ``float32``.
        scale: scale of affine quantisation, or None.
        zero_point: zero point of affine quantisation, or None.
        made_by: for outputs, the last operator that changes values (resizing, transposing and
            casting do not count), in upper case, such as ``SIGMOID``; empty if unknown.
    """

    name: str
    shape: tuple[int | str | None, ...]
    dtype: str
    scale: float | None = None
    zero_point: int | None = None
    made_by: str = ""


@dataclass(frozen=True)
class FileSummary:
    """Summary of a network file.

    Attributes:
        path: the file.
        format: recognised by content, not by the file name.
        bytes: size of the file.
        sha256: SHA-256 of the file, in lower-case hex.
        parameters: number of values in its constants.
        operators: number of each operator, most frequent first.
        inputs: input tensors.
        outputs: output tensors.
        opset: ONNX operator set; None for TFLite.
        mediapipe_metadata: whether a TFLite file has the metadata that MediaPipe Tasks needs; None
            for ONNX.
    """

    path: Path
    format: Literal["onnx", "tflite"]
    bytes: int
    sha256: str
    parameters: int
    operators: dict[str, int]
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    opset: int | None = None
    mediapipe_metadata: bool | None = None


def summarize(path: Path) -> FileSummary:
    """Summarize a network file.

    Raises:
        ModelError: not readable, larger than 512 MiB, damaged, or neither ONNX nor TFLite.
    """
    data = read_network(path)
    # Deferred: onnx alone takes a third of a second to import.
    if data[4:8] == b"TFL3":
        from hairopt.models.tflite_summary import summarize_tflite

        return summarize_tflite(path, data)
    from hairopt.models.onnx_summary import summarize_onnx

    return summarize_onnx(path, data)


def read_network(path: Path) -> bytes:
    """The bytes of a network file.

    Raises:
        ModelError: not a readable file, empty, or larger than 512 MiB.
    """
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise ModelError(f"{path} has {size} bytes; at most {MAX_FILE_BYTES} are accepted")
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}") from error
    if not data:
        raise ModelError(f"{path} is empty; an .onnx or .tflite network is expected")
    return data


def sha256_of(data: bytes) -> str:
    """SHA-256 in lower-case hex."""
    return hashlib.sha256(data).hexdigest()
