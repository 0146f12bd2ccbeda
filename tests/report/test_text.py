"""How numbers are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hairopt.report.matrix import Delta
from hairopt.report.text import delta_text, delta_verdict, factor_text, percent_text


@pytest.mark.parametrize(
    ("percent", "text"),
    [
        (0.0, "="), (0.04, "="), (-0.04, "="), (0.06, "+0.1 %"), (-3.21, "-3.2 %"),
        (9.94, "+9.9 %"), (9.96, "+10 %"), (-26.4, "-26 %"), (899.0, "+899 %"), (1234.5, "13x"),
    ],
)  # fmt: skip
def test_percent(percent, text):
    assert percent_text(percent) == text


@given(st.floats(-1e6, 1e6))
def test_percent_never_shows_a_signed_zero(percent):
    assert percent_text(percent) not in ("+0.0 %", "-0.0 %", "+0 %", "-0 %")


def test_factor():
    assert factor_text(1.3102, 1.27, 1.35) == "1.31 ± 0.04"
    assert factor_text(25.0, 20.0, 30.0) == "25.0 ± 5.0"


def test_only_proven_changes_are_called_good_or_bad():
    assert delta_verdict(Delta(-20, True, True)) == "good"
    assert delta_verdict(Delta(20, True, False)) == "bad"
    assert delta_verdict(Delta(-20, None, True)) == "same"
    assert delta_verdict(Delta(-20, False, True)) == "same"
    assert delta_verdict(None) == "same"
    assert delta_text(Delta(0.0, False, False)) == "="
    assert delta_text(None) == ""
