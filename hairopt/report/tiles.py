"""The headline numbers above the matrix."""

from __future__ import annotations

from hairopt.report.matrix import Matrix
from hairopt.report.run.page import Tile
from hairopt.report.text import delta_text, value_text

_LABELS = {
    "latency_p50_ms": "Fastest answer",
    "iou": "Best mask",
    "peak_rss_mb": "Least memory",
    "output_kb": "Smallest answer",
}


def tiles(matrix: Matrix) -> tuple[Tile, ...]:
    """The best value of the columns that people ask for first, and whose it is."""
    found = []
    for column in matrix.columns:
        if column.key not in _LABELS:
            continue
        rows = [row for row in matrix.measured if row.cells[column.key].value is not None]
        best = [row for row in rows if row.cells[column.key].best] or rows
        cell = best[0].cells[column.key]
        change = delta_text(cell.delta)
        names = "all variants" if len(best) == len(rows) > 1 else _names([r.name for r in best])
        versus = f", {change} against {matrix.reference}" if change and len(best) == 1 else ""
        unit = column.unit or column.title
        tile = Tile(_LABELS[column.key], value_text(cell, column), unit, names + versus)
        found.append(tile)
    return tuple(found)


def _names(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
