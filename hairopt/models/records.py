"""Model records as TOML files: those of the package, and those of the user's own store."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

from hairopt.errors import ConfigError
from hairopt.files.validated import Document, validated
from hairopt.home import home
from hairopt.models.contract import ModelRecord

_PACKAGE = Path(__file__).parent
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,79}")


def store_dir() -> Path:
    """The folder of the user's models; it may be absent."""
    return home() / "models"


@lru_cache(maxsize=1)
def shipped_records() -> dict[str, ModelRecord]:
    """Bundled and known models by name."""
    records = [
        read_record(path, "bundled") for path in sorted((_PACKAGE / "bundled").glob("*.toml"))
    ]
    records += [read_record(path, "known") for path in sorted((_PACKAGE / "known").glob("*.toml"))]
    return {record.name: record for record in records}


def added_records() -> dict[str, ModelRecord]:
    """Models that the user added, by name, without those whose record is damaged."""
    return _read_added()[0]


def damaged_records() -> dict[str, str]:
    """Name of a model -> why its record cannot be used."""
    return _read_added()[1]


def _read_added() -> tuple[dict[str, ModelRecord], dict[str, str]]:
    sound: dict[str, ModelRecord] = {}
    damaged: dict[str, str] = {}
    for path in sorted(store_dir().glob("*.toml")):
        try:
            record = read_record(path, "added")
        except ConfigError as error:
            damaged[path.stem] = str(error)
            continue
        if record.name == path.stem:
            sound[record.name] = record
        else:
            damaged[path.stem] = f"{path}: name is {record.name!r}, unlike that of the file"
    return sound, damaged


def all_records() -> dict[str, ModelRecord]:
    """Every model of this machine by name; the package's models override added ones."""
    return {**added_records(), **shipped_records()}


def model_path(record: ModelRecord) -> Path:
    """The path of the file of a record; the file may be absent."""
    if record.origin == "bundled":
        return _PACKAGE / "bundled" / f"{record.name}.{record.format}"
    # With the hash in the name a replacement can be written beside the file that is in use.
    return store_dir() / f"{record.name}-{record.sha256[:12]}.{record.format}"


def read_record(path: Path, origin: Literal["bundled", "known", "added"]) -> ModelRecord:
    """Read one record.

    Raises:
        ConfigError: unreadable, no TOML, or with a key or value that is not allowed; the message
            names file, line, key and what is allowed.
    """
    document = Document.read_toml(path, "the record of a model")
    return validated({**document.values, "origin": origin}, ModelRecord, document.place)


def files_of(name: str) -> list[Path]:
    """The network files in the store whose names belong to a model, whatever its record says."""
    pattern = re.compile(rf"{re.escape(name)}-[0-9a-f]{{12}}\.(onnx|tflite)")
    folder = store_dir()
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [path for path in found if pattern.fullmatch(path.name)]


def check_name(name: str) -> str:
    """Check that a model name can be a file name on every system, and return it.

    Raises:
        ConfigError: it cannot.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"model name {name!r} is not allowed: up to 80 letters, digits, '.', '_', '+' and '-', "
            "beginning with a letter or digit"
        )
    return name
