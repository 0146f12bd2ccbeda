"""One class for the evidence of every change: what it says is proven, and what it shows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hairopt.errors import UsageError
from hairopt.evidence.change import difference, relative_change
from hairopt.evidence.evidence import Evidence
from hairopt.evidence.sources import source_means
from hairopt.evidence.times import change_of_ratio


def photos(count):
    return [f"photo-{index}" for index in range(count)]


@pytest.mark.parametrize(
    ("ci95", "p", "n", "proven"),
    [
        ((0.01, 0.2), 0.01, 6, True),
        ((-0.2, -0.01), 0.01, 6, True),
        ((0.01, 0.2), None, 6, True),
        ((-0.1, 0.1), 0.5, 60, False),
        ((0.0, 0.2), 0.05, 60, False),  # an interval that touches "no change" does not exclude it
        ((0.01, 0.2), 0.01, 5, False),
        (None, 0.01, 60, False),
    ],
)
def test_a_change_is_proven_by_an_interval_without_no_change_and_six_sources(ci95, p, n, proven):
    found = Evidence(0.1, ci95, p, n, n)
    assert found.is_proven is proven
    assert found.mark == ("" if proven else "~")


def test_identical_is_another_mark_than_unproven():
    assert Evidence(0.0, (0.0, 0.0), 1.0, 9, 9, is_identical=True).mark == "="
    assert not Evidence(0.0, (0.0, 0.0), 1.0, 9, 9, is_identical=True).is_proven


def test_the_unit_is_the_source_photo():
    means, n_cases = source_means([[0.2, 0.4, 0.9, None], [1, 2, 3, 4]], ["a", "a", "b", "b"])
    assert means.tolist() == [[pytest.approx(0.3), 0.9], [1.5, 3.0]]
    assert n_cases == 3
    found = relative_change([0.2, 0.4, 0.9], [0.4, 0.6, 0.7], ["a", "a", "b"])
    # (0.5 + 0.7) / 2 over (0.3 + 0.9) / 2: nothing has changed; over cases it would be 13 %.
    assert found.estimate == pytest.approx(0.0)
    assert (found.n_cases, found.n_sources) == (3, 2)


@given(st.integers(0, 2**32 - 1), st.integers(6, 30), st.floats(-0.1, 0.1))
def test_p_and_interval_never_disagree(seed, count, shift):
    rng = np.random.default_rng(seed)
    before = rng.beta(6, 1.2, count)
    after = np.clip(before * (1 + shift) + rng.normal(0, 0.05, count), 0, 1)
    for compare in (relative_change, difference):
        found = compare(before.tolist(), after.tolist(), photos(count))
        assert (found.p < 0.05) is not (found.ci95[0] <= 0 <= found.ci95[1])
        assert found.ci95[0] <= found.estimate <= found.ci95[1]
        assert found.is_proven is (found.p < 0.05)


def test_what_is_undefined_has_a_reason_and_never_an_exception():
    nothing = relative_change([0.0, 0.0], [0.1, 0.2], photos(2))
    assert (nothing.estimate, nothing.ci95, nothing.is_proven) == (None, None, False)
    assert nothing.reason == "the baseline is zero"
    one = relative_change([0.5, 0.6], [0.4, 0.5], ["a", "a"])
    assert one.estimate == pytest.approx(0.9 / 1.1 - 1)
    assert (one.ci95, one.p, one.n_sources) == (None, None, 1)
    assert "one source photo" in one.reason
    none = difference([None, 0.4], [0.3, None], photos(2))
    assert (none.estimate, none.n_cases, none.mark) == (None, 0, "~")


def test_a_nan_or_a_value_too_few_is_refused():
    with pytest.raises(UsageError, match="value 1 is nan"):
        relative_change([0.1, float("nan")], [0.1, 0.2], photos(2))
    with pytest.raises(UsageError, match="1 values for 2 cases"):
        relative_change([0.1], [0.1, 0.2], photos(2))


def test_a_ratio_of_times_is_the_change_less_one():
    found = change_of_ratio(1.05, (1.01, 1.09), 0.02, 60, 6)
    assert found.estimate == pytest.approx(0.05)
    assert found.ci95 == pytest.approx((0.01, 0.09))
    assert found.is_proven
    assert not change_of_ratio(1.05, (1.01, 1.09), 0.02, 60, 5).is_proven
    assert change_of_ratio(1.05, None, None, 60, 1).reason == (
        "1 process start of each side; a claim needs 6"
    )
