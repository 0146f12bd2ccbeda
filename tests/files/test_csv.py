"""What is written as CSV is read back equal, by the csv module and by pandas."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hairopt.files.csv import csv_text

cells = st.text(st.sampled_from("a,\"\r\n\t ;'=\u2028"), max_size=6)


@given(st.lists(st.lists(cells, min_size=2, max_size=2), min_size=1, max_size=4))
def test_rows_come_back_from_the_csv_module(rows):
    text = csv_text(rows)
    assert list(csv.reader(io.StringIO(text, newline=""), strict=True)) == rows


@pytest.mark.parametrize("cell", ["a\rb", "\r", "a\r", "a\nb", "a\r\nb", 'a"\rb', "a,b"])
def test_no_cell_adds_a_row_in_pandas(cell):
    text = csv_text([["name", "n"], [cell, 1], ["last", 2]])
    frame = pd.read_csv(io.StringIO(text, newline=""))
    assert frame["name"].tolist() == [cell, "last"]
    assert frame["n"].tolist() == [1, 2]


def test_lines_end_with_a_line_feed_and_plain_cells_stand_bare():
    assert csv_text([["a", 1.5, None, ""], ["b c", True, 0, "d;e"]]) == "a,1.5,,\nb c,True,0,d;e\n"
