"""TOML, JSON and CSV: other values, keys, nesting and characters."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from random import Random
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|[\w.+-]+|\n|.', re.S)
_TEXTS = (
    "", " ", "\0", "\x1b[31m", "a\nb", "\r", "\u202eabc", "\ufeff", "\U0001f600", "e\u0301",
    "../../etc/passwd", "/", "NaN", "nan", "inf", "-0", "5%", "1e999", "=1+1", "a" * 300,
    "\ud800", "CON", "%s%n", "{0}", "\u0660", "#7b2d8b", "true", "null", "2026-01-01", "a,b",
    "[/red]", "[bold", "<script>", "]]>", "a|b", "`", "::error::", "{{x}}", "&amp;",
)  # fmt: skip
_NUMBERS = (
    0, -1, 1, 2, 255, 256, 65535, 2**31 - 1, 2**31, -(2**31), 2**32, 2**53 + 1, 2**63 - 1, 2**63,
    2**64, 10**30, -(10**30), 0.0, -0.0, 0.5, 1e-320, 1e308, -1e308, 5e-324, float("inf"),
    float("-inf"), float("nan"),
)  # fmt: skip
_RAW = {
    "toml": (
        "nan", "inf", "-inf", "1979-05-27T07:32:00Z", "1979-05-27", "07:32:00", "0xffffffffffff",
        "0b1", "'''", '"""', "[[", "]]", "[a]", "[[a]]", "{", "}", "a.b.c = 1\n", "= ", "#",
        "\\u0000", "\\U0010ffff", "1_000", "9" * 5000, "1e400", "true", "[]", "{}", "[" * 300,
        "a." * 200 + "b",
    ),
    "json": (
        "NaN", "Infinity", "-Infinity", "1e999", "9" * 5000, "null", "true", "[]", "{}",
        "[" * 2000, '{"a":' * 500, '"\\ud800"', '"\\u0000"', '"\\u001b"', "\ufeff", "0.1e-400",
    ),
    "csv": (
        '"', '""', ",", ";", "\t", "\n", "\r", "\r\n", "\0", "\x1b", "=1+1", ",,,,", '"a',
        "\ufeff", "nan", "inf", "1e400", "-1", "9" * 5000, "a" * 140_000, "name", "source",
        "noise_de00_mean",
    ),
}  # fmt: skip


def toml(data: bytes, rng: Random) -> bytes:
    """A changed TOML file."""
    import tomli_w

    return _changed(data, rng, "toml", tomllib.loads, tomli_w.dumps)


def json_text(data: bytes, rng: Random) -> bytes:
    """A changed JSON file."""
    return _changed(data, rng, "json", json.loads, json.dumps)


def csv_text(data: bytes, rng: Random) -> bytes:
    """A changed CSV file."""
    return _tokens(data, rng, "csv")


def _changed(
    data: bytes,
    rng: Random,
    language: str,
    loads: Callable[[str], Any],
    dumps: Callable[[Any], str],
) -> bytes:
    if rng.random() < 0.4:
        return _tokens(data, rng, language)
    content = loads(data.decode("utf-8", "surrogatepass"))
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        content = change_value(content, rng)
    try:
        return dumps(content).encode("utf-8", "surrogatepass")
    except (TypeError, ValueError):  # a value that this language has not, such as null
        return _tokens(data, rng, language)


def change_value(content: Any, rng: Random) -> Any:  # noqa: ANN401 - any JSON value
    """One value somewhere inside changed: its type, size, key, or how often it is there."""
    place: Any = None
    key: Any = None
    value = content
    while isinstance(value, dict | list) and value and rng.random() < 0.85:
        place = value
        key = rng.choice(list(value)) if isinstance(value, dict) else rng.randrange(len(value))
        value = value[key]
    if place is None:
        return nasty(rng)
    action = rng.randrange(6)
    if action == 0:
        del place[key]
    elif action == 1 and isinstance(place, dict):
        place[rng.choice((*_TEXTS, *place))] = place.pop(key)
    elif action == 2 and isinstance(place, list):
        place.extend([value] * rng.choice((1, 2, 50, 1000)))
    elif action == 3:
        depth = rng.choice((1, 2, 30, 300))
        for _ in range(depth):
            value = [value] if rng.random() < 0.5 else {"a": value}
        place[key] = value
    elif action == 4 and isinstance(value, int | float) and not isinstance(value, bool):
        place[key] = rng.choice((-value, value * 10, value + 1, value / 7, str(value), bool(value)))
    elif action == 4 and isinstance(value, str):
        place[key] = rng.choice((value + "x", value[:-1], value.upper(), f"{value} {value}"))
    else:
        place[key] = nasty(rng)
    return content


def nasty(rng: Random) -> Any:  # noqa: ANN401 - any JSON value
    """A value that programs get wrong."""
    return rng.choice(
        (
            rng.choice(_TEXTS), rng.choice(_NUMBERS), rng.choice(_NUMBERS), None, True, False, [],
            {}, [[]], [None], {"": {}}, [0] * 100, "x" * rng.choice((81, 5000, 70_000)),
        )
    )  # fmt: skip


def _tokens(data: bytes, rng: Random, language: str) -> bytes:
    """Words of the text replaced, doubled, left out or moved, whatever they mean."""
    tokens = _TOKEN.findall(data.decode("utf-8", "surrogateescape"))
    for _ in range(rng.choice((1, 1, 2, 5))):
        place = rng.randrange(len(tokens) + 1)
        action = rng.randrange(5)
        if action == 0 or place >= len(tokens):
            tokens.insert(place, rng.choice(_RAW[language]))
        elif action == 1:
            tokens[place] = rng.choice((*_RAW[language], *_TEXTS, *map(repr, _NUMBERS)))
        elif action == 2:
            del tokens[place : place + rng.choice((1, 1, 2, 20))]
        elif action == 3:
            end = place + rng.choice((1, 2, 10, 40))
            tokens[place:place] = tokens[place:end] * rng.choice((1, 1, 30))
        else:
            other = rng.randrange(len(tokens))
            tokens[place], tokens[other] = tokens[other], tokens[place]
    return "".join(tokens).encode("utf-8", "surrogatepass")
