"""Read JSON files; an error names file and line and shows the text at fault."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from hairopt.errors import DataError, HairoptError
from hairopt.files.plain_values import KeyPath, UnreadableError, read_values, shown
from hairopt.files.text import read_text

MAX_JSON_MB = 32
MAX_JSON_VALUES = 1_500_000
"""Enough for about 40,000 cases of a baseline; more would not fit into a gigabyte of memory."""

_SEARCHED_CHARACTERS = 1_000_000
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],]|[^\s{}\[\],:"]+')


def read_json_text(path: Path, what: str, error: type[HairoptError] = DataError) -> str:
    """The text of a JSON file: UTF-8, at most 32 MB.

    Args:
        path: the file.
        what: the expected content, with its article, such as ``a run``.
        error: the class that is raised.

    Raises:
        HairoptError: of the class ``error``: it cannot be read, or is no text; it names the file.
    """
    return read_text(path, MAX_JSON_MB, _expected(what), error)


def parse_json(text: str, origin: str, what: str, error: type[HairoptError] = DataError) -> Any:  # noqa: ANN401 - JSON is anything
    """The content of a JSON text (RFC 8259): no NaN, no key twice.

    Args:
        text: JSON.
        origin: where the text comes from, for the message.
        what: the expected content, with its article.
        error: the class that is raised.

    Raises:
        HairoptError: of the class ``error``: no JSON, or with values that hairopt's files must not
            contain; it names origin, line and the expected content.
    """
    try:
        return read_values(text, _parsed, line_of, MAX_JSON_VALUES)
    except UnreadableError as fault:
        raise error(f"{origin}{fault}. {_expected(what)}") from fault


def _parsed(text: str) -> Any:  # noqa: ANN401 - JSON is anything
    try:
        return json.loads(text, object_pairs_hook=_each_key_once, parse_constant=_no_constant)
    except json.JSONDecodeError as fault:
        reason = fault.msg[:1].lower() + fault.msg[1:]
        place = f", line {fault.lineno}, column {fault.colno}"
        raise UnreadableError(f"{place}: it is no JSON: {reason}") from fault


def line_of(text: str, key: KeyPath) -> int | None:
    """The line of a value in a valid JSON text, counted from 1.

    None if there is no such value in the first million characters.
    """
    at = _places(text).get(key)
    return None if at is None else text.count("\n", 0, at) + 1


@lru_cache(maxsize=1)
def _places(text: str) -> dict[KeyPath, int]:
    return dict(_entries(text))


def _entries(text: str) -> Iterator[tuple[KeyPath, int]]:
    """Every key and every element of a list of a valid JSON text: its path and its offset."""
    path: list[Any] = []
    before = ""
    for found in _TOKEN.finditer(text, 0, _SEARCHED_CHARACTERS):
        token = found.group()
        if found.end() == _SEARCHED_CHARACTERS:
            return  # it may end in the middle of a token
        if token in ("}", "]"):
            path.pop()
        elif token == ",":
            path[-1] = path[-1] + 1 if isinstance(path[-1], int) else ""
        else:
            if before in ("{", "[", ","):
                path[-1] = json.loads(token) if path[-1] == "" else path[-1]
                yield tuple(path), found.start()
            if token in ("{", "["):
                path.append("" if token == "{" else 0)
        before = token


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise UnreadableError(f" is no JSON: the key {shown(twice)} occurs twice in one object")
    return values


def _no_constant(name: str) -> None:
    raise UnreadableError(f" is no JSON: {name} is no number")


def _expected(what: str) -> str:
    return f"Expected is {what} in JSON."
