"""A project's configuration: one table per command in ``hairopt.toml`` or ``pyproject.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from hairopt.errors import ConfigError
from hairopt.files.plain_values import KeyPath, dotted, shown, value_at
from hairopt.files.validated import Document

T = TypeVar("T")

CONFIG_FILES: dict[str, KeyPath] = {"hairopt.toml": (), "pyproject.toml": ("tool", "hairopt")}
"""The configuration files, and the path of hairopt's table in each."""


class _Tables(BaseModel):
    """The tables that hairopt reads; each command validates its own."""

    model_config = ConfigDict(extra="forbid")

    bench: dict[str, Any] | None = None
    gate: dict[str, Any] | None = None
    shades: dict[str, Any] | None = None


@dataclass(frozen=True)
class ProjectTable:
    """The table of one command.

    Attributes:
        document: the file.
        key: path of the table in it.
        folder: the folder of the file, where its relative paths start.
    """

    document: Document
    key: KeyPath
    folder: Path

    def validated(self, kind: type[T]) -> T:
        """The table as a pydantic model.

        Raises:
            ConfigError: a key or value is not valid; it names file, line, key and what is allowed.
        """
        return self.document.validated(kind, self.key)


def find_table(name: str, folder: Path) -> ProjectTable | None:
    """The table of a command in ``folder`` or the nearest folder above that has it.

    Raises:
        ConfigError: a configuration file on the way is not valid.
    """
    for place in (folder, *folder.parents):
        for file in CONFIG_FILES:
            if (place / file).is_file():
                table = read_table(name, place / file)
                if table is not None:
                    return table
    return None


def read_table(name: str, file: Path) -> ProjectTable | None:
    """The table of a command in a file; None if the file has none.

    Raises:
        ConfigError: the file cannot be read or is not valid.
    """
    document = Document.read_toml(file, "the configuration of a project")
    key = CONFIG_FILES.get(file.name, ())
    if not _has_section(document, key):
        return None
    tables = document.validated(_Tables, key)
    if getattr(tables, name) is None:
        return None
    return ProjectTable(document, (*key, name), file.parent)


def _has_section(document: Document, key: KeyPath) -> bool:
    """Whether a file has the table of hairopt.

    Raises:
        ConfigError: there is another value in its place.
    """
    for end in range(1, len(key) + 1):
        if not document.holds(key[:end]):
            return False
        found = value_at(document.values, key[:end])
        if not isinstance(found, dict):
            raise ConfigError(
                f"{document.place(key[:end])}: {dotted(key[:end])} = {shown(found)} is not valid; "
                "allowed is a table."
            )
    return True
