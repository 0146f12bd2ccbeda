"""Read TOML files; an error names file and line and shows the text at fault."""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from hairopt.errors import ConfigError, HairoptError
from hairopt.files.plain_values import (
    MAX_DEPTH,
    TOO_DEEP,
    KeyPath,
    UnreadableError,
    holds,
    read_values,
)
from hairopt.files.text import read_text

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_SHOWN_CHARACTERS = 60

MAX_TOML_MB = 4
MAX_TOML_VALUES = 400_000
"""Enough for about 20,000 cases in a ``dataset.toml``."""

_KEY_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*"""
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_KEY_PART}){{{MAX_DEPTH}}}")
"""A dotted key deeper than ``MAX_DEPTH``: the parser takes seconds for one of 40 kB."""

_SEARCHED_CHARACTERS = 100_000
_PARSED_CHARACTERS = 2_000_000
"""The longest text in which lines are searched, and the characters parsed for all of them: 1 s."""


def read_toml(path: Path, what: str, error: type[HairoptError] = ConfigError) -> dict[str, Any]:
    """The content of a TOML file: UTF-8, with or without a byte order mark.

    Args:
        path: the file, at most 4 MB.
        what: the expected content, with its article, such as ``a variant``.
        error: the class that is raised.

    Raises:
        HairoptError: of the class ``error``: it cannot be read, or is no text or no TOML; it names
            file, line, column and the expected content.
    """
    return parse_toml(read_toml_text(path, what, error), str(path), what, error)


def read_toml_text(path: Path, what: str, error: type[HairoptError] = ConfigError) -> str:
    """The text of a TOML file; ``read_toml`` returns its content."""
    return read_text(path, MAX_TOML_MB, _expected(what), error)


def parse_toml(
    text: str, origin: str, what: str, error: type[HairoptError] = ConfigError
) -> dict[str, Any]:
    """The content of a TOML text.

    Args:
        text: TOML 1.0.
        origin: where the text comes from, for the message.
        what: the expected content, with its article.
        error: the class that is raised.

    Raises:
        HairoptError: of the class ``error``: no TOML; it names origin, line, column and the
            expected content.
    """
    try:
        content: dict[str, Any] = read_values(text, _parsed, line_of, MAX_TOML_VALUES)
    except UnreadableError as fault:
        raise error(f"{origin}{fault}. {_expected(what)}") from fault
    return content


def _parsed(text: str) -> dict[str, Any]:
    if _LONG_KEY.search(text):
        raise UnreadableError(f" {TOO_DEEP}")
    try:
        content: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise UnreadableError(_explain(text, str(fault))) from fault
    return content


def line_of(text: str, key: KeyPath) -> int | None:
    """The first line of the statement that sets a key in a valid TOML text, counted from 1.

    It is found with the parser: the shortest beginning of the text that sets the key. None if
    nothing sets it, or if the text is too long for this search.
    """
    if len(text) > _SEARCHED_CHARACTERS:
        return None
    beginnings = _beginnings(text)
    if not holds(beginnings.content(len(beginnings.lines)), key):
        return None
    without, with_key = 0, len(beginnings.lines)
    while without + 1 < with_key:
        middle = (without + with_key) // 2
        # A beginning that ends inside a statement of several lines is not valid TOML.
        for end in range(middle, with_key):
            content = beginnings.content(end)
            if beginnings.left < 0:
                return None
            if content is not None:
                break
        if content is None or holds(content, key):
            with_key = middle
        else:
            without = middle
    return with_key


class _Beginnings:
    """The beginnings of a TOML text, line by line; all searches in it share one limit.

    Attributes:
        lines: of the text.
        left: how many characters may still be parsed; below 0 there is no answer.
    """

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.left = _PARSED_CHARACTERS
        self._parsed: dict[int, dict[str, Any] | None] = {}

    def content(self, end: int) -> dict[str, Any] | None:
        """The content of so many lines; None where they are not valid TOML by themselves."""
        if end not in self._parsed:
            beginning = "\n".join(self.lines[:end])
            self.left -= len(beginning)
            self._parsed[end] = _valid(beginning) if self.left >= 0 else None
        return self._parsed[end]


@lru_cache(maxsize=4)
def _beginnings(text: str) -> _Beginnings:
    return _Beginnings(text)


def _valid(text: str) -> dict[str, Any] | None:
    try:
        content: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
    return content


def _expected(what: str) -> str:
    return f"Expected is {what} in TOML: one key = value per line, texts in quotes."


def _explain(text: str, fault: str) -> str:
    """The parser's message, with the place before it and the faulty line after it."""
    place = _PLACE.search(fault)
    if place is None:
        return f": {fault}"
    reason = fault[: place.start()]
    reason = reason[:1].lower() + reason[1:]
    # The parser counts only line feeds; splitlines() would count other separators, too.
    lines = text.rstrip().split("\n")
    line, column = (int(place[1]), f"column {place[2]}") if place[1] else (len(lines), "the last")
    # The parser reports a missing value after the end of the text without trailing blanks.
    shown = lines[min(line, len(lines)) - 1].strip()
    if len(shown) > _SHOWN_CHARACTERS:
        shown = shown[:_SHOWN_CHARACTERS] + "..."
    return f", line {line}, {column}: {reason}: {shown!r}"
