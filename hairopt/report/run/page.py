"""The content of the HTML page, as data for the templates."""

from __future__ import annotations

from dataclasses import dataclass

from hairopt.report.answer import Answer
from hairopt.report.matrix import Matrix
from hairopt.report.steps import StepTable


@dataclass(frozen=True)
class SeriesKey:
    """One entry of the legend that charts have; ``color`` counts from 1."""

    name: str
    marker: str
    color: int


@dataclass(frozen=True)
class Chart:
    """A drawing; ``svg`` is markup made by the charts of this package, ``keys`` its own legend."""

    title: str
    caption: str
    svg: str
    keys: tuple[SeriesKey, ...] = ()


@dataclass(frozen=True)
class StartupRow:
    """Times of a new process of one variant before it is warm, as text with units."""

    name: str
    modules: str
    network: str
    first: str
    warm: str
    at_rest: str
    throughput: str


@dataclass(frozen=True)
class SliceCell:
    """A cell; ``level`` 0..1 is the position between the worst and the best of its table."""

    text: str
    level: float


@dataclass(frozen=True)
class SliceHead:
    """One value of a tag, its number of cases, and whether they are too few to rely on."""

    value: str
    n: int
    few: bool


@dataclass(frozen=True)
class SliceRow:
    """One variant, with a cell for each value of the tag."""

    variant: str
    cells: tuple[SliceCell, ...]


@dataclass(frozen=True)
class SliceTable:
    """One metric by the values of one tag, a row for every variant: there may be many of these."""

    tag: str
    metric: str
    heads: tuple[SliceHead, ...]
    rows: tuple[SliceRow, ...]


@dataclass(frozen=True)
class SwatchCell:
    """Mean colours of the hair, as CSS colours; ``apart`` is their ΔE00, ``n`` counts cases."""

    intent: str
    got: str
    apart: str
    n: int


@dataclass(frozen=True)
class SwatchRow:
    """One shade, with a cell for each kind of hair; None where no head has such hair."""

    shade: str
    asked: str
    cells: tuple[SwatchCell | None, ...]


@dataclass(frozen=True)
class SwatchTable:
    """Colours asked for and got by one recolour method, in the answers of one variant."""

    method: str
    variant: str
    intensity: str
    bands: tuple[str, ...]
    rows: tuple[SwatchRow, ...]


@dataclass(frozen=True)
class Colors:
    """What the page tells of colour; all empty for a run of an older version.

    Attributes:
        tables: swatches, one table per recolour method.
        charts: how the methods follow intensity, with the truth as mask.
        series: their legend.
        sentences: how much of the colour error is the method's own.
    """

    tables: tuple[SwatchTable, ...]
    charts: tuple[Chart, ...]
    series: tuple[SeriesKey, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Shot:
    """A thumbnail, inlined; ``href`` leads to the full-size picture beside the page, if any."""

    label: str
    alt: str
    data_uri: str
    width_px: int
    height_px: int
    href: str = ""


@dataclass(frozen=True)
class Score:
    """One number of a case, as text and for sorting."""

    key: str
    title: str
    text: str
    value: float
    higher_is_better: bool


@dataclass(frozen=True)
class GalleryCase:
    """One case and its worst variant; missing pictures are None.

    ``source`` names the photo; cases derived from one photo have the same. ``intent`` shows what
    the answer should look like, ``truly_dyed`` a true picture of the dyed head and the answer to
    that shade.
    """

    name: str
    source: str
    variant: str
    scores: tuple[Score, ...]
    tags: tuple[tuple[str, str], ...]
    before: Shot | None
    after: Shot | None
    intent: Shot | None
    errors: Shot | None
    masks: tuple[Shot, ...]
    truly_dyed: tuple[Shot, ...]

    @property
    def shots(self) -> tuple[Shot, ...]:
        """All its pictures."""
        single = (self.before, self.after, self.intent, self.errors)
        return (*(shot for shot in single if shot), *self.masks, *self.truly_dyed)


@dataclass(frozen=True)
class Filter:
    """A tag and the values for filtering cases."""

    tag: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Gallery:
    """The cases, worst first; of photos without masks, the most doubtful first.

    Attributes:
        orders: key and title of the scores by which they can be sorted.
        asked: the shade and intensity of the answers shown.
        by_doubt: whether they are photos without masks.
    """

    cases: tuple[GalleryCase, ...]
    orders: tuple[tuple[str, str], ...]
    filters: tuple[Filter, ...]
    asked: str
    by_doubt: bool = False

    @property
    def has_siblings(self) -> bool:
        """Whether any two cases are derived from the same photo."""
        return len({case.source for case in self.cases}) < len(self.cases)


@dataclass(frozen=True)
class Fact:
    """A label and a value."""

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
    answer: Answer
    measured: str
    further: tuple[str, ...]
    matrix: Matrix
    steps: tuple[StepTable, ...]
    charts: tuple[Chart, ...]
    response: tuple[Chart, ...]
    series: tuple[SeriesKey, ...]
    colors: Colors
    startup: tuple[StartupRow, ...]
    slices_lead: str
    slices: tuple[SliceTable, ...]
    gallery: Gallery
    facts: tuple[FactGroup, ...]
    bad_cases: tuple[str, ...]
    fixes: tuple[str, ...]
    command: str
    folder: str
