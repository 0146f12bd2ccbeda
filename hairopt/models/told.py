"""What a person says of a network file, in the TOML beside it and in options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from hairopt.files.validated import Document, validated
from hairopt.models.contract import ModelRecord
from hairopt.models.guess import Values

_TEXTS = ("name", "licence", "source", "summary")
_TABLES = ("input", "output")


class _Beside(BaseModel):
    """The TOML beside a network file; its tables are checked with what else is known."""

    model_config = ConfigDict(extra="forbid")

    name: str = ""
    licence: str = ""
    source: str = ""
    summary: str = ""
    input: dict[str, Any] = {}
    output: dict[str, Any] = {}


@dataclass(frozen=True)
class Told:
    """What is said of a file; nothing of it has been checked yet.

    Attributes:
        file: what it is said of.
        texts: ``name``, ``licence``, ``source`` and ``summary``; None where nothing is said.
        tables: ``input`` and ``output``: keys of ``InputContract`` and of ``OutputContract``.
    """

    file: Path
    texts: dict[str, str | None]
    tables: dict[str, Values]

    def over(self, record: ModelRecord) -> Told:
        """The same, with what a record says where a person says nothing; the name is left out."""
        known = record.model_dump(exclude_none=True)
        known["summary"] = f"the file of model {record.name}"
        texts = {
            key: known[key] if value is None and key != "name" else value
            for key, value in self.texts.items()
        }
        tables = {table: {**known["contract"][table], **self.tables[table]} for table in _TABLES}
        return replace(self, texts=texts, tables=tables)

    def differences(self, record: ModelRecord) -> list[str]:
        """In what a model of the store is another one than it is said to be.

        Raises:
            ConfigError: a key or value that is not allowed.
        """
        found = [
            f"{key} is {getattr(record, key)!r} there, {value!r} here"
            for key, value in self.texts.items()
            if value not in (None, getattr(record, key))
        ]
        for table in _TABLES:
            there = getattr(record.contract, table)
            here = validated(
                {**there.model_dump(), **self.tables[table]},
                type(there),
                lambda _: f"what is said of {self.file}",
                within=("contract", table),
                strict=False,
            )
            found += [
                f"{table}.{key} is {getattr(there, key)} there, {getattr(here, key)} here"
                for key in self.tables[table]
                if getattr(there, key) != getattr(here, key)
            ]
        return found


def what_is_told(
    file: Path,
    texts: Mapping[str, str | None],
    input_values: Mapping[str, Any],
    output_values: Mapping[str, Any],
) -> Told:
    """The TOML beside a file, under what the arguments say.

    Args:
        file: ``net.onnx`` has ``net.onnx.toml`` or ``net.toml`` beside it, or neither.
        texts: as ``Told.texts``.
        input_values: as ``Told.tables``.
        output_values: as ``Told.tables``.

    Raises:
        ConfigError: the TOML cannot be read, or has keys that mean nothing here.
    """
    beside = _toml_beside(file)
    return Told(
        file,
        {key: beside.get(key) if texts.get(key) is None else texts[key] for key in _TEXTS},
        {
            "input": {**beside.get("input", {}), **input_values},
            "output": {**beside.get("output", {}), **output_values},
        },
    )


def _toml_beside(file: Path) -> dict[str, Any]:
    candidates = (file.with_name(file.name + ".toml"), file.with_suffix(".toml"))
    path = next((path for path in candidates if path.is_file()), None)
    if path is None:
        return {}
    document = Document.read_toml(path, "what a network file does not say")
    values = dict(document.values)
    if isinstance(values.get("contract"), dict):  # a record of a store, as hairopt writes it
        contract = values.pop("contract")
        values = {key: values[key] for key in _TEXTS if key in values} | contract
    return validated(values, _Beside, document.place).model_dump(exclude_unset=True)
