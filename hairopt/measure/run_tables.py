"""Read the tables of a run folder and check their columns.

A Parquet file can have any content, and a run folder may come from other people or be mixed from
two runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from hairopt.errors import DataError
from hairopt.measure.run_model import Run
from hairopt.measure.schedule import Regime
from hairopt.metrics.catalog import known_metrics

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

CASES_FILE = "cases.parquet"
TIMINGS_FILE = "timings.parquet"

MAX_CELLS = 20_000_000
"""Most rows times columns of a table: 100,000 cases with 5 variants, which take 400 MB."""

MAX_BYTES = 200_000_000
"""Largest size of a table without compression, in bytes."""

MAX_TEXT = 4096
"""Most characters of a name or a tag; pandas reads all of them when it groups rows."""

_CASE_TEXTS = ("variant", "case", "source", "shade")
_CASE_NUMBERS = ("intensity",)
_TIMING_TEXTS = ("variant", "regime")
_TIMING_NUMBERS = ("intensity", "start", "round", "total_ms")
_SINCE_STARTS: dict[str, str | int] = {"regime": "back to back", "start": 0}
"""Columns of ``timings.parquet`` that older versions did not write, and what they stand for."""


def read_cases(folder: Path, run: Run | None = None) -> pd.DataFrame:
    """Read ``cases.parquet`` of a run folder.

    Args:
        folder: the run folder.
        run: its ``run.json``; the table must then have its metrics.

    Returns:
        Only texts and numbers; a metric that is undefined everywhere is a column of NaN.

    Raises:
        DataError: it is missing or damaged, or not the table of that run.
    """
    file = folder / CASES_FILE
    frame = _read_table(file)
    measured = [] if run is None else _metrics_of(run)
    if frame.empty and not measured:
        return frame  # nothing could be measured, so it has no columns of measurements
    if frame.empty:
        raise DataError(f"{file} has no row: it does not belong to this run.")
    _require(frame, file, _CASE_TEXTS, [*_CASE_NUMBERS, *measured])
    numbers = {*known_metrics(), "output_bytes", *_CASE_NUMBERS, *measured}
    return _typed(frame, file, [column for column in map(str, frame) if column in numbers])


def asked_rows(cases: pd.DataFrame) -> pd.DataFrame:
    """The rows that the plan asked for: without the answers that repeat a true picture."""
    return cases.query("is_redye != 1") if "is_redye" in cases else cases


def read_timings(folder: Path, regime: Regime = "back to back") -> pd.DataFrame | None:
    """Read the times of one regime from ``timings.parquet`` of a run folder.

    In runs of older versions all times are of the regime ``back to back``, in start 0.

    Returns:
        None if there are none.

    Raises:
        DataError: it is damaged.
    """
    file = folder / TIMINGS_FILE
    if not file.exists():
        return None
    frame = _read_table(file)
    if frame.empty:
        return None
    for column, older in _SINCE_STARTS.items():
        if column not in frame:
            frame[column] = older
    _require(frame, file, _TIMING_TEXTS, _TIMING_NUMBERS)
    numbers = [column for column in map(str, frame) if column.endswith("_ms")]
    frame = _typed(frame, file, [*_TIMING_NUMBERS, *numbers])
    chosen = frame[frame["regime"] == regime].reset_index(drop=True)
    return None if chosen.empty else chosen


def _metrics_of(run: Run) -> list[str]:
    return sorted({metric for result in run.variants.values() for metric in result.summaries})


def _read_table(file: Path) -> pd.DataFrame:
    """All columns, with texts as objects, so that a repeated text is in memory only once."""
    import pandas as pd

    try:
        frame = _checked_table(file)
    except (DataError, MemoryError):
        raise
    except Exception as error:  # Arrow raises many classes of errors, depending on the damage
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{file} cannot be read: {reason}.") from error
    for column in frame:
        if isinstance(frame[column].dtype, pd.CategoricalDtype):
            longest = max(map(len, frame[column].cat.categories), default=0)
            if longest > MAX_TEXT:
                raise DataError(
                    f"{file}: column {column!r} holds a text of {longest} characters; at most "
                    f"{MAX_TEXT} are read."
                )
            frame[column] = frame[column].astype(object)
    return frame


def _checked_table(file: Path) -> pd.DataFrame:
    import pyarrow.parquet as pq

    with pq.ParquetFile(file) as opened:
        schema, facts = opened.schema_arrow, opened.metadata
    groups = [facts.row_group(index) for index in range(facts.num_row_groups)]
    size = sum(group.total_byte_size for group in groups)
    if facts.num_rows * len(schema) > MAX_CELLS or size > MAX_BYTES:
        raise DataError(
            f"{file} has {facts.num_rows} rows of {len(schema)} columns and {size} bytes; at most "
            f"{MAX_CELLS} cells and {MAX_BYTES} bytes are read."
        )
    for field in schema:
        if schema.get_field_index(field.name) < 0:
            raise DataError(f"{file} is damaged: it has two columns {field.name!r}.")
        if not _is_text(field.type) and not _is_number(field.type):
            raise DataError(
                f"{file}: column {field.name!r} holds {field.type}, neither texts nor numbers."
            )
    texts = [field.name for field in schema if _is_text(field.type)]
    # A text stored once in the file for a million rows would be copied a million times.
    table = pq.read_table(file, read_dictionary=texts, partitioning=None)
    frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    return frame


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(inner) or pa.types.is_large_string(inner))


def _is_number(kind: pa.DataType) -> bool:
    import pyarrow as pa

    tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_null)
    return any(is_such(kind) for is_such in tests)


def _require(frame: pd.DataFrame, file: Path, texts: Iterable[str], numbers: Iterable[str]) -> None:
    for column in (*texts, *numbers):
        if column not in frame:
            raise DataError(f"{file} has no column {column!r}: it does not belong to this run.")
    for column in texts:
        if not frame[column].map(lambda value: isinstance(value, str)).all():
            raise DataError(f"{file}: column {column!r} has to hold a text in each row.")


def _typed(frame: pd.DataFrame, file: Path, numbers: Iterable[str]) -> pd.DataFrame:
    """The table with these columns as floats."""
    import numpy as np
    import pandas as pd

    for column in numbers:
        values = frame[column]
        if not pd.api.types.is_numeric_dtype(values) and not values.isna().all():
            raise DataError(f"{file}: column {column!r} has to hold numbers.")
        frame[column] = values.astype(np.float64)
        if np.isinf(frame[column]).any():
            raise DataError(f"{file}: column {column!r} holds an infinite number.")
    return frame
