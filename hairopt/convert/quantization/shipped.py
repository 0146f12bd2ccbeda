"""Forms and calibrations in the package, for known networks.

They are valid only for the contract of the package's own record.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hairopt.convert.quantization.calibration import Calibration, read_calibration
from hairopt.errors import ModelError
from hairopt.files.toml import read_toml
from hairopt.models.contract import ModelRecord, OperatorCoverage
from hairopt.models.file_summary import read_network, sha256_of
from hairopt.models.records import shipped_records

_FOLDER = Path(__file__).parent / "shipped"


@dataclass(frozen=True)
class ShippedForm:
    """A file made by the maintainers from a known network, with unchanged input and output."""

    path: Path
    sha256: str
    derivation: str
    coverage: OperatorCoverage | None = None


def shipped_form(record: ModelRecord, precision: str) -> ShippedForm | None:
    """The form of a network in some precision, if there is one in the package.

    Raises:
        ModelError: the file has another SHA-256 than recorded.
    """
    entry = _find("form", record, precision)
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


def shipped_calibration(record: ModelRecord) -> Calibration | None:
    """The calibration of a network, if it is in the package.

    Raises:
        ModelError: the file is damaged.
    """
    entry = _find("calibration", record, None)
    return None if entry is None else read_calibration(_FOLDER / entry["file"])


def shipped_float_layers(record: ModelRecord) -> tuple[str, ...] | None:
    """The layers that stay float32 in mixed precision, with the calibration of the package."""
    entry = _find("mixed", record, None)
    return None if entry is None else tuple(entry["float_layers"])


def _find(kind: str, record: ModelRecord, precision: str | None) -> dict[str, Any] | None:
    if all(known.identity != record.identity for known in shipped_records().values()):
        return None
    entries: list[dict[str, Any]] = read_toml(
        _FOLDER / "index.toml", "the index of shipped forms"
    ).get(kind, [])
    for entry in entries:
        if entry["source"] == record.sha256 and entry.get("precision") == precision:
            return entry
    return None
