"""The gate's statistics against SciPy, on paper, and under clustering."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hairopt.errors import UsageError
from hairopt.evidence.intervals import _bca_levels, _draws, _jackknife, bca_interval
from hairopt.evidence.paired import PairedSample, relative_drop, relative_rise
from hairopt.evidence.significance import holm, no_change_p, non_inferiority_p
from hairopt.gate.power import sensitivity


def pairs(baseline, candidate, clusters=None):
    names = clusters if clusters is not None else [str(i) for i in range(len(baseline))]
    return PairedSample.of(list(baseline), list(candidate), names)


@pytest.fixture(scope="module")
def noisy():
    rng = np.random.default_rng(3)
    baseline = rng.beta(8, 2, 60)
    return baseline, np.clip(baseline * rng.normal(0.96, 0.05, 60), 0, 1)


def test_a_sample_sums_the_cases_of_each_photo():
    sample = pairs([0.5, 1.0, 2.0], [0.25, 3.0, 0.5], ["b", "a", "b"])
    assert sample.baseline.tolist() == [1.0, 2.5]
    assert sample.candidate.tolist() == [3.0, 0.75]
    assert sample.cases.tolist() == [1.0, 2.0]
    assert (sample.n_cases, sample.n_clusters) == (3, 2)


def test_bca_agrees_with_scipy(noisy):
    baseline, candidate = noisy
    ours = bca_interval(pairs(baseline, candidate), relative_drop, seed=1)
    theirs = stats.bootstrap(
        (baseline, candidate),
        lambda b, c, axis: 1 - c.mean(axis=axis) / b.mean(axis=axis),
        paired=True,
        vectorized=True,
        n_resamples=10_000,
        method="BCa",
        rng=np.random.default_rng(2),
    ).confidence_interval
    width = theirs.high - theirs.low
    assert ours.value == pytest.approx(1 - candidate.mean() / baseline.mean())
    assert ours.low == pytest.approx(theirs.low, abs=0.03 * width)
    assert ours.high == pytest.approx(theirs.high, abs=0.03 * width)


def levels(replicates, value, jackknife, confidence=0.95):
    return _bca_levels(np.array(replicates), value, np.array(jackknife), confidence)


EVEN = [-1.0, 1.0] * 10
UNIFORM = np.arange(1000.0)


def test_without_bias_or_acceleration_the_levels_are_those_of_the_percentiles():
    assert levels(UNIFORM, 499.5, EVEN) == pytest.approx([0.025, 0.975])
    assert levels(UNIFORM, 499.5, EVEN, confidence=0.9) == pytest.approx([0.05, 0.95])


def test_bias_moves_both_levels_by_twice_its_size():
    # 600 of 1000 replicates lie below: z0 is the normal quantile of 0.6 (Efron, eq. 4.1).
    z0 = stats.norm.ppf(0.6)
    expected = stats.norm.cdf([2 * z0 - 1.96, 2 * z0 + 1.96])
    assert levels(UNIFORM, 599.5, EVEN) == pytest.approx(expected, abs=1e-5)
    # Of replicates that equal the value half count as below.
    tied = [0.0] * 300 + [1.0] * 600 + [2.0] * 100
    assert levels(tied, 1.0, EVEN) == pytest.approx(expected, abs=1e-5)
    # A value beyond all replicates counts as half a replicate from the end.
    edge = stats.norm.ppf(0.5 / 1000)
    expected = stats.norm.cdf([2 * edge - 1.96, 2 * edge + 1.96])
    assert levels(UNIFORM, -1.0, EVEN) == pytest.approx(expected, abs=1e-6)
    assert levels(UNIFORM, 1e9, EVEN) == pytest.approx(1 - expected[::-1], abs=1e-6)


def test_acceleration_is_the_skewness_of_the_jackknife():
    # Leaving out one of ten clusters gives -9 once and 1 nine times: differences of the mean (0)
    # from it are 9 and -1. a = sum d^3 / (6 (sum d^2) ^ 1.5) = 720 / (6 90 ^ 1.5) (eq. 6.6).
    a = 720 / (6 * 90**1.5)
    ends = np.array([-1, 1]) * stats.norm.ppf(0.975)
    expected = stats.norm.cdf(ends / (1 - a * ends))
    assert levels(UNIFORM, 499.5, [-9.0] + [1.0] * 9) == pytest.approx(expected)
    # It has no unit: values a hundred times smaller are as skewed.
    assert levels(UNIFORM, 499.5, [-0.09] + [0.01] * 9) == pytest.approx(expected)
    assert levels(UNIFORM, 499.5, [3.0] * 10) == pytest.approx([0.025, 0.975])


def test_the_jackknife_leaves_out_every_photo_once():
    sums = np.array([[1.0, 2.0, 3.0], [1.0, 1.0, 1.5], [1.0, 1.0, 2.0]])
    found = _jackknife(sums, relative_drop)
    assert found == pytest.approx([1 - 2.5 / 5, 1 - 2.5 / 4, 1 - 2 / 3])


def test_two_photos_have_an_interval_and_every_draw_alike_is_that_number():
    found = bca_interval(pairs([0.8, 0.8], [0.7, 0.6]), relative_drop)
    assert (found.low, found.high) == pytest.approx((0.125, 0.25))
    few = bca_interval(pairs([0.8, 0.8], [0.7, 0.6]), relative_drop, resamples=2, seed=1)
    assert 0.125 <= few.low < few.high <= 0.25
    alike = bca_interval(pairs([0.5, 0.25], [0.375, 0.1875]), relative_drop)
    assert (alike.low, alike.value, alike.high) == (0.25, 0.25, 0.25)
    assert (alike.confidence, bca_interval(pairs([1], [1]), relative_drop).confidence) == (
        0.95,
        0.95,
    )


def test_photos_are_drawn_by_the_seed_and_as_many_as_there_are(noisy):
    sample = pairs(*noisy)
    assert bca_interval(sample, relative_drop, seed=1) == bca_interval(
        sample, relative_drop, seed=1
    )
    assert bca_interval(sample, relative_drop, seed=1) != bca_interval(
        sample, relative_drop, seed=2
    )
    drawn = _draws(7, 500, seed=3)
    assert drawn.shape == (7, 500)
    assert np.all(drawn.sum(axis=0) == 7)
    assert drawn.mean() == 1.0


def test_a_baseline_of_nothing_can_only_be_gained_upon():
    zero, one = np.zeros(2), np.array([0.0, 1.0])
    assert relative_drop(zero, one, one).tolist() == [0.0, -np.inf]
    assert relative_rise(zero, one, one).tolist() == [0.0, np.inf]


def test_bca_covers_the_true_drop_as_often_as_it_says():
    hits = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        baseline = rng.uniform(0.7, 0.9, 50)
        candidate = baseline * (1 - 0.04) + rng.normal(0, 0.03, 50)
        found = bca_interval(pairs(baseline, candidate), relative_drop, resamples=1000, seed=seed)
        hits += found.low <= 0.04 <= found.high
    assert hits / 300 == pytest.approx(0.95, abs=0.035)


def test_copies_of_one_photo_add_no_evidence(noisy):
    baseline, candidate = noisy
    names = [str(i) for i in range(60)]
    once = bca_interval(pairs(baseline, candidate), relative_drop)
    copied = bca_interval(
        pairs(np.tile(baseline, 5), np.tile(candidate, 5), names * 5), relative_drop
    )
    assert (copied.low, copied.high) == pytest.approx((once.low, once.high))


def test_drop_and_rise_on_paper():
    half = pairs([0.8, 0.4], [0.4, 0.2])
    assert bca_interval(half, relative_drop).value == pytest.approx(0.5)
    assert bca_interval(half, relative_rise).value == pytest.approx(-0.5)
    nothing_to_lose = pairs([0.0, 0.0], [0.0, 0.0])
    assert bca_interval(nothing_to_lose, relative_drop).value == 0.0


def test_one_image_gives_a_number_and_no_interval():
    lone = pairs([0.8, 0.8], [0.7, 0.7], ["a", "a"])
    found = bca_interval(lone, relative_drop)
    assert found.value == pytest.approx(0.125)
    assert (found.low, found.high) == (None, None)
    assert non_inferiority_p(lone, 0.05) == 1.0
    assert no_change_p(lone) == 1.0


def test_non_inferiority_is_the_one_sided_paired_t_test(noisy):
    baseline, candidate = noisy
    sample = pairs(baseline, candidate)
    expected = stats.ttest_1samp(candidate - 0.95 * baseline, 0, alternative="greater").pvalue
    assert non_inferiority_p(sample, 0.05) == pytest.approx(expected)


def test_where_all_photos_change_alike_no_spread_is_divided_by():
    worse, better = pairs([0.8] * 3, [0.7] * 3), pairs([0.8] * 3, [0.9] * 3)
    assert no_change_p(worse) == no_change_p(better) == 0.0
    assert non_inferiority_p(worse, 0.05) == 1.0
    assert non_inferiority_p(worse, 0.25) == 0.0
    # A loss of just the margin is not shown to be smaller than it.
    at = pairs([0.5] * 3, [0.25] * 3)
    assert non_inferiority_p(at, 0.5) == 1.0


def test_no_change_is_the_paired_t_test(noisy):
    assert no_change_p(pairs(*noisy)) == pytest.approx(stats.ttest_rel(*noisy).pvalue)
    two = pairs([0.8, 0.9], [0.7, 0.85])
    assert no_change_p(two) == pytest.approx(stats.ttest_rel([0.8, 0.9], [0.7, 0.85]).pvalue)
    assert 0 < non_inferiority_p(two, 0.2) < 1


def test_identical_values_are_no_change_and_not_inferior():
    same = pairs([0.8, 0.9, 0.7], [0.8, 0.9, 0.7])
    assert no_change_p(same) == 1.0
    assert non_inferiority_p(same, 0.05) < 0.01
    assert bca_interval(same, relative_drop).high == 0.0


def test_holm_on_paper():
    # Three tests: 0.01 * 3, then 0.02 * 2, then max(0.04, 0.04 * 1).
    assert holm([0.04, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_never_lowers_a_p_value_nor_swaps_two(p_values):
    adjusted = holm(p_values)
    assert all(a >= p for a, p in zip(adjusted, p_values, strict=True))
    assert all(a <= 1 for a in adjusted)
    assert np.all(np.diff(np.array(adjusted)[np.argsort(p_values, kind="stable")]) >= 0)


@pytest.mark.parametrize(
    ("baseline", "candidate", "clusters", "words"),
    [
        ([1.0], [1.0, 2.0], ["a"], "1, 2, 1"),
        ([], [], [], "at least one case"),
        ([float("nan")], [1.0], ["a"], "finite"),
    ],
)
def test_what_is_no_sample_is_refused(baseline, candidate, clusters, words):
    with pytest.raises(UsageError, match=words):
        PairedSample.of(baseline, candidate, clusters)


def test_the_detectable_drop_is_detected_four_times_in_five():
    rng = np.random.default_rng(5)
    spread, images = 0.05, 40
    noise = rng.normal(0, 1, images)
    noise *= spread / noise.std(ddof=1)
    pilot = pairs(np.full(images, 0.8), 0.8 + noise)
    drop = sensitivity(pilot, 0.05).detectable_drop
    found = 0
    for _ in range(600):
        candidate = 0.8 * (1 - drop) + rng.normal(0, spread, images)
        sample = pairs(np.full(images, 0.8), candidate)
        found += no_change_p(sample) < 0.10 and candidate.mean() < 0.8
    assert found / 600 == pytest.approx(0.8, abs=0.08)


def test_the_further_the_limit_from_the_measured_loss_the_fewer_images_are_needed(noisy):
    sample = pairs(*noisy)
    loss = float(bca_interval(sample, relative_drop).value)
    needed = [sensitivity(sample, loss + gap).images_needed for gap in (0.10, 0.03, 0.01)]
    assert needed == sorted(needed)
    assert (
        sensitivity(sample, loss + 1.0001 * needed_gap(sample)).images_needed <= sample.n_clusters
    )
    assert sensitivity(sample, loss).images_needed is None
    assert sensitivity(pairs([1.0], [1.0]), 0.05).images_needed is None


def needed_gap(sample):
    return sensitivity(sample, 0.5).detectable_drop


def test_two_images_are_never_called_enough_when_they_were_not():
    two = pairs([0.95, 0.01], [0.945, 0.009])
    found = sensitivity(two, 0.05)
    assert found.images_needed > 2 or found.detectable_drop < 0.05
