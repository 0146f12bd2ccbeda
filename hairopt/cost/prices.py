"""Prices: a dated file that the user writes; the built-in one is an example and says so."""

from __future__ import annotations

import sys
from datetime import date
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hairopt.errors import ConfigError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Prices(BaseModel):
    """What resources cost.

    Attributes:
        name: of the price list.
        date: the day on which the prices were true.
        currency: ISO 4217 code, such as ``USD``.
        source: where the prices come from, in words.
        is_example: whether they are an illustration and nobody's contract.
        cpu_core_hour: one busy core for one hour.
        memory_gb_hour: one gigabyte (10^9 bytes) held for one hour.
        egress_gb: one gigabyte (10^9 bytes) sent to users.
        million_requests: fee for a million requests.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    date: date
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    source: str
    is_example: bool = False
    cpu_core_hour: float = Field(ge=0, allow_inf_nan=False)
    memory_gb_hour: float = Field(ge=0, allow_inf_nan=False)
    egress_gb: float = Field(ge=0, allow_inf_nan=False)
    million_requests: float = Field(default=0.0, ge=0, allow_inf_nan=False)


def example_prices() -> Prices:
    """The built-in example."""
    text = files("hairopt.cost").joinpath("example_prices.toml").read_text(encoding="utf-8")
    return _parse(text, "the built-in example prices")


def load_prices(file: Path) -> Prices:
    """Read a price file.

    Raises:
        ConfigError: it is missing or not valid; names file, key and what is wrong.
    """
    try:
        return _parse(file.read_text(encoding="utf-8"), str(file))
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8 text.") from error


def _parse(text: str, origin: str) -> Prices:
    try:
        return Prices.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{origin} is no TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{origin}: {key}: {first['msg']}.") from error
