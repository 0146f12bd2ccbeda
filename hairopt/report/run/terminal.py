"""The matrix for a terminal, as rich renderables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hairopt.report.foreign_text import printable
from hairopt.report.matrix import Cell, Column, Matrix, Row
from hairopt.report.steps import HEADINGS, WORDS, StepTable, step_tables
from hairopt.report.terminal_table import TerminalColumn, TerminalTable
from hairopt.report.text import (
    WORSE,
    cell_interval,
    delta_text,
    delta_verdict,
    legend,
    value_text,
)

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from hairopt.measure.run_model import Run

_STEP_IMPORTANCE = ("takes", "MB", "step ms", "asked", "request ms", "photos")
"""The columns of a cascade's steps in the order in which they are given up."""

_STYLES = {"good": "bold green", "bad": "bold red", "same": ""}


def matrix_view(matrix: Matrix) -> list[RenderableType]:
    """The table of measured variants, its legend, and the reasons for missing variants."""
    parts: list[RenderableType] = []
    if matrix.measured:
        parts += [_table(matrix), _legend(matrix)]
    parts += [_missing(row) for row in matrix.missing]
    return parts


def steps_view(run: Run) -> list[RenderableType]:
    """The steps of every measured cascade."""
    return [_steps(table) for table in step_tables(run)]


def _steps(table: StepTable) -> TerminalTable:
    from rich.text import Text

    columns = []
    for place, heading in enumerate(HEADINGS):
        title = printable(table.variant) + "\nstep" if place == 0 else heading
        cells = [Text(printable(row[place])) for row in table.rows]
        kept = None if place < 2 else _STEP_IMPORTANCE.index(heading)
        columns.append(TerminalColumn(title, cells, kept, heading in WORDS))
    return TerminalTable(columns)


def _table(matrix: Matrix) -> TerminalTable:
    names = TerminalColumn("variant", [_name(row) for row in matrix.measured], are_words=True)
    figures = [
        TerminalColumn(
            _head(column),
            [_cell(row.cells[column.key], column) for row in matrix.measured],
            column.importance,
        )
        for column in matrix.columns
    ]
    return TerminalTable([names, *figures], spaced=True)


def _head(column: Column) -> str:
    """Title and unit; a title of several words takes a line for each."""
    words = column.title.split(" ")
    return "\n".join([*words, column.unit] if column.unit else words)


def _name(row: Row) -> Text:
    from rich.text import Text

    text = Text(printable(row.name))
    return text.append("\nreference", style="dim") if row.is_reference else text


def _cell(cell: Cell, column: Column) -> Text:
    from rich.text import Text

    verdict = delta_verdict(cell.delta)
    change = delta_text(cell.delta) + (WORSE if verdict == "bad" else "")
    interval = cell_interval(cell, column).replace(" to ", "..").removesuffix(" %")
    text = Text(value_text(cell, column))
    if change:
        text.append("\n").append(change, style=_STYLES[verdict])
    return text.append(f"\n{interval}", style="dim") if interval else text


def _legend(matrix: Matrix) -> Text:
    from rich.text import Text

    explained = f"{legend(printable(matrix.reference or ''))} {WORSE} proven worse."
    return Text(explained, style="dim")


def _missing(row: Row) -> Text:
    from rich.text import Text

    text = Text()
    text.append(f"{printable(row.name)} ", style="bold")
    text.append(row.status, style="red" if row.status == "failed" else "yellow")
    text.append(f": {printable(row.reason)}")
    if row.fix:
        text.append("\n  fix: ", style="dim").append(printable(row.fix), style="bold")
    return text
