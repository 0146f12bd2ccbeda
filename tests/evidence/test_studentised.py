"""The studentised bootstrap: against a plain loop over resamples, and by the normal theory."""

import numpy as np
import pytest
from scipy import stats

from hairopt.evidence.change import ratio_change
from hairopt.evidence.mean import mean_of
from hairopt.evidence.studentised import (
    LEAST_VARIANCE,
    MOST_SOURCES,
    RESAMPLES,
    Smooth,
    resample_counts,
    studentised,
    upper_quantile,
)


@pytest.fixture
def columns():
    rng = np.random.default_rng(4)
    before = rng.beta(6, 1.2, 15)
    return np.stack([before, before * rng.normal(0.95, 0.1, 15)])


def error_of_ratio(before, after):
    """Cochran (1977), Sampling Techniques, eq. 6.13, without the finite population."""
    residual = after - after.mean() / before.mean() * before
    variance = (residual**2).sum() / (before.size - 1)
    return np.sqrt(variance / before.size) / before.mean(), variance


def test_every_resample_is_studentised_as_the_sample_is(columns):
    found = studentised(ratio_change(columns))
    before, after = columns
    error, whole = error_of_ratio(before, after)
    assert found.value == pytest.approx(after.mean() / before.mean() - 1)
    assert found.error == pytest.approx(error)
    for resample in (0, 1, 17, RESAMPLES - 1):
        drawn = np.repeat(np.arange(15), resample_counts(15)[resample].astype(int))
        own, variance = error_of_ratio(before[drawn], after[drawn])
        assert variance > LEAST_VARIANCE * whole
        ratio = after[drawn].mean() / before[drawn].mean() - 1
        assert found.t[resample] == pytest.approx((ratio - found.value) / own)


def test_a_resample_without_what_changed_has_a_least_variance():
    before = np.full(20, 0.8)
    after = np.append(before[:19], 0.5)
    found = studentised(ratio_change(np.stack([before, after])))
    without = resample_counts(20)[:, 19] == 0
    assert np.abs(found.t[without]) == pytest.approx(1 / LEAST_VARIANCE**0.5)


def test_resamples_draw_as_many_sources_as_there_are_and_all_alike():
    drawn = resample_counts(7)
    assert drawn.shape == (RESAMPLES, 7)
    assert np.all(drawn.sum(axis=1) == 7)
    assert drawn.mean(axis=0) == pytest.approx(np.ones(7), abs=0.06)


def test_many_sources_have_students_t():
    rng = np.random.default_rng(1)
    values = rng.normal(5, 2, MOST_SOURCES + 1)
    found = mean_of(values.tolist(), [str(i) for i in range(values.size)])
    reach = stats.t.ppf(0.975, MOST_SOURCES) * values.std(ddof=1) / (MOST_SOURCES + 1) ** 0.5
    assert found.ci95 == pytest.approx((values.mean() - reach, values.mean() + reach))
    one = studentised(Smooth(values[None], lambda m: m[..., 0], np.ones_like))
    assert one.p_of(5.1) == pytest.approx(stats.ttest_1samp(values, 5.1).pvalue)
    assert one.t is None
    assert one.reach() == pytest.approx(reach)
    low, high = values.mean() - one.reach(0.01), values.mean() + one.reach(0.01)
    assert (low, high) == pytest.approx(stats.ttest_1samp(values, 0).confidence_interval(0.99))


def test_bootstrap_and_students_t_agree_where_they_meet():
    values = np.random.default_rng(2).normal(5, 2, MOST_SOURCES)
    one = studentised(Smooth(values[None], lambda m: m[..., 0], np.ones_like))
    students = stats.t.ppf(0.975, MOST_SOURCES - 1) * values.std(ddof=1) / MOST_SOURCES**0.5
    assert one.reach() == pytest.approx(students, rel=0.05)
    assert one.tails()[1] - values.mean() == pytest.approx(students, rel=0.08)


def test_the_quantile_and_p_count_the_sample_itself():
    sizes = np.arange(RESAMPLES, dtype=float)
    bound = upper_quantile(sizes, 0.05)
    assert (1 + np.sum(sizes >= bound)) / (1 + RESAMPLES) >= 0.05
    assert (1 + np.sum(sizes >= bound + 1)) / (1 + RESAMPLES) < 0.05


def test_the_tails_leave_one_in_forty_beyond_each_end():
    values = np.append(np.linspace(0.85, 0.95, 18), [0.2, 0.3])
    one = studentised(Smooth(values[None], lambda m: m[..., 0], np.ones_like))
    t = np.sort(one.t)  # 99 resamples, and the sample itself, are 100 of 4000
    ends = one.value - one.error * t[-99], one.value - one.error * t[98]
    assert one.tails() == pytest.approx(ends, rel=1e-12)


def test_p_counts_the_resamples_that_are_as_far_away(columns):
    one = studentised(ratio_change(columns))
    for value in (0.0, one.value + 0.01, one.value - 0.03):
        beyond = np.abs(one.t) * one.error >= abs(one.value - value)
        assert one.p_of(value) == (1 + beyond.sum()) / 4000
    nothing = studentised(Smooth(np.zeros((1, 9)), lambda m: m[..., 0], np.ones_like))
    assert (nothing.reach(), nothing.p_of(0.0)) == (0.0, 1.0)
    alike = studentised(Smooth(np.full((1, 9), 0.3), lambda m: m[..., 0], np.ones_like))
    assert (alike.error, alike.p_of(0.3), alike.p_of(0.0)) == (0.0, 1.0, 1 / 4000)


def test_a_mean_has_an_interval_from_twelve_photos_on():
    values = [0.5, 0.9] * 6
    assert mean_of(values, [str(i) for i in range(12)]).ci95 is not None
    few = mean_of(values[:11], [str(i) for i in range(11)])
    assert (few.ci95, few.reason) == (None, "11 source photos; an interval needs 12")
    assert mean_of([None], ["a"]).estimate is None


def test_a_long_lower_tail_makes_the_interval_of_a_mean_longer_there():
    values = np.append(np.linspace(0.85, 0.95, 18), [0.2, 0.3])
    low, high = mean_of(values.tolist(), [str(i) for i in range(20)]).ci95
    assert values.mean() - low > 1.5 * (high - values.mean())
