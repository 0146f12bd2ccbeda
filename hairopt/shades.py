"""Shades of a project: ``[shades.NAME]`` in ``hairopt.toml``, beside those with a built-in name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter

from hairopt.errors import ConfigError, DataError, UsageError
from hairopt.files.plain_values import KeyPath, dotted
from hairopt.files.project import ProjectTable, find_table, read_table
from hairopt.files.validated import Document
from hairopt.images import decode_image, read_bytes
from hairopt.types import ImageU8, Shade, Swatch

TABLE = "shades"

_NAME = re.compile(r"[^\W\d_]([\w -]*\w)?")

_LEAST_SPREAD = 0.5
"""L*; in a picture of one colour alone nothing follows the lightness."""


def _code(text: str) -> str:
    try:
        return Shade.parse(text).hex
    except UsageError as error:
        raise ValueError(str(error)) from error


class _ShadeTable(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    hex: Annotated[str, AfterValidator(_code)]
    swatch: Path | None = None


@dataclass(frozen=True)
class _Configured:
    """A shade of a file, whose picture is read when the shade is first used."""

    name: str
    table: _ShadeTable
    document: Document
    key: KeyPath
    folder: Path

    @cached_property
    def shade(self) -> Shade:
        if self.table.swatch is None:
            return Shade(self.table.hex, self.name)
        file = self.folder / self.table.swatch
        try:
            data = read_bytes(file)
            swatch = swatch_of(decode_image(data, str(file)), hashlib.sha256(data).hexdigest())
        except DataError as error:
            raise ConfigError(f"{self.document.place((*self.key, 'swatch'))}: {error}") from error
        return Shade(self.table.hex, self.name, swatch)


Palette = Mapping[str, _Configured]
"""The shades of a project by name."""


def read_palette(file: Path | None, folder: Path) -> Palette:
    """The shades of a configuration file.

    Args:
        file: the file that was asked for; None to look in ``folder`` and the folders above it.
        folder: where to look.

    Raises:
        ConfigError: a table is not valid; it names file, line, key and what is allowed.
    """
    table = find_table(TABLE, folder) if file is None else read_table(TABLE, file)
    if table is None:
        return {}
    found = table.document.validated(TypeAdapter(dict[str, _ShadeTable]), table.key)
    for name in found:
        if _NAME.fullmatch(name) is None:
            place = table.document.place((*table.key, name))
            raise ConfigError(
                f"{place}: {name!r} is no name of a shade; allowed are letters, digits, spaces, - "
                "and _, beginning with a letter"
            )
    return {
        name: _Configured(name, one, table.document, (*table.key, name), table.folder)
        for name, one in found.items()
    }


def find_shade(text: str, palette: Palette) -> Shade:
    """A shade of the project, or else one that ``Shade.parse`` reads.

    Raises:
        UsageError: there is no such shade; the message lists what is allowed.
        ConfigError: its swatch is no picture.
    """
    name = text.strip()
    return palette[name].shade if name in palette else Shade.parse(text, palette)


def require_shades(table: ProjectTable, shades: Sequence[str], palette: Palette) -> None:
    """Check the list ``shades`` of a table; no swatch is read.

    Raises:
        ConfigError: one is neither of the project nor what ``Shade.parse`` reads; it names file,
            line and key.
    """
    for index, text in enumerate(shades):
        if text.strip() not in palette:
            key = (*table.key, "shades", index)
            try:
                Shade.parse(text, palette)
            except UsageError as error:
                raise ConfigError(f"{table.document.place(key)}: {dotted(key)}: {error}") from error


def swatch_of(picture: ImageU8, sha256: str) -> Swatch:
    """Measure a picture that shows dyed hair and nothing else.

    Args:
        picture: uint8 (H, W, 3) RGB.
        sha256: of its file.
    """
    import cv2

    lab = np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2Lab), np.float64)
    pixels = lab.reshape(-1, 3)
    mean, spread = pixels.mean(axis=0), float(pixels[:, 0].std())
    slopes = np.zeros(2)
    if spread > _LEAST_SPREAD:
        apart = pixels - mean
        slopes = 10 * apart[:, 0] @ apart[:, 1:] / len(pixels) / spread**2
    lightness, a, b = (float(value) for value in mean)
    return Swatch(sha256, (lightness, a, b), spread, (float(slopes[0]), float(slopes[1])))
