"""Exact tests and bounds of counts, against SciPy."""

import pytest
from scipy import stats

from hairopt.evidence.counts import fewest_beyond, most_hidden, p_more_than


@pytest.mark.parametrize("n", [1, 6, 20, 38, 168])
def test_the_binomial_test_is_that_of_scipy(n):
    for count in range(n + 1):
        expected = stats.binomtest(count, n, 0.02, "greater").pvalue
        assert p_more_than(count, n, 0.02) == pytest.approx(expected)


@pytest.mark.parametrize(("count", "n"), [(0, 20), (1, 20), (5, 38), (37, 38), (38, 38)])
def test_what_may_be_hidden_is_the_exact_bound(count, n):
    interval = stats.binomtest(count, n).proportion_ci(0.9, "exact")
    assert most_hidden(count, n) == pytest.approx(interval.high)


def test_none_of_twenty_may_hide_one_in_seven():
    assert most_hidden(0, 20) == pytest.approx(1 - 0.05 ** (1 / 20))
    assert 1 / most_hidden(0, 20) == pytest.approx(7.2, abs=0.05)


def test_the_fewest_that_prove_more():
    assert fewest_beyond(38, 0.02, 0.05) == 3
    assert fewest_beyond(168, 0.01, 0.05) == 5
    assert fewest_beyond(2, 0.9, 0.05) is None
    assert p_more_than(1, 20, 0.0) == 0.0
