"""Everything there is to say about one network, known by name or merely a file."""

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
    """A network file and what the store knows of it.

    Attributes:
        summary: read from the file: format, bytes, hash, parameters, operators, tensors.
        record: licence, source and contract; None for a file whose hash the store does not know.
        others: the other models of the store that are the same file.
    """

    summary: FileSummary
    record: ModelRecord | None
    others: tuple[ModelRecord, ...] = ()


def inspect(name_or_path: str) -> ModelInspection:
    """Look into a model of the store, or into any network file.

    A name of the store wins over a file of the same name; write ``./NAME`` for the file.

    Raises:
        ConfigError: neither a model nor a file.
        UnavailableError: a known model that is not on this machine.
        ModelError: the file is damaged, or not the one its record is pinned to.
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
