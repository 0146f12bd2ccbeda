"""``matrix.csv``: the matrix for a spreadsheet, full precision, one line per variant."""

from __future__ import annotations

from hairopt.files.csv import csv_text
from hairopt.report.foreign_text import csv_cell
from hairopt.report.matrix import Cell, Column, Delta, Matrix, Row


def matrix_csv(matrix: Matrix) -> str:
    """Value, interval and change of every column, then of every other metric; empty if absent."""
    columns = (*matrix.columns, *matrix.others)
    head = ["variant", "status", "reference", *_header(columns), "reason", "fix"]
    return csv_text([head, *(_cells(row, columns) for row in matrix.rows)])


def _header(columns: tuple[Column, ...]) -> list[str]:
    suffixes = (
        "", "_ci95_low", "_ci95_high",
        "_change_percent", "_change_low", "_change_high", "_change_p", "_change_proven",
    )  # fmt: skip
    return [column.key + suffix for column in columns for suffix in suffixes]


def _cells(row: Row, columns: tuple[Column, ...]) -> list[object]:
    cells: list[object] = [csv_cell(row.name), row.status, int(row.is_reference)]
    for column in columns:
        cell = row.cells.get(column.key, Cell())
        low, high = cell.ci95 or ("", "")
        cells += ["" if cell.value is None else cell.value, low, high, *_change(cell.delta)]
    return [*cells, csv_cell(row.reason), csv_cell(row.fix)]


def _change(delta: Delta | None) -> list[object]:
    if delta is None:
        return [""] * 5
    p = delta.evidence.p
    ends = delta.ci95_percent or ("", "")
    return [delta.percent, *ends, "" if p is None else p, int(delta.proven)]
