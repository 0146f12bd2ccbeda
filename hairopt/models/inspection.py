"""All that is known about one network, given by name or as a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hairopt.errors import ConfigError
from hairopt.models.contract import ModelRecord
from hairopt.models.file_summary import FileSummary, summarize
from hairopt.models.records import all_records
from hairopt.models.store import find_model


@dataclass(frozen=True)
class ModelInspection:
    """A network file and its record in the store.

    Attributes:
        summary: read from the file: format, bytes, hash, parameters, operators, tensors.
        record: licence, source and contract; None for a file that is not in the store.
        others: the other models in the store with the same file.
    """

    summary: FileSummary
    record: ModelRecord | None
    others: tuple[ModelRecord, ...] = ()


def inspect(name_or_path: str) -> ModelInspection:
    """Inspect a model of the store, or any network file.

    A name in the store takes precedence over a file of that name; write ``./NAME`` for the file.

    Raises:
        ConfigError: neither a model nor a file.
        UnavailableError: a known model that is not on this machine.
        ModelError: the file is damaged, or has another SHA-256 than its record.
    """
    records = all_records()
    path = Path(name_or_path)
    if name_or_path not in records and (path.exists() or path.suffix in (".onnx", ".tflite")):
        summary = summarize(path)
        same = [record for record in records.values() if record.sha256 == summary.sha256]
        return ModelInspection(summary, same[0] if same else None, tuple(same[1:]))
    try:
        record, file = find_model(name_or_path)
    except ConfigError as error:
        raise ConfigError(f"{error}; nor is it a file") from error
    same = [other for other in records.values() if other.sha256 == record.sha256]
    others = tuple(other for other in same if other.name != record.name)
    return ModelInspection(summarize(file), record, others)
