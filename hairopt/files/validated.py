"""Validate TOML and JSON files with pydantic models, with one style of message for all faults.

A message names the file, the line if it is known, the key, the value, and what is allowed; a
probable typing error gets "did you mean". All faults are reported together.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from hairopt.errors import ConfigError, DataError, HairoptError
from hairopt.files import json as json_file
from hairopt.files import toml as toml_file
from hairopt.files.faults import Sentences
from hairopt.files.plain_values import KeyPath, holds, value_at

T = TypeVar("T")

_LARGE_CHARACTERS = 1_000_000
_TRIED_FIRST = 100
"""Entries of every table and list that are validated first: pydantic reports all faults, and each
takes a kilobyte."""

MOST_TOLD = 10
"""Largest number of faults of one file that are reported one by one."""


@dataclass(frozen=True)
class Document:
    """The content of a TOML or JSON file, with the data for messages about it.

    Attributes:
        values: dicts, lists and scalars.
        origin: the name of the file in messages.
        text: the text of the file.
        line_of: finds the line of a key in it.
        error: the class that is raised.
    """

    values: Any
    origin: str
    text: str
    line_of: Callable[[str, KeyPath], int | None]
    error: type[HairoptError]

    @classmethod
    def read_toml(
        cls,
        path: Path,
        what: str,
        error: type[HairoptError] = ConfigError,
        *,
        name: str | None = None,
    ) -> Document:
        """Read a TOML file.

        Args:
            path: the file, at most 4 MB.
            what: the expected content, with its article, such as ``a variant``.
            error: the class that is raised, now and by ``validated``.
            name: the name of the file in messages; by default its path.

        Raises:
            HairoptError: of the class ``error``: it cannot be read, or is no TOML.
        """
        text = toml_file.read_toml_text(path, what, error)
        return cls.of_toml(text, name or str(path), what, error)

    @classmethod
    def of_toml(
        cls, text: str, origin: str, what: str, error: type[HairoptError] = ConfigError
    ) -> Document:
        """A TOML text as a document; ``origin`` is its name in messages.

        Raises:
            HairoptError: of the class ``error``: it is no TOML.
        """
        values = toml_file.parse_toml(text, origin, what, error)
        return cls(values, origin, text, toml_file.line_of, error)

    @classmethod
    def read_json(cls, path: Path, what: str, error: type[HairoptError] = DataError) -> Document:
        """Read a JSON file; ``what`` is the expected content, such as ``a run``.

        Raises:
            HairoptError: of the class ``error``: it cannot be read, or is no JSON.
        """
        text = json_file.read_json_text(path, what, error)
        return cls.of_json(text, str(path), what, error)

    @classmethod
    def of_json(
        cls, text: str, origin: str, what: str, error: type[HairoptError] = DataError
    ) -> Document:
        """A JSON text as a document; ``origin`` is its name in messages.

        Raises:
            HairoptError: of the class ``error``: it is no JSON.
        """
        values = json_file.parse_json(text, origin, what, error)
        return cls(values, origin, text, json_file.line_of, error)

    def validated(self, kind: type[T] | TypeAdapter[T], key: KeyPath = ()) -> T:
        """The values, or those at a key, as a pydantic model or another type.

        Raises:
            HairoptError: of the class ``error``: missing, unknown and wrong keys, one line each.
        """
        return validated(value_at(self.values, key), kind, self.place, self.error, within=key)

    def holds(self, key: KeyPath) -> bool:
        """Whether the file sets a key."""
        return holds(self.values, key)

    def place(self, key: KeyPath) -> str:
        """The place of a key, or of the nearest table around it: ``own.toml, line 3``."""
        for end in range(len(key), 0, -1):
            line = self.line_of(self.text, key[:end])
            if line is not None:
                return f"{self.origin}, line {line}"
        return self.origin


def validated(
    values: object,
    kind: type[T] | TypeAdapter[T],
    place: Callable[[KeyPath], str],
    error: type[HairoptError] = ConfigError,
    *,
    within: KeyPath = (),
    strict: bool = True,
    also_allowed: Iterable[str] = (),
) -> T:
    """Values from a file, or from options, as a pydantic model or another type.

    Args:
        values: dicts, lists and scalars.
        kind: a pydantic model, or a ``TypeAdapter``.
        place: returns the place of a key for messages, such as file and line.
        error: the class that is raised.
        within: path of the values in the file; part of the keys in messages.
        strict: a text is no number and a number no truth value, as in JSON. Otherwise the values
            may be Python objects, such as paths.
        also_allowed: further top-level keys that messages list as allowed.

    Raises:
        HairoptError: of the class ``error``: missing, unknown and wrong keys, one line each.
    """
    adapter: TypeAdapter[T] = kind if isinstance(kind, TypeAdapter) else TypeAdapter(kind)
    try:
        if not strict:
            return adapter.validate_python(values)
        plain, dates = _plain(values)
        if len(plain) > _LARGE_CHARACTERS:
            adapter.validate_json(_plain(_beginning(values))[0], strict=True)
        found = adapter.validate_json(plain, strict=True)
    except ValidationError as fault:
        told = Sentences(values, adapter.json_schema(), within, tuple(also_allowed))
        faults = told.of_error(fault)
    else:
        # JSON has no dates, so a date in a TOML file has passed as a text.
        if not dates:
            return found
        faults = Sentences(values, adapter.json_schema(), within).of_misplaced_dates()
        if not faults:
            return found
    lines = [
        f"{place((*within, *key))}: {sentence}."
        for key, sentence in list(faults.items())[:MOST_TOLD]
    ]
    if len(faults) > MOST_TOLD:
        lines.append(f"and {len(faults) - MOST_TOLD} more faults")
    raise error("\n".join(lines))


def _beginning(values: Any) -> Any:  # noqa: ANN401 - what a file holds
    """The first entries of every table and list; enough for all keys of a model's table."""
    if isinstance(values, dict):
        return {key: _beginning(value) for key, value in islice(values.items(), _TRIED_FIRST)}
    if isinstance(values, list):
        return [_beginning(value) for value in values[:_TRIED_FIRST]]
    return values


def _plain(values: object) -> tuple[str, list[object]]:
    """The values as JSON, and those of them that JSON can hold only as texts."""
    others: list[object] = []

    def text_of(value: object) -> str:
        others.append(value)
        return str(value)

    return json.dumps(values, default=text_of), others
