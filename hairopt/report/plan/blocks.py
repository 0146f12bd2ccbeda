"""The blocks of a plan, rendered as Markdown and as HTML."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TypeAlias

from hairopt.report.run.page import SeriesKey


@dataclass(frozen=True)
class Text:
    """A paragraph; words between backticks are code."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """A list; ``numbered`` if the order matters."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Grid:
    """A table; the first ``words`` columns are text, the others numbers."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1
    caption: str = ""


@dataclass(frozen=True)
class Code:
    """A file or commands, as they are typed."""

    text: str
    language: str


@dataclass(frozen=True)
class Drawing:
    """A chart of this package, on the page only; a table beside it has its numbers."""

    svg: str
    caption: str
    keys: tuple[SeriesKey, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A picture file beside the plan.

    Attributes:
        file: its name.
        jpeg: its content.
        size: width and height in pixels.
        alt: what it shows.
        href: the page with all photos, relative to the plan.
    """

    file: str
    jpeg: bytes
    size: tuple[int, int]
    alt: str
    href: str

    @property
    def data_uri(self) -> str:
        """For a page without further files."""
        return f"data:image/jpeg;base64,{base64.b64encode(self.jpeg).decode('ascii')}"


@dataclass(frozen=True)
class Heading:
    """A title within a section."""

    text: str


Block: TypeAlias = Text | Bullets | Grid | Code | Drawing | Heading


@dataclass(frozen=True)
class Section:
    """A section of a plan."""

    title: str
    blocks: tuple[Block, ...]

    @property
    def anchor(self) -> str:
        """For links within the page."""
        return self.title.lower().replace(" ", "-")


def safe(text: str) -> str:
    """Text from a file or a machine, without backticks that would start code."""
    return " ".join(text.replace("`", "'").split())
