"""The settings of the gate, from ``hairopt.toml`` or ``[tool.hairopt.gate]``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from hairopt.files.project import find_table
from hairopt.files.validated import validated
from hairopt.gate.judged import RULES
from hairopt.gate.limits import GateLimits
from hairopt.quantities import Intensity, Rounds, Seconds
from hairopt.registry import unknown_name
from hairopt.shades import find_shade, read_palette, require_shades

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
    rounds: Rounds | None = None
    timing_limit: Seconds | None = None
    seed: int | None = Field(default=None, ge=0, lt=2**32)
    guarded: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()
    strict: bool = False
    across_isa: bool = False
    remeasure: bool = False
    baselines: Path = DEFAULT_BASELINES
    out: Path = Path("reports")

    @field_validator("without")
    @classmethod
    def _are_rules(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in RULES:
                raise ValueError(unknown_name("rule", name, list(RULES)))
        if {"latency", "memory", *names} >= set(RULES):
            raise ValueError("every rule is switched off, so there is nothing to judge")
        return names


class _Table(_Options, GateLimits):
    """The table in a file: the limits and all other settings."""


class GateSettings(_Options):
    """The settings of one gate.

    Attributes:
        baseline, candidate: the sides: variant, variant file, run, or stored baseline.
        dataset: folder of cases; None for the shipped ones.
        model: a model that every measured variant uses instead of its own.
        shades, intensities, rounds, timing_limit, seed: settings for measuring; None for the
            bench's defaults. ``timing_limit`` is a time such as ``"60s"``, for automatic rounds.
        guarded: metrics that retention is judged by; None for the default.
        without: names of rules that are switched off.
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
            UsageError: a shade that is neither of the project nor a name or a code.
        """
        given = {key: value for key, value in changes.items() if value is not None}
        if given.get("shades"):
            palette = read_palette(None, Path.cwd())
            for text in given["shades"]:
                find_shade(text, palette)
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
    table = find_table("gate", folder)
    if table is None:
        return None
    settings = GateSettings()._with(table.validated(_Table))
    require_shades(table, settings.shades or (), read_palette(None, folder))
    return _anchored(settings, table.folder)


def baselines_folder(folder: Path) -> Path:
    """The configured folder of stored baselines, or ``baselines`` by default.

    Raises:
        ConfigError: the configuration is not valid.
    """
    settings = find_settings(folder)
    return settings.baselines if settings is not None else DEFAULT_BASELINES


def _anchored(settings: GateSettings, place: Path) -> GateSettings:
    """The settings with paths that start at ``place``; unchanged if that is the current folder."""
    if place == Path.cwd():
        return settings
    paths: dict[str, Path | str] = {
        "baselines": place / settings.baselines,
        "out": place / settings.out,
    }
    if settings.dataset is not None:
        paths["dataset"] = place / settings.dataset
    for side in ("baseline", "candidate"):
        text = getattr(settings, side)
        if text is not None and _is_path(text, place):
            paths[side] = str(place / text)
    return settings.model_copy(update=paths)


def _is_path(side: str, place: Path) -> bool:
    """Whether a side is a variant file, a run or a baseline file below ``place``, and no name."""
    file = side.rpartition(":")[0] or side
    return side.endswith((".toml", ".json")) or ("/" in file and (place / file).exists())
