"""A table for a terminal of any width: it gives up its least important columns, never a digit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table
    from rich.text import Text

_GAP = 2
"""Columns of the terminal between two columns of a table."""

_PIECE = re.compile(r"[^-_/@ ]*[-_/@ ]|[^-_/@ ]+")
"""A part of a name after which a line may end: with its hyphen or space."""

_NARROWEST_WORDS = 16
"""Width down to which a column of words is folded before a column is given up."""


@dataclass(frozen=True)
class TerminalColumn:
    """One column.

    Attributes:
        title: may have several lines.
        cells: one text for each row, of one or more lines.
        importance: the column with the lowest is given up first; None for never.
        are_words: whether its cells are folded where the terminal is narrow, unlike figures.
    """

    title: str
    cells: Sequence[Text]
    importance: int | None = None
    are_words: bool = False

    @property
    def width(self) -> int:
        """Width of the longest line of its cells; a longer title of figures is folded."""
        lines = [line for cell in self.cells for line in cell.plain.split("\n")]
        titles = (title[:_NARROWEST_WORDS] for title in self.title.split("\n"))
        return _longest([*lines, *titles])


@dataclass(frozen=True)
class TerminalTable:
    """A rich renderable: the table, and below it the titles of the columns that had no room.

    Attributes:
        columns: at least one, each with as many cells as the others.
        spaced: whether an empty line separates the rows.
    """

    columns: Sequence[TerminalColumn]
    spaced: bool = False

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        """The parts that rich prints."""
        from rich.text import Text

        shown = fitting(self.columns, options.max_width)
        yield self._table(shown, options.max_width)
        left_out = [" ".join(c.title.split()) for c in self.columns if c not in shown]
        if left_out:
            yield Text(f"not shown for lack of width: {', '.join(left_out)}", style="dim")

    def _table(self, columns: Sequence[TerminalColumn], width: int) -> Table:
        from rich import box
        from rich.table import Table
        from rich.text import Text

        table = Table(
            box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, _GAP - 1, 0, 0),
            leading=int(self.spaced), header_style="bold",
        )  # fmt: skip
        wides = _widths(columns, width)
        for column, wide in zip(columns, wides, strict=True):
            justify: Literal["left", "right"] = "left" if column.are_words else "right"
            title = _folded(Text(column.title), wide)
            table.add_column(title, justify=justify, width=wide, overflow="fold")
        for index in range(len(columns[0].cells)):
            cells = zip(columns, wides, strict=True)
            table.add_row(*(
                _folded(c.cells[index], wide) if c.are_words else c.cells[index]
                for c, wide in cells
            ))  # fmt: skip
        return table


def fitting(columns: Sequence[TerminalColumn], width: int) -> list[TerminalColumn]:
    """The columns that are shown in a terminal of ``width`` columns."""
    shown = list(columns)
    while sum(_widths(shown, width)) + _GAP * (len(shown) - 1) > width:
        spare = [column for column in shown if column.importance is not None]
        if not spare:
            break
        shown.remove(min(spare, key=lambda column: column.importance or 0))
    return shown


def _widths(columns: Sequence[TerminalColumn], width: int) -> list[int]:
    """Widths of the columns; words get what the figures leave, at least the narrowest."""
    wanted = [column.width for column in columns]
    least = [
        min(wide, _NARROWEST_WORDS) if column.are_words else wide
        for column, wide in zip(columns, wanted, strict=True)
    ]
    left = width - sum(least) - _GAP * (len(columns) - 1)
    for index, (wide, narrow) in enumerate(zip(wanted, least, strict=True)):
        more = max(0, min(wide - narrow, left))
        least[index] += more
        left -= more
    return least


def _folded(text: Text, width: int) -> Text:
    """The text with line breaks between the parts of its words; rich folds what is still longer."""
    from rich.cells import cell_len
    from rich.text import Text

    ends, start, used = [], 0, 0
    for line in text.plain.split("\n"):
        for piece in _PIECE.finditer(line):
            wide = cell_len(piece.group())
            if used and used + cell_len(piece.group().rstrip()) > width:
                ends.append(start + piece.start())
                used = 0
            used += wide
        start, used = start + len(line) + 1, 0
    return Text("\n").join(text.divide(ends))


def _longest(lines: Sequence[str]) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, lines), default=0)
