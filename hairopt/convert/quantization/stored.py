"""What calibration and search have found out about a network, kept so that variants find it.

The user's own findings lie beside the models, those of known networks come with hairopt.
"""

from __future__ import annotations

import json
from pathlib import Path

from hairopt.convert.quantization.calibration import Calibration, calibration_json, read_calibration
from hairopt.convert.quantization.shipped import shipped_calibration, shipped_float_layers
from hairopt.errors import ModelError
from hairopt.home import home
from hairopt.models.store import write_atomically


def kept_calibration(source_sha256: str, *, own: bool = False) -> Calibration | None:
    """The ranges of a network, the user's first; None if there are none.

    Args:
        source_sha256: of the network's original file.
        own: look at the user's only.

    Raises:
        ModelError: a damaged file.
    """
    path = _path(source_sha256, "ranges")
    if path.is_file():
        return read_calibration(path)
    return None if own else shipped_calibration(source_sha256)


def keep_calibration(source_sha256: str, calibration: Calibration) -> Path:
    """Keep the user's ranges of a network for later; returns the file.

    Raises:
        UsageError: the folder cannot be written.
    """
    path = _path(source_sha256, "ranges")
    write_atomically(path, calibration_json(calibration).encode())
    return path


def kept_float_layers(source_sha256: str) -> tuple[str, ...] | None:
    """The layers that stay float32 in mixed precision, as the last search found them.

    Raises:
        ModelError: a damaged file.
    """
    path = _path(source_sha256, "float-layers")
    if not path.is_file():
        return shipped_float_layers(source_sha256)
    try:
        layers = json.loads(path.read_text(encoding="utf-8"))
        return tuple(str(layer) for layer in layers)
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(f"{path} holds no list of layers: {error}; delete it") from error


def keep_float_layers(source_sha256: str, layers: tuple[str, ...]) -> Path:
    """Keep the result of a search; returns the file.

    Raises:
        UsageError: the folder cannot be written.
    """
    path = _path(source_sha256, "float-layers")
    write_atomically(path, json.dumps(list(layers), indent=1).encode())
    return path


def _path(source_sha256: str, what: str) -> Path:
    return home() / "calibrations" / f"{source_sha256[:16]}.{what}.json"
