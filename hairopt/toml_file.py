"""TOML files to tables, with an error that names file and line and shows what is there."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from hairopt.errors import ConfigError, HairoptError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_SHOWN_CHARACTERS = 60


def read_toml(path: Path, what: str, error: type[HairoptError] = ConfigError) -> dict[str, Any]:
    """The content of a TOML file: UTF-8, with or without a byte order mark.

    Args:
        path: the file.
        what: what was expected there, with its article, such as ``a variant``.
        error: the class that is raised.

    Raises:
        HairoptError: of the class ``error``: it cannot be read, or is no text or no TOML; names
            file, line, column and what was expected.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as fault:
        raise error(f"{path} cannot be read: {fault.strerror or fault}.") from fault
    except UnicodeDecodeError as fault:
        raise error(f"{path} is no UTF-8 text. {_expected(what)}") from fault
    return parse_toml(text, str(path), what, error)


def parse_toml(
    text: str, origin: str, what: str, error: type[HairoptError] = ConfigError
) -> dict[str, Any]:
    """The content of a TOML text.

    Args:
        text: TOML 1.0.
        origin: where the text comes from, for the message.
        what: what was expected there, with its article.
        error: the class that is raised.

    Raises:
        HairoptError: of the class ``error``: no TOML; names origin, line, column and what was
            expected.
    """
    try:
        content: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise error(f"{_explain(text, origin, str(fault))}. {_expected(what)}") from fault
    except RecursionError as fault:
        raise error(f"{origin} is nested too deeply. {_expected(what)}") from fault
    return content


def _expected(what: str) -> str:
    return f"Expected is {what} in TOML: one key = value per line, texts in quotes."


def _explain(text: str, origin: str, fault: str) -> str:
    """The parser's finding, with its place in front and the line at fault behind."""
    place = _PLACE.search(fault)
    if place is None:
        return f"{origin}: {fault}"
    reason = fault[: place.start()]
    reason = reason[:1].lower() + reason[1:]
    # The parser counts line feeds only; splitlines() would count other separators too.
    lines = text.rstrip().split("\n")
    line, column = (int(place[1]), f"column {place[2]}") if place[1] else (len(lines), "the last")
    # A value that is missing is looked for past the end of the text without its blank end.
    shown = lines[min(line, len(lines)) - 1].strip()
    if len(shown) > _SHOWN_CHARACTERS:
        shown = shown[:_SHOWN_CHARACTERS] + "..."
    return f"{origin}, line {line}, {column}: {reason}: {shown!r}"
