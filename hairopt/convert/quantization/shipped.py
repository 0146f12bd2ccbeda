"""Forms and calibrations that come with hairopt for networks it knows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hairopt.convert.quantization.calibration import Calibration, read_calibration
from hairopt.errors import ModelError
from hairopt.models.contract import OperatorCoverage
from hairopt.models.file_summary import read_network, sha256_of
from hairopt.toml_file import read_toml

_FOLDER = Path(__file__).parent / "shipped"


@dataclass(frozen=True)
class ShippedForm:
    """A file made once by the maintainers from a known network, input and output unchanged."""

    path: Path
    sha256: str
    derivation: str
    coverage: OperatorCoverage | None = None


def shipped_form(source_sha256: str, precision: str) -> ShippedForm | None:
    """The form of a network in some precision, if there is one in the package.

    Raises:
        ModelError: the file is not the one it is pinned to.
    """
    entry = _find("form", source_sha256, precision)
    if entry is None:
        return None
    path = (_FOLDER / entry["file"]).resolve()
    actual = sha256_of(read_network(path))
    if actual != entry["sha256"]:
        raise ModelError(
            f"{path} is damaged: its SHA-256 is {actual}, expected {entry['sha256']}; "
            "reinstall hairopt"
        )
    counted = entry.get("coverage")
    return ShippedForm(
        path,
        actual,
        entry["derivation"],
        OperatorCoverage.model_validate(counted) if counted else None,
    )


def shipped_calibration(source_sha256: str) -> Calibration | None:
    """The ranges of a network's tensors, if they are in the package.

    Raises:
        ModelError: the file is damaged.
    """
    entry = _find("calibration", source_sha256, None)
    return None if entry is None else read_calibration(_FOLDER / entry["file"])


def shipped_float_layers(source_sha256: str) -> tuple[str, ...] | None:
    """The layers of a network that stay float32 in mixed precision, if somebody searched."""
    entry = _find("mixed", source_sha256, None)
    return None if entry is None else tuple(entry["float_layers"])


def _find(kind: str, source_sha256: str, precision: str | None) -> dict[str, Any] | None:
    entries: list[dict[str, Any]] = read_toml(
        _FOLDER / "index.toml", "the index of shipped forms"
    ).get(kind, [])
    for entry in entries:
        if entry["source"] == source_sha256 and entry.get("precision") == precision:
            return entry
    return None
