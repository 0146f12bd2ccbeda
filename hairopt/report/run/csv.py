"""``matrix.csv``: the matrix for a spreadsheet, full precision, one line per variant."""

from __future__ import annotations

import csv
import io

from hairopt.report.foreign_text import csv_cell
from hairopt.report.matrix import Cell, Column, Matrix, Row


def matrix_csv(matrix: Matrix) -> str:
    """Value, interval and change of every column; empty fields where there is none."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["variant", "status", "reference", *_header(matrix.columns), "reason", "fix"])
    for row in matrix.rows:
        writer.writerow(
            [
                csv_cell(row.name),
                row.status,
                int(row.is_reference),
                *_values(row, matrix.columns),
                csv_cell(row.reason),
                csv_cell(row.fix),
            ]
        )
    return out.getvalue()


def _header(columns: tuple[Column, ...]) -> list[str]:
    suffixes = ("", "_ci95_low", "_ci95_high", "_change_percent", "_change_proven")
    return [column.key + suffix for column in columns for suffix in suffixes]


def _values(row: Row, columns: tuple[Column, ...]) -> list[object]:
    values: list[object] = []
    for column in columns:
        cell = row.cells.get(column.key, Cell())
        low, high = cell.ci95 or ("", "")
        delta = cell.delta
        proven = "" if delta is None or delta.proven is None else int(delta.proven)
        change = "" if delta is None else delta.percent
        values += ["" if cell.value is None else cell.value, low, high, change, proven]
    return values
