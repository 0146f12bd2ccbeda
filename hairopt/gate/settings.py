"""What the gate is asked to do, from ``hairopt.toml`` or ``[tool.hairopt.gate]``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from hairopt.errors import ConfigError
from hairopt.gate.limits import GateLimits
from hairopt.toml_file import read_toml

CONFIG_FILES = ("hairopt.toml", "pyproject.toml")
LIMIT_NAMES = tuple(GateLimits.model_fields)
DEFAULT_BASELINES = Path("baselines")


def parse_share(value: object) -> object:
    """``"5%"`` to 0.05; everything else as it is, for the field itself to judge.

    Raises:
        ValueError: a text that is neither a number nor a percentage.
    """
    if not isinstance(value, str):
        return value
    text = value.strip()
    try:
        return float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        raise ValueError(f"{value!r} is neither a share such as 0.05 nor a percentage") from None


def _parsed(key: str, value: object) -> object:
    try:
        return parse_share(value)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


class GateSettings(BaseModel):
    """One gate, as a configuration file says it.

    Attributes:
        baseline, candidate: the sides: variant, variant file, run, or stored baseline.
        dataset: folder of cases; the shipped ones where None.
        model: a network that replaces the one of every variant that is measured.
        shades, intensities, rounds, seed: of what has to be measured; the bench's own where None.
        guarded: metrics that retention watches; the project's default where None.
        strict: whether INCONCLUSIVE stops the release too (exit code 3).
        across_isa: whether sides measured on different kinds of CPU may be compared.
        baselines: folder of stored baselines.
        out: where run folders are made.
        limits: what may be lost.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    baseline: str | None = None
    candidate: str | None = None
    dataset: Path | None = None
    model: str | None = None
    shades: tuple[str, ...] | None = None
    intensities: tuple[float, ...] | None = None
    rounds: int | None = Field(default=None, ge=1)
    seed: int | None = Field(default=None, ge=0)
    guarded: tuple[str, ...] | None = None
    strict: bool = False
    across_isa: bool = False
    baselines: Path = DEFAULT_BASELINES
    out: Path = Path("reports")
    limits: GateLimits = GateLimits()

    @field_validator("limits", mode="before")
    @classmethod
    def _shares(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {key: _parsed(key, one) for key, one in value.items()}

    def changed(self, changes: dict[str, Any]) -> GateSettings:
        """A copy with the given settings and limits in place; None leaves a value as it is.

        Raises:
            ConfigError: a value that is not allowed.
        """
        given = {key: value for key, value in changes.items() if value is not None}
        limits = {key: given.pop(key) for key in list(given) if key in LIMIT_NAMES}
        whole = self.model_dump() | given
        whole["limits"] = self.limits.model_dump() | limits
        return _validated(whole, "the options")


def find_settings(folder: Path) -> GateSettings | None:
    """The gate's configuration in ``folder`` or the nearest folder above that has one.

    Relative paths in it are taken from the folder of the file.

    Raises:
        ConfigError: the file is not valid; names file, key, and what is wrong.
    """
    for place in (folder, *folder.parents):
        for name in CONFIG_FILES:
            file = place / name
            if file.is_file() and (table := _gate_table(file)) is not None:
                return _anchored(_validated(_nested(table), str(file)), place)
    return None


def baselines_folder(folder: Path) -> Path:
    """Where stored baselines are, as the configuration says, else ``baselines``.

    Raises:
        ConfigError: the configuration is not valid.
    """
    settings = find_settings(folder)
    return settings.baselines if settings is not None else DEFAULT_BASELINES


def _gate_table(file: Path) -> dict[str, Any] | None:
    content = read_toml(file, "the configuration of a project")
    if file.name == "pyproject.toml":
        content = content.get("tool", {}).get("hairopt", {})
    table: dict[str, Any] | None = content.get("gate")
    return table


def _nested(table: dict[str, Any]) -> dict[str, Any]:
    """The flat table of the file with its limits moved into a table of their own."""
    limits = {key: value for key, value in table.items() if key in LIMIT_NAMES}
    rest = {key: value for key, value in table.items() if key not in LIMIT_NAMES}
    return {**rest, "limits": limits}


def _anchored(settings: GateSettings, place: Path) -> GateSettings:
    paths = {"baselines": place / settings.baselines, "out": place / settings.out}
    if settings.dataset is not None:
        paths["dataset"] = place / settings.dataset
    return settings.model_copy(update=paths)


def _validated(content: dict[str, Any], origin: str) -> GateSettings:
    try:
        return GateSettings.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"] if part != "limits")
        known = sorted({*LIMIT_NAMES, *GateSettings.model_fields} - {"limits"})
        hint = f" (known keys: {', '.join(known)})" if first["type"] == "extra_forbidden" else ""
        where = f"{key}: " if key else ""
        fault = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{origin}: {where}{fault}{hint}.") from error
