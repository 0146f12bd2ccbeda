from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from hairopt.measure.latency import latency, noise_floor, paired_ratio
from hairopt.measure.run_model import Ratio


@pytest.mark.parametrize(
    ("n", "has_p95", "has_p99"),
    [(1, False, False), (99, False, False), (100, True, False), (499, True, False), (500, 1, 1)],
)
def test_a_percentile_beyond_the_sample_is_refused(n, has_p95, has_p99):
    found = latency(list(range(n)), seed=0)
    assert (found.p95 is not None, found.p99 is not None) == (has_p95, has_p99)
    assert found.n == n


def test_numbers_that_can_be_checked_on_paper():
    found = latency([float(x) for x in range(1, 102)], seed=0)
    assert (found.p50, found.p95, found.mean) == (51.0, 96.0, 51.0)
    assert latency([float(x) for x in range(1, 502)], seed=0).p99 == 496.0


def test_one_sample_has_no_interval():
    assert latency([3.0], seed=0).ci95 is None
    assert paired_ratio([3.0], [2.0], seed=0) == Ratio(median=1.5, ci95=None, n=1)


def test_two_samples_have_an_interval_between_them():
    assert latency([3.0, 5.0], seed=0).ci95 == (3.0, 5.0)
    assert paired_ratio([3.0, 5.0], [1.0, 1.0], seed=0).ci95 == (3.0, 5.0)


def test_the_ends_leave_out_two_and_a_half_per_cent_each():
    # The mean of 400 normal times has the ends mean +- 1.96 s / 20; over 40 seeds the chance of a
    # bootstrap averages out to 0.01 of s / 20. One per cent more or less would move them by 0.1.
    times = np.random.default_rng(4).normal(100.0, 20.0, 400)
    error = times.std() / 20.0
    ends = np.array([latency(list(times), seed=seed).ci95 for seed in range(40)]).mean(axis=0)
    assert (ends - times.mean()) / error == pytest.approx([-1.96, 1.96], abs=0.06)


def test_interval_of_the_mean_agrees_with_scipy():
    times = np.random.default_rng(1).gamma(4.0, 5.0, 200)
    theirs = stats.bootstrap(
        (times,), np.mean, method="percentile", n_resamples=9999, rng=np.random.default_rng(2)
    ).confidence_interval
    assert latency(list(times), seed=0).ci95 == pytest.approx(theirs, rel=0.01)


def test_ratio_is_that_of_pairs_and_forgives_drift():
    rng = np.random.default_rng(0)
    drift = np.linspace(1.0, 3.0, 100)
    baseline = 10.0 * drift * rng.normal(1, 0.01, 100)
    candidate = 8.0 * drift * rng.normal(1, 0.01, 100)
    found = paired_ratio(list(candidate), list(baseline), seed=0)
    assert found is not None
    assert found.median == pytest.approx(0.8, abs=0.005)
    assert found.ci95 is not None
    assert found.ci95[0] < 0.8 < found.ci95[1]
    assert found.ci95[1] - found.ci95[0] < 0.02


def test_one_slow_round_does_not_move_the_ratio():
    found = paired_ratio([20.0, 22.0, 900.0], [10.0, 10.0, 10.0], seed=0)
    assert found.median == pytest.approx(2.2)


def test_no_common_round_is_no_ratio():
    assert paired_ratio([], [], seed=0) is None


def test_noise_floor_is_the_farther_end():
    assert noise_floor(Ratio(median=1.0, ci95=(0.97, 1.01), n=9)) == pytest.approx(0.03)
    assert noise_floor(Ratio(median=1.0, ci95=None, n=1)) is None
    assert noise_floor(None) is None
