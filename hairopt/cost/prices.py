"""Prices: a dated file that the user writes; the built-in file is only an example."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from hairopt.files.validated import Document

_WHAT = "a price list"


class Prices(BaseModel):
    """Prices of resources.

    Attributes:
        name: name of the price list.
        date: the day for which the prices are valid.
        currency: ISO 4217 code, such as ``USD``.
        source: where the prices come from, in words.
        is_example: whether they are only an example.
        cpu_core_hour: one busy core for one hour.
        memory_gb_hour: one gigabyte (10^9 bytes) used for one hour.
        egress_gb: one gigabyte (10^9 bytes) sent to users.
        million_requests: fee for a million requests.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    date: date
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="an ISO 4217 code, such as USD")
    source: str
    is_example: bool = False
    cpu_core_hour: float = Field(ge=0, allow_inf_nan=False)
    memory_gb_hour: float = Field(ge=0, allow_inf_nan=False)
    egress_gb: float = Field(ge=0, allow_inf_nan=False)
    million_requests: float = Field(default=0.0, ge=0, allow_inf_nan=False)


def example_prices() -> Prices:
    """The built-in example."""
    text = files("hairopt.cost").joinpath("example_prices.toml").read_text(encoding="utf-8")
    return Document.of_toml(text, "the built-in example prices", _WHAT).validated(Prices)


def load_prices(file: Path) -> Prices:
    """Read a price file.

    Raises:
        ConfigError: it is missing or not valid; the message names file, line, key and what is
            allowed.
    """
    return Document.read_toml(file, _WHAT).validated(Prices)
