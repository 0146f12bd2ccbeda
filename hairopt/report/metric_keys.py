"""The metric behind a column that readers know by its title."""

from __future__ import annotations

from hairopt.report.matrix import COLUMNS

COLOUR_METRIC = next(column.key for column in COLUMNS if column.title == "colour")
"""The colour error of the matrix, for whatever else shows it."""
