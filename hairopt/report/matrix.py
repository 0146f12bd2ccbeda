"""The cost-quality table of a run as data, for every report and the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from hairopt.evidence.evidence import Evidence


@dataclass(frozen=True)
class Column:
    """One quantity of the matrix.

    Attributes:
        key: stable machine name, with its unit, such as ``latency_p50_ms``.
        title: its name; at most nine characters, but for a metric without a headline.
        unit: printed under the title; empty for a ratio.
        side: whether it belongs to the cost or to the quality of a variant; or, of photos without
            masks, to its agreement with the baseline or to what is expected of it.
        higher_is_better: direction in which a change is an improvement; None where the best value
            lies between.
        decimals: digits after the point when printed.
        meaning: one sentence of explanation.
        importance: a narrow terminal gives up the column with the lowest first; None for never.
        kind: what a metric looks at, as in ``catalog.Kind``; empty for others.
    """

    key: str
    title: str
    unit: str
    side: Literal["cost", "quality", "agreement", "expected"]
    higher_is_better: bool | None
    decimals: int
    meaning: str
    importance: int | None = None
    kind: str = ""


@dataclass(frozen=True)
class Delta:
    """A change against the reference variant.

    Attributes:
        evidence: of the relative change of the value; its estimate is never None.
        higher_is_better: direction in which a change is an improvement.
    """

    evidence: Evidence
    higher_is_better: bool

    @property
    def percent(self) -> float:
        """Relative change of the value in per cent, 0 for none."""
        return 100 * (self.evidence.estimate or 0.0)

    @property
    def ci95_percent(self) -> tuple[float, float] | None:
        """The 95 % interval of ``percent``."""
        ends = self.evidence.ci95
        return None if ends is None else (100 * ends[0], 100 * ends[1])

    @property
    def proven(self) -> bool:
        """Whether the run proves a change."""
        return self.evidence.is_proven

    @property
    def improves(self) -> bool:
        """Whether the change goes in the good direction."""
        return (self.percent > 0) is self.higher_is_better


@dataclass(frozen=True)
class Cell:
    """One value; ``value`` is None if not measured, undefined, or with too few samples."""

    value: float | None = None
    ci95: tuple[float, float] | None = None
    delta: Delta | None = None


@dataclass(frozen=True)
class Row:
    """One variant.

    Attributes:
        name: name of the variant.
        summary: one line from its file.
        status: ``ok``, ``failed`` or ``unavailable``.
        reason: why it has no numbers; empty if it has.
        fix: the command that makes it available; empty if unknown.
        is_reference: whether the others are compared with it.
        cells: by column key; empty if it has no numbers.
    """

    name: str
    summary: str
    status: str
    reason: str
    fix: str
    is_reference: bool
    cells: dict[str, Cell]


@dataclass(frozen=True)
class Matrix:
    """The table of a run.

    Attributes:
        columns: quality that a release may not lose, then costs.
        rows: in the order of the run.
        reference: the variant that the others are compared with; None if none was measured.
        others: all other metrics; rows have their cells, too.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    reference: str | None
    others: tuple[Column, ...] = ()

    @property
    def measured(self) -> tuple[Row, ...]:
        """The variants that have numbers."""
        return tuple(row for row in self.rows if row.status == "ok")

    @property
    def title(self) -> str:
        """What it shows: cost and quality, or what there is in its place without a truth."""
        other = [side for side, _ in self.sides if side in ("quality", "agreement")]
        return f"Cost and {other[-1] if other else 'quality'}"

    @property
    def sides(self) -> tuple[tuple[str, int], ...]:
        """The sides in the order of the columns, each with the number of its columns."""
        return tuple(
            (side, len(list(columns)))
            for side, columns in groupby(self.columns, key=lambda column: column.side)
        )

    @property
    def missing(self) -> tuple[Row, ...]:
        """The variants that failed or are unavailable."""
        return tuple(row for row in self.rows if row.status != "ok")

    def row(self, name: str) -> Row:
        """The row of a variant; KeyError if the run does not have it."""
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(name)


KEPT = Column(
    "kept_percent", "kept", "%", "quality", True, 1,
    "Quality kept of the baseline's, by the worst guarded metric.",
)  # fmt: skip
"""The first column."""

COSTS = (
    Column(
        "latency_p50_ms", "latency", "ms p50", "cost", False, 1,
        "Median time of one warm request, all five stages; back to back, as in a busy service.",
    ),
    Column(
        "latency_after_pause_p50_ms", "paused", "ms p50", "cost", False, 1,
        "The same after a pause, as in a service that waits between requests.",
        importance=85,
    ),
    Column(
        "latency_p95_ms", "tail", "ms p95", "cost", False, 1,
        "95th percentile of the times back to back; shown from 100 samples on.",
        importance=30,
    ),
    Column(
        "cpu_ms", "CPU", "ms", "cost", False, 1,
        "Processor time of one warm request back to back, all threads together.",
        importance=100,
    ),
    Column(
        "peak_rss_mb", "memory", "MB", "cost", False, 0,
        "Peak memory of the process, as the kernel reports it.",
        importance=90,
    ),
    Column(
        "output_kb", "answer", "kB", "cost", False, 1,
        "Mean size of the encoded answer.",
        importance=60,
    ),
    Column(
        "cost_per_1000", "bill", "per 1,000", "cost", False, 4,
        "Cost of 1,000 requests: measured CPU, memory and bytes out at given prices.",
        importance=10,
    ),
    Column(
        "cost_per_month", "month", "per month", "cost", False, 2,
        "The same for a month of requests.",
        importance=20,
    ),
)  # fmt: skip

COLOUR_METRIC = "lock_de00"
"""The colour error of the matrix, also used elsewhere."""
