"""What the HTML page shows, as data: the templates only arrange it."""

from __future__ import annotations

from dataclasses import dataclass

from hairopt.report.matrix import Matrix


@dataclass(frozen=True)
class Tile:
    """One headline number."""

    label: str
    value: str
    unit: str
    detail: str


@dataclass(frozen=True)
class Chart:
    """A drawing; ``svg`` is markup that the charts of this package made, not text."""

    title: str
    caption: str
    svg: str


@dataclass(frozen=True)
class StartupRow:
    """What a fresh process of one variant pays before it is warm, as text with units."""

    name: str
    modules: str
    network: str
    first: str
    warm: str
    at_rest: str
    throughput: str


@dataclass(frozen=True)
class SliceColumn:
    """One value of a tag and the number of its cases."""

    name: str
    n: int


@dataclass(frozen=True)
class SliceCell:
    """``level`` 0..1 is where the value lies between the worst and the best of its table."""

    text: str
    level: float


@dataclass(frozen=True)
class SliceRow:
    """One variant."""

    name: str
    cells: tuple[SliceCell, ...]


@dataclass(frozen=True)
class SliceTable:
    """One metric by the values of one tag."""

    tag: str
    metric: str
    columns: tuple[SliceColumn, ...]
    rows: tuple[SliceRow, ...]


@dataclass(frozen=True)
class Shot:
    """A thumbnail, inlined."""

    label: str
    alt: str
    data_uri: str
    width_px: int
    height_px: int


@dataclass(frozen=True)
class GalleryCase:
    """One bad case of one variant."""

    name: str
    variant: str
    score: str
    tags: tuple[tuple[str, str], ...]
    shots: tuple[Shot, ...]


@dataclass(frozen=True)
class Fact:
    """A label and what it says."""

    label: str
    value: str


@dataclass(frozen=True)
class FactGroup:
    """Facts under one title."""

    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Page:
    """The whole page."""

    title: str
    subtitle: str
    sentence: str
    notes: tuple[str, ...]
    tiles: tuple[Tile, ...]
    matrix: Matrix
    charts: tuple[Chart, ...]
    startup: tuple[StartupRow, ...]
    slices_lead: str
    slices: tuple[SliceTable, ...]
    gallery_lead: str
    gallery: tuple[GalleryCase, ...]
    warnings: tuple[str, ...]
    facts: tuple[FactGroup, ...]
    bad_cases: tuple[str, ...]
    command: str
    folder: str
