"""The matrix for a terminal, as rich renderables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hairopt.evidence.evidence import UNPROVEN
from hairopt.report.foreign_text import printable
from hairopt.report.matrix import Cell, Column, Matrix, Row
from hairopt.report.terminal_table import TerminalColumn, TerminalTable
from hairopt.report.text import ABSENT, delta_text, delta_verdict, value_text

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

BEST_MARK = "*"
_STYLES = {"good": "green", "bad": "red", "same": "dim"}


def matrix_view(matrix: Matrix) -> list[RenderableType]:
    """The table of measured variants, its legend, and the reasons for missing variants."""
    parts: list[RenderableType] = []
    if matrix.measured:
        parts += [_table(matrix), _legend(matrix)]
    parts += [_missing(row) for row in matrix.missing]
    return parts


def _table(matrix: Matrix) -> TerminalTable:
    names = TerminalColumn("variant", [_name(row) for row in matrix.measured], are_words=True)
    figures = [
        TerminalColumn(
            f"{column.title}\n{column.unit}" if column.unit else column.title,
            [_cell(row.cells[column.key], column) for row in matrix.measured],
            column.importance,
        )
        for column in matrix.columns
    ]
    return TerminalTable([names, *figures], spaced=True)


def _name(row: Row) -> Text:
    from rich.text import Text

    text = Text().append(printable(row.name), style="bold")
    return text.append("\nreference", style="dim") if row.is_reference else text


def _cell(cell: Cell, column: Column) -> Text:
    from rich.text import Text

    mark, style = (BEST_MARK, "bold green") if cell.best else (" ", "")
    text = Text().append(value_text(cell, column) + mark, style=style)
    delta = delta_text(cell.delta)
    return text.append(f"\n{delta} ", style=_STYLES[delta_verdict(cell.delta)]) if delta else text


def _legend(matrix: Matrix) -> Text:
    from rich.text import Text

    return Text(
        f"{BEST_MARK} best of its column   second line: change against {matrix.reference}   "
        f"{UNPROVEN} no change proven   {ABSENT} not measured",
        style="dim",
    )


def _missing(row: Row) -> Text:
    from rich.text import Text

    text = Text()
    text.append(f"{printable(row.name)} ", style="bold")
    text.append(row.status, style="red" if row.status == "failed" else "yellow")
    text.append(f": {printable(row.reason)}")
    if row.fix:
        text.append("\n  fix: ", style="dim").append(printable(row.fix), style="bold")
    return text
