"""The matrix for a terminal of 100 columns, as rich renderables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hairopt.report.foreign_text import printable
from hairopt.report.matrix import Cell, Column, Matrix, Row
from hairopt.report.text import ABSENT, UNPROVEN, delta_text, delta_verdict, value_text

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
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


def _table(matrix: Matrix) -> Table:
    from rich import box
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, leading=1)
    # In a narrow terminal only the names are shortened, never the numbers.
    table.add_column("variant", no_wrap=True, overflow="ellipsis", min_width=8)
    columns = [column for column in matrix.columns if column.in_terminal]
    cells = {c.key: [_cell(row.cells[c.key], c) for row in matrix.measured] for c in columns}
    for column in columns:
        header = Text(f"{column.title}\n{column.unit}" if column.unit else column.title)
        width = max(
            cell_len(line.plain) for t in (header, *cells[column.key]) for line in t.split()
        )
        table.add_column(header, justify="right", no_wrap=True, min_width=width)
    for index, row in enumerate(matrix.measured):
        table.add_row(_name(row), *(cells[c.key][index] for c in columns))
    return table


def _name(row: Row) -> Text:
    from rich.text import Text

    text = Text(overflow="ellipsis", no_wrap=True).append(printable(row.name), style="bold")
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
