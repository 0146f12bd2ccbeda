"""``history.html``: several runs on one self-contained page."""

from __future__ import annotations

from dataclasses import dataclass

from hairopt.measure.complete import bad_case_lines
from hairopt.quantities import number_of
from hairopt.report.answer import Answer
from hairopt.report.charts.curves import Axis, Line, Spot, curves_svg, series_key
from hairopt.report.history.answer import NOT_PROVEN, history_answer
from hairopt.report.history.data import HISTORY_COLUMNS, History, VariantHistory, date_text
from hairopt.report.matrix import Column
from hairopt.report.run.page import Chart, SeriesKey
from hairopt.report.templating import render_template
from hairopt.report.text import interval_text, value_text

_AXIS = Axis("run")
_DRAWN = ("latency_p50_ms", "cpu_ms", "peak_rss_mb", "iou")


@dataclass(frozen=True)
class RunRow:
    """One run; ``unusable`` counts its cases without numbers."""

    number: int
    date: str
    id: str
    hairopt: str
    cpu: str
    dataset: str
    n_cases: int
    unusable: int


@dataclass(frozen=True)
class ValueCell:
    """One number with its interval."""

    text: str
    interval: str


@dataclass(frozen=True)
class EntryRow:
    """One variant in one run."""

    number: int
    date: str
    cells: tuple[ValueCell, ...]
    differs: tuple[str, ...]


@dataclass(frozen=True)
class VariantTable:
    """One variant over all its runs."""

    name: str
    rows: tuple[EntryRow, ...]


@dataclass(frozen=True)
class HistoryPage:
    """The data of the template, which escapes every text."""

    title: str
    subtitle: str
    answer: Answer
    charts: tuple[Chart, ...]
    series: tuple[SeriesKey, ...]
    columns: tuple[Column, ...]
    variants: tuple[VariantTable, ...]
    runs: tuple[RunRow, ...]
    note: str


def history_html(history: History) -> str:
    """The whole page."""
    first, last = history.runs[0], history.runs[-1]
    page = HistoryPage(
        title=number_of(len(history.runs), "run"),
        subtitle=f"{date_text(first)} to {date_text(last)} UTC · {last.environment.cpu_model}",
        answer=history_answer(history),
        charts=_charts(history),
        series=tuple(series_key(i, one.name) for i, one in enumerate(history.variants)),
        columns=HISTORY_COLUMNS,
        variants=tuple(_table(variant) for variant in history.variants),
        runs=_runs(history),
        note=NOT_PROVEN,
    )
    return render_template("history.html.j2", page=page)


def _charts(history: History) -> tuple[Chart, ...]:
    charts = []
    for column in HISTORY_COLUMNS:
        lines = [
            line
            for index, variant in enumerate(history.variants)
            if (line := _line(variant, index, column))
        ]
        if column.key in _DRAWN and lines:
            title = column.title if column.title[0].isupper() else column.title.capitalize()
            svg = curves_svg(
                f"history-{column.key}", f"{title} over runs", lines, _AXIS,
                from_zero=column.side == "cost", straight=False,
            )  # fmt: skip
            unit = f", {column.unit}" if column.unit else ""
            charts.append(Chart(title + unit, column.meaning, svg))
    return tuple(charts)


def _line(variant: VariantHistory, index: int, column: Column) -> Line | None:
    spots = tuple(
        Spot(entry.number, cell.value, cell.ci95, joined=column.key in entry.compares)
        for entry in variant.entries
        if (cell := entry.cells[column.key]).value is not None
    )
    return Line(variant.name, index, spots) if spots else None


def _table(variant: VariantHistory) -> VariantTable:
    rows = []
    for entry in variant.entries:
        cells = tuple(
            ValueCell(
                value_text(entry.cells[column.key], column),
                interval_text(entry.cells[column.key], column),
            )
            for column in HISTORY_COLUMNS
        )
        rows.append(EntryRow(entry.number, entry.date, cells, entry.differs))
    return VariantTable(variant.name, tuple(rows))


def _runs(history: History) -> tuple[RunRow, ...]:
    return tuple(
        RunRow(
            number,
            date_text(run),
            run.id,
            f"{run.hairopt_version} {(run.git_commit or '')[:10]}".strip(),
            run.environment.cpu_model,
            run.dataset.title or run.dataset.name,
            run.dataset.n_cases,
            len(bad_case_lines(run)),
        )
        for number, run in enumerate(history.runs, start=1)
    )
