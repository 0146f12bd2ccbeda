"""Stored calibrations and float layers of a model.

It belongs to a file and its contract. The user's own findings lie beside the models, those of known
networks come with hairopt.
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
        record: of the model.
        own: look at the user's only.

    Raises:
        ModelError: a damaged file.
    """
    path = _ranges(record)
    if path.is_file():
        return read_calibration(path)
    return None if own else shipped_calibration(record)


def keep_calibration(record: ModelRecord, calibration: Calibration, network: Network) -> Path:
    """Keep the user's ranges of a model for later; returns the file.

    Args:
        record: of the model.
        calibration: the ranges.
        network: what they were observed on, before it was folded.

    Raises:
        UsageError: the folder cannot be written.
    """
    content = calibration_json(replace(calibration, network=network.structure))
    write_atomically(_ranges(record), content.encode())
    return _ranges(record)


def require_same_network(calibration: Calibration, network: Network, model: str) -> None:
    """Refuse ranges that were observed on another form of the network than the one of today.

    Args:
        calibration: as it was kept.
        network: what would be observed now.
        model: its name, for the message.

    Raises:
        UnavailableError: hairopt's rewrites or its converter have changed since.
    """
    if calibration.network != network.structure:
        raise UnavailableError(
            f"the calibration of model {model} was made by another version of hairopt, of which "
            "the network had other layers",
            f"hairopt models quantize {model} --precision int8 --calibrate DIR",
        )


def kept_float_layers(record: ModelRecord) -> tuple[str, ...] | None:
    """The layers that stay float32 in mixed precision; None where nobody has searched for them.

    A search holds for the calibration it was made with, and for no later one.

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
    """Keep the result of a search; returns the file.

    Args:
        record: of the model.
        layers: that stay float32, by the name of their output tensor.
        calibration: what the others are quantised with.

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
