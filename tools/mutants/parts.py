"""What is changed, which tests have to notice (``parts.toml``), what need not be noticed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]


class ByHand(BaseModel):
    """A change that cosmic-ray does not make: ``line``, which the file holds once, ``becomes``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Path
    line: str
    becomes: str
    tests: tuple[str, ...]


class Part(BaseModel):
    """Files that cosmic-ray changes and the tests that are near, or changes by hand."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: tuple[Path, ...] = ()
    tests: tuple[str, ...] = ()
    by_hand: tuple[ByHand, ...] = ()


class Accepted(BaseModel):
    """Changes that no test needs to notice: ``file: line`` or ``file: line -> becomes``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    why: str
    changes: tuple[str, ...]


def _read(name: str) -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads(Path(__file__).with_name(name).read_text())
    return table


PARTS = {name: Part.model_validate(table) for name, table in _read("parts.toml").items()}

ACCEPTED = frozenset(
    change
    for table in _read("accepted.toml")["accepted"]
    for change in Accepted.model_validate(table).changes
)
