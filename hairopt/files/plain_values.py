"""The values that are allowed in any TOML or JSON file, and how messages show them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, time
from typing import Any, TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""Path of a value: ``("segment", "threads")``, ``("shades", 0)``; empty for the whole file."""

MAX_DEPTH = 100
"""Largest depth of nested tables and lists; deeper ones would cause a RecursionError."""

TOO_DEEP = f"is nested more than {MAX_DEPTH} deep"

_MOST = 2**63
_SHOWN_CHARACTERS = 60
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_LONG_INTEGER = re.compile(r"\d[\d_]{1000,}")


class UnreadableError(ValueError):
    """Why a text is refused: the part of the message after the name of its file."""


def read_values(
    text: str,
    parse: Callable[[str], Any],
    line_of: Callable[[str, KeyPath], int | None],
    most: int,
) -> Any:  # noqa: ANN401 - what a file holds
    """The parsed text, if it holds nothing that no file of hairopt may hold.

    Not allowed are integers beyond 64 bits, NaN and infinity, characters that are no text (NUL,
    half of a surrogate pair), and more than ``MAX_DEPTH`` levels of tables and lists.

    Args:
        text: the text of the file.
        parse: returns dicts, lists and scalars, or raises ``UnreadableError``.
        line_of: finds the line of a key in the text.
        most: values that the text may hold.

    Raises:
        UnreadableError: no such text, or the first value that is refused, with line and key.
    """
    # The marks that come with a value are counted before anything is parsed: a value of two
    # characters becomes a hundred bytes in memory.
    if sum(text.count(mark) for mark in ",[{=") > most:
        raise UnreadableError(f" holds more than {most:,} values")
    try:
        values = parse(text)
    except UnreadableError:
        raise
    except RecursionError as fault:
        raise UnreadableError(f" {TOO_DEEP}") from fault
    except ValueError as fault:
        raise UnreadableError(_long_integer(text)) from fault
    if found := _unfit(values, text, line_of):
        raise UnreadableError(found)
    return values


def _unfit(values: object, text: str, line_of: Callable[[str, KeyPath], int | None]) -> str:
    """Line, key and reason of the first value that is refused; empty where all is well."""
    has_escapes = "\\" in text
    level: list[Any] = [values]
    for _ in range(MAX_DEPTH):
        if any(_is_unfit(value, has_escapes) for value in level):
            key, reason = _first(values, has_escapes)
            line = line_of(text, key)
            return f"{f', line {line}' if line else ''}: {dotted(key) or 'the content'} {reason}"
        level = [below for value in level for below in _below(value)]
        if not level:
            return ""
    return f" {TOO_DEEP}"


def _long_integer(text: str) -> str:
    """The message about an integer that is too long for Python, with its line."""
    found = _LONG_INTEGER.search(text)
    line = f", line {text.count(chr(10), 0, found.start()) + 1}" if found else ""
    return f"{line}: an integer of more than 64 bits"


def value_at(values: Any, key: KeyPath) -> Any:  # noqa: ANN401 - what a file holds
    """The value at a path.

    Raises:
        LookupError: there is none.
    """
    for part in key:
        is_list = isinstance(values, (list, tuple)) and isinstance(part, int)
        if not is_list and not isinstance(values, dict):
            raise KeyError(part)
        values = values[part]
    return values


def holds(values: object, key: KeyPath) -> bool:
    """Whether there is a value at a path."""
    try:
        value_at(values, key)
    except LookupError:
        return False
    return True


def entries(values: object) -> Iterator[tuple[str | int, Any]]:
    """Keys and values of a table, or positions and elements of a list; empty for a scalar."""
    if isinstance(values, dict):
        yield from values.items()
    elif isinstance(values, list):
        yield from enumerate(values)


def dotted(key: KeyPath) -> str:
    """``segment.input_size``, ``shades[0]``, ``cases."a.b".file``."""
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            is_bare = len(part) <= _SHOWN_CHARACTERS and _BARE_KEY.fullmatch(part)
            name = part if is_bare else shown(part)
            text += f".{name}" if text else name
    return text


def shown(value: object) -> str:
    """A value as written in a file, cut at 60 characters."""
    if isinstance(value, (date, time)):
        return str(value)
    if isinstance(value, str):
        text = repr(value[: _SHOWN_CHARACTERS + 1])
    else:
        text = ""
        for part in json.JSONEncoder(default=str).iterencode(value):
            text += part[: _SHOWN_CHARACTERS + 1]
            if len(text) > _SHOWN_CHARACTERS:
                break
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def _below(value: object) -> Iterator[Any]:
    if isinstance(value, dict):
        return iter(value.values())
    return iter(value if isinstance(value, list) else ())


def _is_unfit(value: object, has_escapes: bool) -> bool:
    if isinstance(value, (int, float)):
        # False for NaN, too; any finite float is allowed.
        return not (-_MOST <= value < _MOST) and not _is_large(value)
    if not has_escapes:
        return False
    if isinstance(value, str):
        return _is_no_text(value)
    return isinstance(value, dict) and any(_is_no_text(key) for key in value)


def _is_large(value: float) -> bool:
    return isinstance(value, float) and abs(value) < float("inf")


def _is_no_text(text: str) -> bool:
    return "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)


def _first(values: object, has_escapes: bool) -> tuple[KeyPath, str]:
    waiting: list[tuple[KeyPath, Any]] = [((), values)]
    while True:
        path, value = waiting.pop()
        if _is_unfit(value, has_escapes):
            return path, _reason(value)
        waiting += [((*path, key), one) for key, one in entries(value)]


def _reason(value: object) -> str:
    if isinstance(value, int):
        return "is an integer of more than 64 bits"
    if isinstance(value, float):
        return f"is {value}, which is no number"
    return "contains a character that is no text: NUL, or half of a surrogate pair"
