"""Intensity response on curves drawn by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hairopt.errors import UsageError
from hairopt.metrics.response import response_metrics

LINEAR = {float(i): 0.4 * i for i in range(0, 101, 10)}


def test_a_straight_line_is_perfect():
    found = response_metrics(LINEAR)
    assert found["response_monotone"] == pytest.approx(1)
    assert found["response_nonlinearity"] == pytest.approx(0)


def test_the_order_of_the_intensities_does_not_matter():
    shuffled = dict(reversed(LINEAR.items()))
    assert response_metrics(shuffled) == response_metrics(LINEAR)


def test_a_jump_at_the_end_is_monotone_but_not_linear():
    found = response_metrics({0.0: 0, 50.0: 0, 100.0: 20})
    assert found == {"response_monotone": 1.0, "response_nonlinearity": 0.5}


def test_a_fall_in_between():
    # Up 10, down 5, up 15: 20 of 30.
    found = response_metrics({0.0: 0, 30.0: 10, 60.0: 5, 100.0: 20})
    assert found["response_monotone"] == pytest.approx(20 / 30)
    assert found["response_nonlinearity"] == pytest.approx(0.6 - 0.25)


def test_a_change_at_intensity_0_counts():
    found = response_metrics({0.0: 5, 50.0: 7.5, 100.0: 10})
    assert found["response_nonlinearity"] == 0.5


def test_no_change_at_all_is_undefined():
    undefined = {"response_monotone": None, "response_nonlinearity": None}
    assert response_metrics({0.0: 0, 50.0: 0, 100.0: 0.1}) == undefined
    assert response_metrics({0.0: None, 50.0: None, 100.0: None}) == undefined


@pytest.mark.parametrize("intensities", [[], [0, 100], [0, 50, 90], [10, 50, 100]])
def test_missing_intensities_are_named(intensities):
    with pytest.raises(UsageError, match="needs the intensities 0, 100 and at least one between"):
        response_metrics({float(value): 1.0 for value in intensities})


def test_rounding_makes_no_response_more_than_monotone():
    # In float64 0.2 + (0.9 - 0.2) is below 0.9.
    assert 0.2 + (0.9 - 0.2) < 0.9
    assert response_metrics({0.0: 0.0, 50.0: 0.2, 100.0: 0.9})["response_monotone"] == 1.0


def test_what_changes_the_same_at_every_intensity_has_no_direction():
    found = response_metrics({0.0: 5.0, 50.0: 5.0, 100.0: 5.0})
    assert found == {"response_monotone": None, "response_nonlinearity": 1.0}


changes = st.one_of(st.sampled_from([0.0, 5e-324, 0.5, 180.0]), st.floats(0, 400))


@given(changes, changes, st.dictionaries(st.floats(1, 99), changes, min_size=1, max_size=9))
def test_any_changes_as_the_formulas_read(first, last, between):
    found = response_metrics({0.0: first, 100.0: last, **between})
    series = [first, *(between[i] for i in sorted(between)), last]
    if last < 0.5:
        assert set(found.values()) == {None}
        return
    path = sum(abs(series[i + 1] - series[i]) for i in range(len(series) - 1))
    expected = max(0.0, last - first) / path if path else None
    assert found["response_monotone"] == pytest.approx(expected)
    places = [0.0, *sorted(between), 100.0]
    worst = max(abs(c / last - i / 100) for c, i in zip(series, places, strict=True))
    assert found["response_nonlinearity"] == pytest.approx(min(1.0, worst))
