"""The matrix for a terminal, as rich renderables; one table where there are 100 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hairopt.evidence.evidence import UNPROVEN
from hairopt.report.foreign_text import printable
from hairopt.report.matrix import Cell, Column, Matrix, Row
from hairopt.report.text import ABSENT, delta_text, delta_verdict, value_text

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table
    from rich.text import Text

BEST_MARK = "*"
_NAME_WIDTH = 9
_STYLES = {"good": "green", "bad": "red", "same": "dim"}


def matrix_view(matrix: Matrix) -> list[RenderableType]:
    """The table of measured variants, its legend, and the reasons for missing variants."""
    parts: list[RenderableType] = []
    if matrix.measured:
        parts += [_Tables(matrix), _legend(matrix)]
    parts += [_missing(row) for row in matrix.missing]
    return parts


def column_groups(first: int, widths: Sequence[int], width: int) -> list[slice]:
    """Which columns are shown together, so that no number is cut in a narrow terminal.

    Args:
        first: width of a column that is repeated before each group.
        widths: widths of all others, with the space between columns.
        width: width of the terminal.

    Returns:
        Slices of the others: one if everything fits, at least one column in each.
    """
    groups, start, left = [], 0, width - first
    for index, wide in enumerate(widths):
        if index > start and left < wide:
            groups.append(slice(start, index))
            start, left = index, width - first
        left -= wide
    return [*groups, slice(start, len(widths))]


class _Tables:
    """The matrix as one table, or in a narrow terminal as several with the names before each."""

    def __init__(self, matrix: Matrix) -> None:
        from rich.text import Text

        self._rows = matrix.measured
        self._columns = [
            [
                Text(f"{column.title}\n{column.unit}" if column.unit else column.title),
                *(_cell(row.cells[column.key], column) for row in matrix.measured),
            ]
            for column in matrix.columns
            if column.in_terminal
        ]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table]:
        from rich.cells import cell_len

        widths = [
            max(cell_len(line.plain) for text in column for line in text.split())
            for column in self._columns
        ]
        # Beside a text stand its padding and the mark between two columns, or the table's edge.
        spaced, first = [width + 2 for width in widths], _NAME_WIDTH + 3
        for group in column_groups(first, spaced, options.max_width):
            yield self._table(self._columns[group], widths[group])

    def _table(self, columns: list[list[Text]], widths: list[int]) -> Table:
        from rich import box
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, leading=1)
        # In a narrow terminal only the names are shortened, never the numbers.
        table.add_column("variant", no_wrap=True, overflow="ellipsis", min_width=_NAME_WIDTH)
        for (header, *_), width in zip(columns, widths, strict=True):
            table.add_column(header, justify="right", no_wrap=True, min_width=width)
        for index, row in enumerate(self._rows, start=1):
            table.add_row(_name(row), *(column[index] for column in columns))
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
