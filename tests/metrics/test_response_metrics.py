"""Intensity response on curves drawn by hand."""

import pytest

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
