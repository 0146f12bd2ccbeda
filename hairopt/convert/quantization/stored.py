"""Stored calibrations and float layers of a model.

They are valid for one file and contract. The user's own are stored beside the models; those of
known networks are part of the package.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel

from hairopt.convert.passes.protocol import Network
from hairopt.convert.quantization.calibration import Calibration, calibration_json, read_calibration
from hairopt.convert.quantization.shipped import shipped_calibration, shipped_float_layers
from hairopt.errors import ModelError, UnavailableError
from hairopt.files.validated import Document
from hairopt.models.contract import ModelRecord
from hairopt.models.derived import derived_dir
from hairopt.models.store import write_atomically


class _FloatLayers(BaseModel):
    """The layers that stay float32, and the calibration that they were searched with."""

    calibration: str
    float_layers: list[str]


def kept_calibration(record: ModelRecord, *, own: bool = False) -> Calibration | None:
    """The ranges of a model, the user's first; None if there are none.

    Args:
        record: record of the model.
        own: use only the user's own.

    Raises:
        ModelError: a damaged file.
    """
    path = _ranges(record)
    if path.is_file():
        return read_calibration(path)
    return None if own else shipped_calibration(record)


def keep_calibration(record: ModelRecord, calibration: Calibration, network: Network) -> Path:
    """Store the user's calibration of a model and return the file.

    Args:
        record: record of the model.
        calibration: the ranges.
        network: the observed network, before it was folded.

    Raises:
        UsageError: the folder cannot be written.
    """
    content = calibration_json(replace(calibration, network=network.structure))
    write_atomically(_ranges(record), content.encode())
    return _ranges(record)


def require_same_network(calibration: Calibration, network: Network, model: str) -> None:
    """Refuse a stored calibration that was observed on another version of the network.

    Args:
        calibration: the stored calibration.
        network: the network that would be observed now.
        model: its name, for the message.

    Raises:
        UnavailableError: hairopt's rewrites or its converter have changed since then.
    """
    if calibration.network != network.structure:
        raise UnavailableError(
            f"the calibration of model {model} was made by another version of hairopt, in which "
            "the network had other layers",
            f"hairopt models quantize {model} --precision int8 --calibrate DIR",
        )


def kept_float_layers(record: ModelRecord) -> tuple[str, ...] | None:
    """The layers that stay float32 in mixed precision; None if they were never searched.

    The result of a search is valid only for its calibration.

    Raises:
        ModelError: a damaged file.
    """
    own = kept_calibration(record, own=True)
    if own is None:
        return shipped_float_layers(record)
    path = _layers(record)
    if not path.is_file():
        return None
    found = Document.read_json(path, "a list of layers", ModelError).validated(_FloatLayers)
    return tuple(found.float_layers) if found.calibration == _told(own) else None


def keep_float_layers(record: ModelRecord, layers: Sequence[str], calibration: Calibration) -> Path:
    """Store the result of a search and return the file.

    Args:
        record: record of the model.
        layers: the layers that stay float32, by the name of their output tensor.
        calibration: the calibration of the others.

    Raises:
        UsageError: the folder cannot be written.
    """
    found = {"calibration": _told(calibration), "float_layers": list(layers)}
    write_atomically(_layers(record), json.dumps(found, indent=1).encode())
    return _layers(record)


def _told(calibration: Calibration) -> str:
    return f"{calibration.method} {calibration.fingerprint}"


def _ranges(record: ModelRecord) -> Path:
    return derived_dir(record, "calibrations") / "ranges.json"


def _layers(record: ModelRecord) -> Path:
    return derived_dir(record, "calibrations") / "float-layers.json"
