"""How numbers are written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hairopt.evidence.evidence import Evidence
from hairopt.report.matrix import Cell, Delta
from hairopt.report.metric_columns import metric_column
from hairopt.report.text import (
    cell_interval,
    change_interval,
    change_tone,
    delta_text,
    delta_verdict,
    delta_words,
    factor_text,
    percent_text,
)


@pytest.mark.parametrize(
    ("percent", "text"),
    [
        (0.0, "0 %"), (0.04, "+0.04 %"), (-0.0412, "-0.04 %"), (0.06, "+0.1 %"),
        (-3.21, "-3.2 %"),
        (9.94, "+9.9 %"), (9.96, "+10 %"), (-26.4, "-26 %"), (899.0, "+899 %"), (1234.5, "13x"),
    ],
)  # fmt: skip
def test_percent(percent, text):
    assert percent_text(percent) == text


@given(st.floats(-1e6, 1e6))
def test_a_percentage_never_shows_less_than_there_is(percent):
    assert percent == 0 or not re.fullmatch(r"[+-]0(\.0+)? %", percent_text(percent))


def test_factor():
    assert factor_text(1.3102, 1.27, 1.35) == "1.31 ± 0.04"
    assert factor_text(25.0, 20.0, 30.0) == "25.0 ± 5.0"


def change(estimate, low, high, p, n=20, same=False):
    return Evidence(estimate, (low, high), p, n, n, same)


def test_only_proven_changes_are_called_good_or_bad():
    faster = change(-0.2, -0.25, -0.15, 0.001)
    slower = change(0.2, 0.15, 0.25, 0.001)
    assert delta_verdict(Delta(faster, higher_is_better=False)) == "good"
    assert delta_verdict(Delta(faster, higher_is_better=True)) == "bad"
    assert delta_verdict(Delta(slower, higher_is_better=False)) == "bad"
    assert change_tone(slower, None) == "same"
    assert delta_verdict(Delta(change(-0.2, -0.5, 0.1, 0.2), False)) == "same"
    assert delta_verdict(None) == "same"


def test_a_change_is_its_number_or_one_of_two_marks():
    assert delta_text(Delta(change(-0.2, -0.25, -0.15, 0.001), False)) == "-20 %"
    assert delta_text(Delta(change(-0.2, -0.5, 0.1, 0.2), False)) == "~"
    assert delta_text(Delta(change(-0.2, -0.25, -0.15, 0.001, n=5), False)) == "~"
    assert delta_text(Delta(change(0.0, 0.0, 0.0, 1.0, same=True), False)) == "="
    # Equal means of different values are no identical answers.
    assert delta_text(Delta(change(0.0, -0.1, 0.1, 1.0), False)) == "~"
    assert delta_text(None) == ""


def test_a_proven_change_is_also_said_in_a_word():
    faster = change(-0.2, -0.25, -0.15, 0.001)
    assert delta_words(Delta(faster, higher_is_better=False)) == "-20 % better"
    assert delta_words(Delta(faster, higher_is_better=True)) == "-20 % worse"
    assert delta_words(Delta(change(-0.2, -0.5, 0.1, 0.2), False)) == "~"
    assert delta_words(None) == ""


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        ((-0.25, -0.15), "-25 to -15 %"),
        ((-0.004, 0.0123), "-0.4 to 1.2 %"),
        ((-0.0000001, 0.0004), "0.0 to 0.0 %"),
        ((-0.5, 12.5), "-50 to 1,250 %"),
    ],
)
def test_an_interval_is_in_per_cent(ends, text):
    assert change_interval(change(0.0, *ends, 0.5)) == text


def test_an_interval_is_that_of_the_change_or_else_of_the_value():
    column = metric_column("iou")
    assert cell_interval(Cell(0.8, (0.75, 0.85)), column) == "0.750 to 0.850"
    delta = Delta(change(-0.2, -0.25, -0.15, 0.001), True)
    assert cell_interval(Cell(0.8, (0.75, 0.85), delta), column) == "-25 to -15 %"
    assert (
        cell_interval(Cell(0.8, None, Delta(Evidence(-0.2, None, None, 1, 1), True)), column) == ""
    )
