"""Tables that do not belong to their run, or hold what no run holds, are refused by name."""

import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hairopt.errors import DataError
from hairopt.measure import run_tables
from hairopt.measure.memory import peak_mb, reset_peak, resident_mb
from hairopt.measure.run_tables import read_cases, read_timings
from tests.report.made_up_run import absent, make_run, rows, variant

RUN = make_run({"float32": variant("float32", 50.0, 0.8)})
OLD_TIMES = pd.DataFrame({"variant": ["a"], "round": [0], "intensity": [70.0], "total_ms": [5.0]})
TIMES = OLD_TIMES.assign(regime="back to back", start=2, turn=5)


def stored(frame, folder, name="cases.parquet"):
    frame.to_parquet(folder / name, index=False)
    return folder


def test_sound_tables_are_read(tmp_path):
    found = read_cases(stored(rows(), tmp_path), RUN)
    pd.testing.assert_frame_equal(found, rows(), check_dtype=False)
    stored(TIMES, tmp_path, "timings.parquet")
    pd.testing.assert_frame_equal(read_timings(tmp_path), TIMES, check_dtype=False)


def test_the_times_of_a_regime_are_read_alone(tmp_path):
    rested = TIMES.assign(regime="after a pause", total_ms=9.0)
    stored(pd.concat([TIMES, rested]), tmp_path, "timings.parquet")
    assert read_timings(tmp_path)["total_ms"].tolist() == [5.0]
    assert read_timings(tmp_path, "after a pause")["total_ms"].tolist() == [9.0]
    stored(TIMES, tmp_path, "timings.parquet")
    assert read_timings(tmp_path, "after a pause") is None


def test_times_of_older_versions_are_of_one_start_back_to_back(tmp_path):
    stored(OLD_TIMES, tmp_path, "timings.parquet")
    found = read_timings(tmp_path)
    assert (found["start"].tolist(), found["total_ms"].tolist()) == ([0], [5.0])
    assert read_timings(tmp_path, "after a pause") is None


def test_a_run_in_which_nothing_could_be_measured_has_a_table_without_columns(tmp_path):
    stored(pd.DataFrame(columns=["variant", "case"]), tmp_path)
    stored(pd.DataFrame(columns=["variant", "case"]), tmp_path, "timings.parquet")
    assert read_cases(tmp_path, make_run({"float32": absent()})).empty
    assert read_timings(tmp_path) is None


@pytest.mark.parametrize("column", ["variant", "case", "source", "shade", "intensity", "iou"])
def test_a_column_that_is_absent_is_named(tmp_path, column):
    with pytest.raises(DataError, match=rf"cases\.parquet has no column '{column}'"):
        read_cases(stored(rows().drop(columns=column), tmp_path), RUN)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("iou", "0.9"),
        ("iou", np.inf),
        ("iou", datetime.date(2026, 1, 1)),
        ("intensity", "70"),
        ("variant", 5),
        ("case", None),
        ("tag.hat", [1, 2]),
        ("tag.hat", b"no"),
        ("output_bytes", "many"),
    ],
)
def test_a_column_of_something_else_is_named(tmp_path, column, value):
    frame = rows()
    frame[column] = [value] * len(frame)
    with pytest.raises(DataError, match=f"column '{column}'"):
        read_cases(stored(frame, tmp_path), RUN)


def test_a_metric_that_is_defined_nowhere_is_nan(tmp_path):
    frame = rows().assign(iou=None)
    assert read_cases(stored(frame, tmp_path), RUN)["iou"].isna().all()
    assert read_cases(tmp_path, RUN)["iou"].dtype == np.float64


def test_names_that_the_file_numbers_are_names(tmp_path):
    frame = rows()
    table = pa.Table.from_pandas(frame, preserve_index=False)
    place = table.column_names.index("case")
    table = table.set_column(place, "case", table.column("case").dictionary_encode())
    pq.write_table(table, tmp_path / "cases.parquet")
    assert not isinstance(read_cases(tmp_path, RUN)["case"].dtype, pd.CategoricalDtype)


def test_an_empty_table_does_not_belong_to_a_run_with_figures(tmp_path):
    with pytest.raises(DataError, match="has no row: it does not belong to this run"):
        read_cases(stored(rows().iloc[:0], tmp_path), RUN)
    stored(TIMES.iloc[:0].drop(columns="total_ms"), tmp_path, "timings.parquet")
    assert read_timings(tmp_path) is None


def test_two_columns_of_one_name_are_refused(tmp_path):
    table = pa.Table.from_pandas(rows(), preserve_index=False)
    pq.write_table(table.append_column("iou", table.column("iou")), tmp_path / "cases.parquet")
    with pytest.raises(DataError, match="iou"):
        read_cases(tmp_path, RUN)


def test_a_text_of_a_million_rows_is_held_once(tmp_path):
    count = 100_000
    table = pa.table(
        {
            name: pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), ["x" * 4000])
            for name in ("variant", "case", "source", "shade")
        }
    )
    table = table.append_column("intensity", pa.array(np.ones(count)))
    pq.write_table(table, tmp_path / "cases.parquet", store_schema=False)
    reset_peak()
    before = resident_mb()
    assert len(read_cases(tmp_path)) == count
    assert peak_mb() - before < 200


def test_a_text_that_is_no_name_is_refused(tmp_path):
    with pytest.raises(DataError, match="column 'case' holds a text of 5000 characters"):
        read_cases(stored(rows().assign(case="x" * 5000), tmp_path), RUN)


def test_more_than_fits_into_memory_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(run_tables, "MAX_CELLS", 10)
    with pytest.raises(DataError, match="at most 10 cells"):
        read_cases(stored(rows(), tmp_path), RUN)


def test_times_without_a_variant_are_refused(tmp_path):
    stored(TIMES.drop(columns="variant"), tmp_path, "timings.parquet")
    with pytest.raises(DataError, match=r"timings\.parquet has no column 'variant'"):
        read_timings(tmp_path)
