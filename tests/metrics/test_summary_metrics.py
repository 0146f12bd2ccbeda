"""Means, intervals and slices: by hand, and against the normal theory."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hairopt.errors import UsageError
from hairopt.metrics.summary import SliceMean, Summary, slices, summarize

values = st.lists(st.one_of(st.none(), st.floats(-10, 10)), max_size=12)


def names(n):
    return [f"photo {index}" for index in range(n)]


def test_undefined_cases_are_counted_and_left_out():
    found = summarize([0.5, None, 1.0, None], names(4))
    assert (found.mean, found.median, found.n, found.n_undefined) == (0.75, 0.75, 2, 2)
    assert found.p10 == pytest.approx(0.55)


def test_nothing_defined():
    assert summarize([None, None], names(2)) == Summary(None, None, None, None, 0, 2, 0)
    assert summarize([], []) == Summary(None, None, None, None, 0, 0, 0)


def test_one_cluster_has_no_interval():
    assert summarize([0.1, 0.9, 0.5], ["same"] * 3).ci95 is None
    assert summarize([0.1], ["same"]).ci95 is None


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_nan_never_reaches_a_mean(bad):
    with pytest.raises(UsageError, match=r"value 1 is .* must be None"):
        summarize([0.5, bad], names(2))
    with pytest.raises(UsageError, match="value 1"):
        slices([0.5, bad], names(2), [{}, {}])


def test_unequal_lengths_are_named():
    with pytest.raises(UsageError, match="2 values for 3 cases"):
        summarize([1.0, 2.0], names(3))


@given(values)
def test_the_interval_holds_the_mean_and_is_repeatable(numbers):
    found = summarize(numbers, names(len(numbers)))
    assert found == summarize(numbers, names(len(numbers)))
    assert found.n + found.n_undefined == len(numbers)
    if found.ci95:
        assert found.ci95[0] - 1e-9 <= found.mean <= found.ci95[1] + 1e-9


any_value = st.one_of(
    st.none(),
    st.sampled_from([0.0, -0.0, 1.0, 5e-324, -5e-324, 1e-300, 1e100, -1e100]),
    st.floats(-1e100, 1e100),
    st.floats(-10, 10),
)


@given(st.lists(st.tuples(any_value, st.integers(0, 15)), max_size=30))
def test_any_values_have_finite_means_and_intervals_or_none(cases):
    given, sources = [value for value, _ in cases], [str(source) for _, source in cases]
    found = summarize(given, sources)
    photos = {}
    for value, source in zip(given, sources, strict=True):
        photos.setdefault(source, []).extend([] if value is None else [value])
    means = [math.fsum(group) / len(group) for group in photos.values() if group]
    assert found.n_sources == len(means)
    if means:
        scale = max(abs(value) for value in given if value is not None)
        assert found.mean == pytest.approx(math.fsum(means) / len(means), abs=1e-12 * scale)
        assert found.median == pytest.approx(statistics.median(means), abs=1e-12 * scale)
        assert min(means) - 1e-12 * scale <= found.p10 <= max(means) + 1e-12 * scale
    if found.ci95:
        assert len(means) >= 12
        assert all(map(math.isfinite, found.ci95))
        assert found.ci95[0] <= found.ci95[1]


def test_large_samples_as_the_normal_theory():
    numbers = np.random.default_rng(3).normal(5, 2, 400).tolist()
    low, high = summarize(numbers, names(400)).ci95
    error = np.std(numbers, ddof=1) / np.sqrt(400)
    assert low == pytest.approx(np.mean(numbers) - 1.966 * error, abs=0.15 * error)
    assert high == pytest.approx(np.mean(numbers) + 1.966 * error, abs=0.15 * error)


def test_copies_of_a_photo_add_no_certainty():
    numbers = np.random.default_rng(5).normal(0, 1, 20).tolist()
    once = summarize(numbers, names(20)).ci95
    copies = summarize(numbers * 9, names(20) * 9).ci95
    assert copies == pytest.approx(once, abs=1e-9)
    alone = summarize(numbers * 9, names(180)).ci95
    assert alone[1] - alone[0] < 0.4 * (once[1] - once[0])


def test_the_unit_is_the_photo():
    found = summarize([0.2, 0.4, 0.9], ["a", "a", "b"])
    assert (found.mean, found.median, found.n, found.n_sources) == (
        pytest.approx(0.6), pytest.approx(0.6), 3, 2,
    )  # fmt: skip
    by_tag = slices([0.2, 0.4, 0.9], ["a", "a", "b"], [{"hair": "curly"}] * 3)
    assert by_tag["hair"]["curly"] == SliceMean(pytest.approx(0.6), 3, 2)


def test_slices_by_every_tag():
    tags = [
        {"hair": "curly", "hat": "no"},
        {"hair": "curly", "hat": "yes"},
        {"hair": "straight"},
        {"hair": "grey"},
    ]
    assert slices([0.5, 0.7, 0.9, None], names(4), tags) == {
        "hair": {
            "curly": SliceMean(0.6, 2, 2),
            "grey": SliceMean(None, 0, 0),
            "straight": SliceMean(0.9, 1, 1),
        },
        "hat": {"no": SliceMean(0.5, 1, 1), "yes": SliceMean(0.7, 1, 1)},
    }
