"""Read shares, times and intensities, one rule for every option and file; write counts.

A number that could mean two things is refused, and the message shows both: ``5`` as a share may be
5 % or 500 %, ``0.7`` as an intensity 0.7 or 70 of 100, ``5`` as a time seconds or minutes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import BeforeValidator, Field

from hairopt.errors import UsageError

_T = TypeVar("_T")

AUTO: Literal["auto"] = "auto"
"""Rounds until every interval is narrow, or the time of the timing is over."""

MAX_ROUNDS = 100_000

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def share(value: object) -> float:
    """``"5%"``, ``"5 %"``, ``"0.05"`` and 0.05 to 0.05.

    A number without % is a fraction. Numbers above 1, and a plain ``1``, are refused: ``5`` may
    mean 5 % or 500 %. ``1.0`` is 100 %.

    Args:
        value: a text, or a number from a file.

    Returns:
        The share as a fraction; 0.05 is 5 %.

    Raises:
        ValueError: it is no share, or could mean two; the message says how to write it.
    """
    text = _text(value)
    number = _number(text.removesuffix("%"))
    if number is None:
        raise ValueError(f"{text!r} is no share; write it as 5% or 0.05")
    if text.endswith("%"):
        return number / 100
    if abs(number) > 1 or text.lstrip("+-") == "1":
        whole = f"{100 * number:g}%" + (" or 1.0" if number == 1 else "")
        raise ValueError(
            f"{text} may mean {number:g} % or {100 * number:g} %; write {number:g}% or "
            f"{number / 100:g} for the one, {whole} for the other"
        )
    return number


def intensity(value: object) -> float:
    """``70``, ``"70"`` and ``"70%"`` to 70.0.

    Args:
        value: a text, or a number from a file.

    Returns:
        The strength of a colour, 0..100.

    Raises:
        ValueError: it is no intensity, outside 0..100, or between 0 and 1: 0.7 may mean 70 of 100.
    """
    text = _text(value)
    number = _number(text.removesuffix("%"))
    if number is None or not 0 <= number <= 100:
        raise ValueError(f"{text!r} is no intensity; write a number from 0 to 100, such as 70")
    if 0 < number < 1:
        raise ValueError(
            f"{text} is less than 1 of 100; an intensity goes from 0 to 100: write "
            f"{100 * number:g} for {100 * number:g} %"
        )
    return number


def duration_s(value: object) -> float:
    """``90s``, ``15m``, ``1.5h`` and ``500ms`` to seconds.

    Raises:
        ValueError: it is no time above zero, or has no unit; the message says how to write it.
    """
    text = _text(value)
    word = text.lower()
    unit = next((unit for unit in _UNIT_S if word.endswith(unit)), "")
    number = _number(word.removesuffix(unit))
    if number is None or not number > 0:
        raise ValueError(f"{text!r} is no time; write it as 90s, 15m or 1.5h")
    if not unit:
        raise ValueError(f"{text} has no unit; write {number:g}s, {number:g}m or {number:g}h")
    return number * _UNIT_S[unit]


def rounds(value: object) -> int | Literal["auto"]:
    """``auto``, ``"40"`` and 40 to the number of timed requests, or to ``"auto"``.

    Raises:
        ValueError: it is neither; the message says what is allowed.
    """
    text = _text(value)
    if text == AUTO:
        return AUTO
    number = _number(text)
    if number is None or number != int(number):
        raise ValueError(f"{text!r} is no number of rounds; write auto, or a whole number")
    if not 1 <= number <= MAX_ROUNDS:
        raise ValueError(f"rounds is {text}, but from 1 to {MAX_ROUNDS:,} are possible; or auto")
    return int(number)


def asked(option: str, read: Callable[[Any], _T], value: object) -> _T:
    """The value of an option, read by one of the functions above.

    Raises:
        UsageError: it is invalid, or could mean two things; the message names the option.
    """
    try:
        return read(value)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from error


def number_of(count: int, one: str, more: str = "") -> str:
    """A count and what is counted: ``1 case``, ``2 cases``, ``1,000 cases``.

    Args:
        count: how many.
        one: the words behind 1, such as ``case`` or ``case is``.
        more: the words behind any other number, where they are not ``one`` with an s.
    """
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def share_text(value: float) -> float | str:
    """A share as written to a file: a fraction, or above 1 a percentage."""
    return value if value <= 1 else f"{100 * value:g}%"


Share: TypeAlias = Annotated[
    float, BeforeValidator(share), Field(json_schema_extra={"format": "share"})
]
"""A share in a pydantic model, read by ``share``."""

Intensity: TypeAlias = Annotated[
    float, BeforeValidator(intensity), Field(json_schema_extra={"format": "intensity"})
]
"""An intensity in a pydantic model, read by ``intensity``."""


Rounds: TypeAlias = Annotated[
    int | Literal["auto"], BeforeValidator(rounds), Field(json_schema_extra={"format": "rounds"})
]
"""A number of timed requests, or ``auto``, in a pydantic model, read by ``rounds``."""

Seconds: TypeAlias = Annotated[
    float, BeforeValidator(duration_s), Field(json_schema_extra={"format": "duration"})
]
"""A time in a pydantic model, as a text with its unit, read by ``duration_s``."""


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return str(value)
    return value.strip() if isinstance(value, str) else repr(value)


def _number(text: str) -> float | None:
    word = text.strip()
    number = float(word) if _NUMBER.fullmatch(word) else math.nan
    return number if math.isfinite(number) else None
