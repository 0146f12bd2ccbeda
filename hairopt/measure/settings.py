"""The options of ``hairopt bench`` in a file: ``[bench]`` or ``[tool.hairopt.bench]``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr

from hairopt.errors import ConfigError
from hairopt.files.plain_values import dotted
from hairopt.files.project import CONFIG_FILES, ProjectTable, find_table, read_table
from hairopt.measure.plan import MAX_SEED
from hairopt.quantities import MAX_ROUNDS, Intensity, Rounds, duration_s
from hairopt.shades import Palette, find_shade, read_palette, require_shades
from hairopt.types import Shade

TABLE = "bench"


def _duration(value: object) -> object:
    duration_s(str(value))
    return value


class BenchSettings(BaseModel):
    """What a bench can be told; None and empty values are the defaults of the command.

    Attributes:
        variants: names or TOML files; the first is the baseline.
        dataset: folder of cases.
        limit: measure this many cases only.
        model: a model that every variant uses instead of its own.
        runtimes: ``all``, or names of runtimes; every variant is measured in each.
        shades, intensities: what is asked for.
        out: the folder in which the run folder is made.
        name: the name of the run folder.
        rounds: timed requests per variant, or ``auto``.
        timing_limit: the longest time of automatic rounds, such as ``60s``.
        warmup, seed: as in ``BenchPlan``.
        timeout: the longest time of one request, such as ``90s``.
        null: measure one variant against itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    variants: tuple[str, ...] = ()
    dataset: Path | None = None
    limit: int | None = Field(default=None, ge=1)
    model: str | None = None
    runtimes: str | tuple[str, ...] | None = None
    shades: tuple[str, ...] = ()
    intensities: tuple[Intensity, ...] = ()
    out: Path = Path("reports")
    name: str | None = None
    rounds: Rounds | None = None
    timing_limit: Annotated[str, BeforeValidator(_duration)] | None = None
    warmup: int | None = Field(default=None, ge=0, le=MAX_ROUNDS)
    seed: int | None = Field(default=None, ge=0, le=MAX_SEED)
    timeout: Annotated[str, BeforeValidator(_duration)] | None = None
    null: bool = False
    _palette: Palette = PrivateAttr(default_factory=dict)

    def asked_shades(self) -> tuple[Shade, ...]:
        """The shades, each once; names are those of the file first.

        Raises:
            UsageError: one is neither a name nor a code.
            ConfigError: a swatch is no picture.
        """
        return tuple(dict.fromkeys(find_shade(text, self._palette) for text in self.shades))

    def with_palette(self, palette: Palette) -> BenchSettings:
        """A copy that knows the shades of a project."""
        copy = self.model_copy()
        copy._palette = palette
        return copy

    def changed(self, changes: Mapping[str, Any]) -> BenchSettings:
        """A copy with the given settings, not validated; None and empty values change nothing."""
        given = {key: value for key, value in changes.items() if value not in (None, (), [])}
        return self.model_copy(update=given)


def bench_settings(file: Path | None, folder: Path) -> tuple[BenchSettings, Path | None]:
    """The settings of a file, or those that are configured for a folder.

    Relative paths in a file start at its folder.

    Args:
        file: the file that was asked for; None to look in ``folder`` and the folders above it.
        folder: where to look.

    Returns:
        The settings, and the file they are from; the defaults and None without a file.

    Raises:
        ConfigError: the file is not valid, or was asked for and has no such table.
    """
    table = find_table(TABLE, folder) if file is None else read_table(TABLE, file)
    if table is None and file is not None:
        head = dotted((*CONFIG_FILES.get(file.name, ()), TABLE))
        raise ConfigError(f"{file} has no table [{head}], which holds the options of a bench")
    palette = read_palette(file, folder)
    if table is None:
        return BenchSettings().with_palette(palette), None
    settings = _anchored(table).with_palette(palette)
    require_shades(table, settings.shades, palette)
    return settings, table.folder / Path(table.document.origin).name


def _anchored(table: ProjectTable) -> BenchSettings:
    found = table.validated(BenchSettings)
    place = table.folder
    if place == Path.cwd():
        return found
    paths: dict[str, object] = {
        "out": place / found.out,
        "variants": tuple(
            str(place / one) if one.endswith(".toml") or "/" in one else one
            for one in found.variants
        ),
    }
    if found.dataset is not None:
        paths["dataset"] = place / found.dataset
    return found.model_copy(update=paths)
