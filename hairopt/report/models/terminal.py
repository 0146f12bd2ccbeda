"""Models side by side in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hairopt.measure.run_model import Run
from hairopt.report.answer import Answer, answer_view
from hairopt.report.models.slices import HEADINGS as SLICE_HEADINGS
from hairopt.report.models.table import HEADINGS, model_rows, notes
from hairopt.report.terminal_table import TerminalColumn, TerminalTable

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

_WORDS = ("model", "runtime", "licence", "slice")
_IMPORTANCE = {
    "licence": 10, "p10": 20, "MB": 30, "edge": 40, "95 %": 50, "cases": 60, "runtime": 70,
    "of first": 80,
}  # fmt: skip
"""Title of a column -> its importance; those that are absent are never given up."""


def models_view(
    run: Run, timings: pd.DataFrame | None, slices: Sequence[Sequence[str]], answer: Answer
) -> list[RenderableType]:
    """Slices, models and their conditions, and the answer; arguments as ``as_markdown``."""
    from rich.text import Text

    rows = model_rows(run, timings)
    parts: list[RenderableType] = []
    if slices:
        parts += [_table(SLICE_HEADINGS, slices, {"cases": 10}), Text()]
    parts.append(_table(HEADINGS, [row.cells for row in rows], _IMPORTANCE))
    parts += [Text(note, style="dim") for note in ("", *notes(run, rows))]
    return [*parts, *answer_view(answer)]


def _table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], importance: Mapping[str, int]
) -> TerminalTable:
    from rich.text import Text

    columns = [
        TerminalColumn(
            title,
            [Text(cell) for cell in cells],
            importance.get(title),
            are_words=title in _WORDS,
        )
        for title, *cells in zip(headings, *rows, strict=True)
    ]
    return TerminalTable(columns)
