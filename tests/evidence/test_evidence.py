"""One class for the evidence of every change: what it says is proven, and what it shows."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hairopt.errors import UsageError
from hairopt.evidence.change import difference, relative_change
from hairopt.evidence.evidence import Evidence
from hairopt.evidence.paired import PairedSample
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
        ((-0.1, 0.1), None, 60, False),
        ((0.0, 0.2), None, 60, False),
        ((-0.2, 0.0), None, 60, False),
        ((0.0, 0.2), 0.05, 60, False),  # an interval that touches "no change" does not exclude it
        ((0.01, 0.2), 0.05, 60, False),
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
    found = relative_change(PairedSample.of([0.2, 0.4, 0.9], [0.4, 0.6, 0.7], ["a", "a", "b"]))
    # (0.5 + 0.7) / 2 over (0.3 + 0.9) / 2: nothing has changed; over cases it would be 13 %.
    assert found.estimate == pytest.approx(0.0)
    assert (found.n_cases, found.n_sources) == (3, 2)


def pairs(before, after, sources=None):
    return PairedSample.of(list(before), list(after), sources or photos(len(before)))


@given(st.integers(0, 2**32 - 1), st.integers(6, 30), st.floats(-0.1, 0.1))
def test_p_and_interval_never_disagree(seed, count, shift):
    rng = np.random.default_rng(seed)
    before = rng.beta(6, 1.2, count)
    after = np.clip(before * (1 + shift) + rng.normal(0, 0.05, count), 0, 1)
    for compare in (relative_change, difference):
        found = compare(pairs(before, after))
        assert (found.p < 0.05) is not (found.ci95[0] <= 0 <= found.ci95[1])
        assert found.ci95[0] <= found.estimate <= found.ci95[1]
        assert found.is_proven is (found.p < 0.05)


def test_identical_cases_are_identical_and_photos_that_change_alike_are_proven():
    same = relative_change(pairs([0.5, 0.6, 0.7] * 4, [0.5, 0.6, 0.7] * 4))
    assert (same.estimate, same.ci95, same.p, same.mark) == (0.0, (0.0, 0.0), 1.0, "=")
    half = relative_change(pairs([0.5, 0.25] * 4, [0.25, 0.125] * 4))
    assert (half.estimate, half.ci95, half.mark) == (-0.5, (-0.5, -0.5), "")
    assert half.p < 0.001
    # Equal means of different values are not identical, and prove nothing.
    swapped = relative_change(pairs([0.4, 0.6] * 6, [0.6, 0.4] * 6))
    assert (swapped.estimate, swapped.mark) == (pytest.approx(0.0), "~")


def test_one_photo_of_twenty_that_changed_proves_nothing_and_the_interval_has_an_end():
    after = [0.8] * 19 + [0.5]
    for compare, change in ((relative_change, -0.015 / 0.8), (difference, -0.015)):
        found = compare(pairs([0.8] * 20, after))
        assert found.estimate == pytest.approx(change)
        assert found.ci95[0] < change < 0 < found.ci95[1]
        assert found.ci95[0] > 15 * change


def test_copies_of_a_photo_add_no_certainty():
    rng = np.random.default_rng(5)
    before, noise = rng.beta(6, 1.2, 20), rng.normal(0, 0.05, 20)
    once = relative_change(pairs(before, before + noise))
    copies = relative_change(pairs(np.tile(before, 9), np.tile(before + noise, 9), photos(20) * 9))
    assert copies.ci95 == pytest.approx(once.ci95)
    assert (copies.n_cases, copies.n_sources) == (180, 20)


def test_a_signed_metric_changes_relative_to_its_size():
    found = relative_change(pairs([-0.5] * 6, [-0.25] * 6))
    assert (found.estimate, found.ci95) == (0.5, (0.5, 0.5))


def test_what_is_undefined_has_a_reason_and_never_an_exception():
    for after in ([0.1, 0.2], [0.0, 0.0]):
        nothing = relative_change(pairs([0.0, 0.0], after))
        assert (nothing.estimate, nothing.ci95, nothing.is_proven) == (None, None, False)
        assert nothing.reason == "the baseline is zero"
    for count in (1, 2, 5):
        few = relative_change(pairs([0.5] * count, [0.4] * count))
        assert few.estimate == pytest.approx(-0.2)
        assert (few.ci95, few.p, few.n_sources, few.mark) == (None, None, count, "~")
        assert few.reason.endswith("an interval needs 6")
    for compare in (relative_change, difference):
        none = compare(pairs([None, 0.4], [0.3, None]))
        assert (none.estimate, none.n_cases, none.mark) == (None, 0, "~")
        assert none.reason == "no case is defined on both sides"
    rare = relative_change(pairs([0.0] * 19 + [1.0], [0.0] * 19 + [2.0]))
    assert (rare.estimate, rare.ci95, rare.mark) == (1.0, None, "~")
    assert rare.reason == "the baseline is zero in too many photos for an interval"
    # Of the resamples 36 % lack the only photo with a baseline: no end of an interval holds.
    new = relative_change(pairs([0.0] * 19 + [1.0], [0.1] * 20))
    assert (new.estimate, new.ci95, new.reason) == (pytest.approx(1.0), None, rare.reason)


def test_a_baseline_as_small_as_numbers_get_divides_while_the_change_is_finite():
    same = relative_change(pairs([1e-120] * 6, [1e-120] * 6))
    assert (same.estimate, same.mark) == (0.0, "=")
    assert relative_change(pairs([1e-200] * 6, [1.0] * 6)).reason == "the baseline is zero"


def test_what_is_undefined_everywhere_is_not_identical_and_zero_on_both_sides_is():
    assert relative_change(pairs([None] * 6, [None] * 6)).mark == "~"
    assert relative_change(pairs([0.0], [0.0])).mark == "="


def test_a_nan_or_a_value_too_few_is_refused():
    with pytest.raises(UsageError, match="value 1 is nan"):
        pairs([0.1, float("nan")], [0.1, 0.2])
    with pytest.raises(UsageError, match="1 values for 2 cases"):
        pairs([0.1], [0.1, 0.2], photos(2))


any_value = st.one_of(
    st.none(),
    st.sampled_from([0.0, -0.0, 1.0, 5e-324, -5e-324, 1e-300, 1e100, -1e100]),
    st.floats(-1e100, 1e100),
    st.floats(-10, 10),
)


@given(st.lists(st.tuples(any_value, any_value, st.integers(0, 9)), max_size=20))
def test_any_values_have_finite_changes_and_intervals_or_none(cases):
    before, after, sources = ([case[part] for case in cases] for part in range(3))
    for compare in (relative_change, difference):
        found = compare(pairs(before, after, list(map(str, sources))))
        numbers = [found.estimate or 0.0, *(found.ci95 or ()), found.p or 0.0]
        assert all(map(math.isfinite, numbers))
        assert found.ci95 is None or found.ci95[0] <= found.ci95[1]


def test_a_ratio_of_times_is_the_change_less_one():
    found = change_of_ratio(1.05, (1.01, 1.09), 0.02, 60, 6)
    assert found.estimate == pytest.approx(0.05)
    assert found.ci95 == pytest.approx((0.01, 0.09))
    assert found.is_proven
    assert not change_of_ratio(1.05, (1.01, 1.09), 0.02, 60, 5).is_proven
    assert change_of_ratio(1.05, None, None, 60, 1).reason == (
        "1 process start of each side; a claim needs 6"
    )
