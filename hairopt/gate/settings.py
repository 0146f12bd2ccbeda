"""The settings of the gate, from ``hairopt.toml`` or ``[tool.hairopt.gate]``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from hairopt.errors import ConfigError, UsageError
from hairopt.files.plain_values import KeyPath, dotted, shown, value_at
from hairopt.files.validated import Document, validated
from hairopt.gate.limits import GateLimits
from hairopt.quantities import Intensity
from hairopt.types import Shade

CONFIG_FILES: dict[str, KeyPath] = {"hairopt.toml": (), "pyproject.toml": ("tool", "hairopt")}
"""The configuration files, and the path of hairopt's table in each."""

DEFAULT_BASELINES = Path("baselines")


class _Options(BaseModel):
    """All settings of a gate except its limits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    baseline: str | None = None
    candidate: str | None = None
    dataset: Path | None = None
    model: str | None = None
    shades: tuple[str, ...] | None = None
    intensities: tuple[Intensity, ...] | None = None
    rounds: int | None = Field(default=None, ge=1, le=100_000)
    seed: int | None = Field(default=None, ge=0, lt=2**32)
    guarded: tuple[str, ...] | None = None
    strict: bool = False
    across_isa: bool = False
    remeasure: bool = False
    baselines: Path = DEFAULT_BASELINES
    out: Path = Path("reports")

    @field_validator("shades")
    @classmethod
    def _are_shades(cls, texts: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for text in texts or ():
            try:
                Shade.parse(text)
            except UsageError as error:
                raise ValueError(str(error)) from error
        return texts


class _Table(_Options, GateLimits):
    """The table in a file: the limits and all other settings."""


class _File(BaseModel):
    """The part of a configuration file that hairopt reads."""

    model_config = ConfigDict(extra="forbid")

    gate: _Table | None = None


class GateSettings(_Options):
    """The settings of one gate.

    Attributes:
        baseline, candidate: the sides: variant, variant file, run, or stored baseline.
        dataset: folder of cases; None for the shipped ones.
        model: a model that every measured variant uses instead of its own.
        shades, intensities, rounds, seed: settings for measuring; None for the bench's defaults.
        guarded: metrics that retention is judged by; None for the default.
        strict: whether INCONCLUSIVE also stops the release (exit code 3).
        across_isa: whether sides measured on different kinds of CPU may be compared.
        remeasure: whether stored sides are measured again on this machine, beside the other one;
            their stored scores are not used then.
        baselines: folder of stored baselines.
        out: folder in which run folders are made.
        limits: the allowed losses.
    """

    limits: GateLimits = GateLimits()

    def changed(self, changes: dict[str, Any]) -> GateSettings:
        """A copy with the given settings and limits; None does not change a value.

        Raises:
            ConfigError: a value that is not allowed.
        """
        given = {key: value for key, value in changes.items() if value is not None}
        return self._with(validated(given, _Table, lambda _: "the options", strict=False))

    def _with(self, table: _Table) -> GateSettings:
        """A copy with the values of a table."""
        given = {key: getattr(table, key) for key in table.model_fields_set}
        limits = {key: given.pop(key) for key in list(given) if key in GateLimits.model_fields}
        return self.model_copy(update={**given, "limits": self.limits.model_copy(update=limits)})


def find_settings(folder: Path) -> GateSettings | None:
    """The gate's configuration in ``folder`` or the nearest folder above that has one.

    Relative paths in the file start at its folder.

    Raises:
        ConfigError: the file is not valid; the message names file, key and the fault.
    """
    for place in (folder, *folder.parents):
        for name, key in CONFIG_FILES.items():
            file = place / name
            if not file.is_file():
                continue
            document = Document.read_toml(file, "the configuration of a project")
            table = document.validated(_File, key).gate if _section(document, key) else None
            if table is not None:
                return _anchored(GateSettings()._with(table), place)
    return None


def baselines_folder(folder: Path) -> Path:
    """The configured folder of stored baselines, or ``baselines`` by default.

    Raises:
        ConfigError: the configuration is not valid.
    """
    settings = find_settings(folder)
    return settings.baselines if settings is not None else DEFAULT_BASELINES


def _section(document: Document, key: KeyPath) -> bool:
    """Whether a file has the table of hairopt.

    Raises:
        ConfigError: there is another value in its place.
    """
    for end in range(1, len(key) + 1):
        if not document.holds(key[:end]):
            return False
        found = value_at(document.values, key[:end])
        if not isinstance(found, dict):
            raise ConfigError(
                f"{document.place(key[:end])}: {dotted(key[:end])} = {shown(found)} is not valid; "
                "allowed is a table."
            )
    return True


def _anchored(settings: GateSettings, place: Path) -> GateSettings:
    paths = {"baselines": place / settings.baselines, "out": place / settings.out}
    if settings.dataset is not None:
        paths["dataset"] = place / settings.dataset
    return settings.model_copy(update=paths)
