"""Means, intervals, pairs and slices: by hand, against SciPy, and by simulation."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hairopt.errors import UsageError
from hairopt.metrics.summary import SliceMean, Summary, paired_bootstrap, slices, summarize

values = st.lists(st.one_of(st.none(), st.floats(-10, 10)), max_size=12)


def names(n):
    return [f"photo {index}" for index in range(n)]


def test_undefined_cases_are_counted_and_left_out():
    found = summarize([0.5, None, 1.0, None], names(4), seed=0)
    assert (found.mean, found.median, found.n, found.n_undefined) == (0.75, 0.75, 2, 2)
    assert found.p10 == pytest.approx(0.55)


def test_nothing_defined():
    assert summarize([None, None], names(2), seed=0) == Summary(None, None, None, None, 0, 2)
    assert summarize([], [], seed=0) == Summary(None, None, None, None, 0, 0)


def test_one_cluster_has_no_interval():
    assert summarize([0.1, 0.9, 0.5], ["same"] * 3, seed=0).ci95 is None
    assert summarize([0.1], ["same"], seed=0).ci95 is None


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_nan_never_reaches_a_mean(bad):
    with pytest.raises(UsageError, match=r"values\[1\] is .* must be None, never NaN"):
        summarize([0.5, bad], names(2), seed=0)
    with pytest.raises(UsageError, match=r"candidate\[0\]"):
        paired_bootstrap([0.5], [bad], names(1), seed=0)
    with pytest.raises(UsageError, match=r"values\[1\]"):
        slices([0.5, bad], [{}, {}])


def test_unequal_lengths_are_named():
    with pytest.raises(UsageError, match="values has 2 entries, one for each of 3 cases"):
        summarize([1.0, 2.0], names(3), seed=0)


@given(values)
def test_the_interval_holds_the_mean_and_is_repeatable(numbers):
    found = summarize(numbers, names(len(numbers)), seed=7)
    assert found == summarize(numbers, names(len(numbers)), seed=7)
    assert found.n + found.n_undefined == len(numbers)
    if found.ci95:
        assert found.ci95[0] - 1e-9 <= found.mean <= found.ci95[1] + 1e-9


any_value = st.one_of(
    st.none(),
    st.sampled_from([0.0, -0.0, 1.0, 5e-324, -5e-324, 1e-300, 1e100, -1e100]),
    st.floats(-1e100, 1e100),
    st.floats(-10, 10),
)
any_case = st.tuples(any_value, any_value, st.sampled_from("abcde"))


@given(st.lists(any_case, max_size=10))
def test_any_values_have_finite_means_and_intervals_or_none(cases):
    baseline, candidate, clusters = ([case[part] for case in cases] for part in range(3))
    found = summarize(baseline, clusters, seed=1)
    defined = [value for value in baseline if value is not None]
    assert found.n == len(defined)
    if defined:
        scale = max(map(abs, defined))
        assert found.mean == pytest.approx(math.fsum(defined) / found.n, abs=1e-12 * scale)
        assert found.median == pytest.approx(statistics.median(defined), abs=1e-12 * scale)
        assert min(defined) <= found.p10 <= max(defined)
        ends = found.ci95 or (found.mean, found.mean)
        assert min(defined) - 1e-9 * scale <= ends[0] <= ends[1] <= max(defined) + 1e-9 * scale
    both = [(b, c) for b, c, _ in cases if b is not None and c is not None]
    for kind in ("ratio", "difference"):
        pair = paired_bootstrap(baseline, candidate, clusters, seed=1, statistic=kind)
        assert pair.n == len(both)
        assert all(math.isfinite(end) for end in (pair.estimate or 0.0, *(pair.ci95 or ())))
        assert pair.ci95 is None or pair.ci95[0] <= pair.ci95[1]
        if kind == "difference" and both:
            gap = math.fsum(c - b for b, c in both) / len(both)
            scale = max(abs(value) for pair in both for value in pair)
            assert pair.estimate == pytest.approx(gap, abs=1e-12 * scale)


def test_a_ratio_to_almost_nothing_is_undefined_and_no_infinity():
    assert paired_bootstrap([5e-324], [1.0], ["a"], seed=0).estimate is None
    # Together the baselines are large enough, but some resamples draw the tiny one alone.
    found = paired_bootstrap([1.0, 5e-324], [1.0, 1.0], ["a", "b"], seed=0)
    assert (found.estimate, found.ci95) == (2.0, None)


def test_large_samples_as_the_normal_theory():
    numbers = np.random.default_rng(3).normal(5, 2, 400).tolist()
    low, high = summarize(numbers, names(400), seed=0).ci95
    error = np.std(numbers, ddof=1) / np.sqrt(400)
    assert low == pytest.approx(np.mean(numbers) - 1.966 * error, abs=0.15 * error)
    assert high == pytest.approx(np.mean(numbers) + 1.966 * error, abs=0.15 * error)


def coverage(n, trials=400):
    generator = np.random.default_rng(n)
    hits = 0
    for trial in range(trials):
        low, high = summarize(generator.normal(0, 1, n).tolist(), names(n), seed=trial).ci95
        hits += low <= 0 <= high
    return hits / trials


def test_eight_clusters_are_covered_as_promised():
    # A plain percentile interval covers about 0.88 here.
    assert 0.92 <= coverage(8) <= 0.98


def test_few_photos_widen_the_percentiles_by_students_t():
    # Hesterberg 2015: the percentiles at Phi(sqrt(n / (n - 1)) t(0.025; n - 1)), here 0.57 %.
    numbers = np.random.default_rng(6).normal(0, 1, 8)
    tail = stats.norm.cdf(math.sqrt(8 / 7) * stats.t.ppf(0.025, 7))
    drawn = np.random.default_rng(7).choice(numbers, (100, 4000, 8)).mean(axis=2)
    found = [summarize(numbers.tolist(), names(8), seed=seed).ci95 for seed in range(100)]
    error = numbers.std() / math.sqrt(8)
    expected = np.quantile(drawn, [tail, 1 - tail], axis=1).mean(axis=1)
    assert (np.mean(found, axis=0) - expected) / error == pytest.approx([0, 0], abs=0.025)


def test_copies_of_a_photo_add_no_certainty():
    numbers = np.random.default_rng(5).normal(0, 1, 20).tolist()
    once = summarize(numbers, names(20), seed=0).ci95
    copies = summarize(numbers * 9, names(20) * 9, seed=0).ci95
    assert copies == pytest.approx(once, abs=1e-9)
    alone = summarize(numbers * 9, names(180), seed=0).ci95
    assert alone[1] - alone[0] < 0.4 * (once[1] - once[0])


def test_pairs_cancel_what_both_share():
    generator = np.random.default_rng(1)
    hard = generator.uniform(0.3, 0.9, 50)
    found = paired_bootstrap(
        hard.tolist(), (hard - 0.01).tolist(), names(50), seed=0, statistic="difference"
    )
    assert found.estimate == pytest.approx(-0.01)
    assert found.ci95 == pytest.approx((-0.01, -0.01))


def test_ratio_of_the_means_and_dropped_pairs():
    found = paired_bootstrap([0.5, None, 1.0], [0.4, 0.9, 0.8], names(3), seed=0)
    assert found.estimate == pytest.approx(1.2 / 1.5)
    assert (found.n, found.n_undefined) == (2, 1)
    assert found.ci95 == pytest.approx((0.8, 0.8))


def test_a_baseline_of_nothing_has_no_ratio():
    assert paired_bootstrap([0.0, 0.0], [0.1, 0.2], names(2), seed=0).estimate is None
    assert paired_bootstrap([None], [0.1], names(1), seed=0).estimate is None


def test_slices_by_every_tag():
    tags = [
        {"hair": "curly", "hat": "no"},
        {"hair": "curly", "hat": "yes"},
        {"hair": "straight"},
        {"hair": "grey"},
    ]
    assert slices([0.5, 0.7, 0.9, None], tags) == {
        "hair": {
            "curly": SliceMean(0.6, 2),
            "grey": SliceMean(None, 0),
            "straight": SliceMean(0.9, 1),
        },
        "hat": {"no": SliceMean(0.5, 1), "yes": SliceMean(0.7, 1)},
    }
