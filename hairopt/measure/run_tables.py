"""The tables of a run folder, read back: the columns are there and hold what they should.

A Parquet file can hold anything under any name, and a run folder may have been sent by anybody, or
been put together from two runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from hairopt.errors import DataError
from hairopt.measure.run_model import Run
from hairopt.metrics.catalog import known_metrics

if TYPE_CHECKING:
    import pandas as pd

CASES_FILE = "cases.parquet"
TIMINGS_FILE = "timings.parquet"

MAX_CELLS = 20_000_000
"""Rows times columns of a table. As a run of 100,000 cases with 3 variants has, it takes 400 MB."""

_CASE_TEXTS = ("variant", "case", "source", "shade")
_CASE_NUMBERS = ("intensity",)
_TIMING_TEXTS = ("variant",)
_TIMING_NUMBERS = ("intensity", "total_ms")


def read_cases(folder: Path, run: Run | None = None) -> pd.DataFrame:
    """Read ``cases.parquet`` of a run folder.

    Args:
        folder: the run folder.
        run: its ``run.json``, whose metrics the table has to hold then.

    Returns:
        Texts and numbers only; a metric that is defined nowhere is a column of NaN.

    Raises:
        DataError: it is missing or damaged, or not the table of that run.
    """
    file = folder / CASES_FILE
    frame = _read_table(file)
    measured = [] if run is None else _metrics_of(run)
    _require(frame, file, _CASE_TEXTS, [*_CASE_NUMBERS, *measured])
    numbers = {*known_metrics(), "output_bytes", *_CASE_NUMBERS, *measured}
    return _typed(frame, file, [column for column in map(str, frame) if column in numbers])


def read_timings(folder: Path) -> pd.DataFrame | None:
    """Read ``timings.parquet`` of a run folder; None for a run that kept no single times.

    Raises:
        DataError: it is damaged.
    """
    file = folder / TIMINGS_FILE
    if not file.exists():
        return None
    frame = _read_table(file)
    _require(frame, file, _TIMING_TEXTS, _TIMING_NUMBERS)
    numbers = [column for column in map(str, frame) if column.endswith("_ms")]
    return _typed(frame, file, [*_TIMING_NUMBERS[:1], *numbers])


def _metrics_of(run: Run) -> list[str]:
    return sorted({metric for result in run.variants.values() for metric in result.quality})


def _read_table(file: Path) -> pd.DataFrame:
    import pandas as pd
    import pyarrow.parquet as pq

    try:
        facts = pq.read_metadata(file)
        if facts.num_rows * facts.num_columns > MAX_CELLS:
            raise DataError(
                f"{file} has {facts.num_rows} rows of {facts.num_columns} columns; at most "
                f"{MAX_CELLS} cells are read."
            )
        frame: pd.DataFrame = pd.read_parquet(file)
    except (DataError, MemoryError):
        raise
    except Exception as error:  # Arrow's errors are of many classes, by what is damaged
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{file} cannot be read: {reason}.") from error
    frame.columns = frame.columns.map(str)
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise DataError(f"{file} is damaged: it has two columns {twice[0]!r}.")
    frame.index = pd.RangeIndex(len(frame))
    return frame


def _require(frame: pd.DataFrame, file: Path, texts: Iterable[str], numbers: Iterable[str]) -> None:
    for column in (*texts, *numbers):
        if column not in frame:
            raise DataError(f"{file} has no column {column!r}: it does not belong to this run.")
    for column in texts:
        if not frame[column].map(lambda value: isinstance(value, str)).all():
            raise DataError(f"{file}: column {column!r} has to hold a text in each row.")


def _typed(frame: pd.DataFrame, file: Path, numbers: Iterable[str]) -> pd.DataFrame:
    """The table with these columns as floats, and nothing but texts and numbers in the others."""
    import numpy as np
    import pandas as pd

    for column in numbers:
        values = frame[column]
        if not pd.api.types.is_numeric_dtype(values) and not values.isna().all():
            raise DataError(f"{file}: column {column!r} has to hold numbers.")
        frame[column] = values.astype(np.float64)
        if np.isinf(frame[column]).any():
            raise DataError(f"{file}: column {column!r} holds an infinite number.")
    for column in frame.columns.difference(list(numbers)):
        values = frame[column].astype(object)
        if not values.dropna().map(lambda value: isinstance(value, str | int | float)).all():
            raise DataError(f"{file}: column {column!r} holds neither texts nor numbers.")
        if isinstance(frame[column].dtype, pd.CategoricalDtype):
            frame[column] = values
    return frame
