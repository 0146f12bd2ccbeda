"""What the user states about a network file, in the TOML beside it and in options."""

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
    """The TOML beside a network file; its tables are checked later, with the other facts."""

    model_config = ConfigDict(extra="forbid")

    name: str = ""
    licence: str = ""
    source: str = ""
    summary: str = ""
    input: dict[str, Any] = {}
    output: dict[str, Any] = {}


@dataclass(frozen=True)
class Told:
    """The user's statements about a file, not checked yet.

    Attributes:
        file: the network file.
        texts: ``name``, ``licence``, ``source`` and ``summary``; None where not stated.
        tables: ``input`` and ``output``: keys of ``InputContract`` and of ``OutputContract``.
    """

    file: Path
    texts: dict[str, str | None]
    tables: dict[str, Values]

    def over(self, record: ModelRecord) -> Told:
        """The same, with the values of a record where the user stated none; without the name."""
        known = record.model_dump(exclude_none=True)
        known["summary"] = f"the file of model {record.name}"
        texts = {
            key: known[key] if value is None and key != "name" else value
            for key, value in self.texts.items()
        }
        tables = {table: {**known["contract"][table], **self.tables[table]} for table in _TABLES}
        return replace(self, texts=texts, tables=tables)

    def differences(self, record: ModelRecord) -> list[str]:
        """Each value of a model in the store that differs from the user's statement.

        Raises:
            ConfigError: a key or value that is not allowed.
        """
        found = [
            f"{key} is {getattr(record, key)!r} in the store, {value!r} here"
            for key, value in self.texts.items()
            if value not in (None, getattr(record, key))
        ]
        for table in _TABLES:
            there = getattr(record.contract, table)
            here = validated(
                {**there.model_dump(), **self.tables[table]},
                type(there),
                lambda _: f"the description of {self.file}",
                within=("contract", table),
                strict=False,
            )
            found += [
                f"{table}.{key} is {getattr(there, key)} in the store, {getattr(here, key)} here"
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
    """Read the TOML beside a file; the arguments override its values.

    Args:
        file: the TOML of ``net.onnx`` is ``net.onnx.toml`` or ``net.toml``; it may be absent.
        texts: as ``Told.texts``.
        input_values: as ``Told.tables``.
        output_values: as ``Told.tables``.

    Raises:
        ConfigError: the TOML cannot be read, or has unknown keys.
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
