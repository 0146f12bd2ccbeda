from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from hairopt.measure.lane import Lane, Timed
from hairopt.measure.latency import (
    half_width,
    is_precise,
    latency,
    medians_of_pairs,
    noise_floor,
    paired_ratio,
    ratio_of_starts,
    stage_ms,
    times_of,
    total_ms,
    widest,
)
from hairopt.measure.messages import Timing
from hairopt.measure.run_model import Ratio
from hairopt.types import Shade
from hairopt.variants.schema import Variant


def starts(*times):
    """Times by start and round; the rounds go on from start to start."""
    found, number = {}, 0
    for start, values in enumerate(times):
        found[start] = {number + i: float(value) for i, value in enumerate(values)}
        number += len(values)
    return found


@pytest.mark.parametrize(
    ("n", "has_p95", "has_p99"),
    [(1, False, False), (99, False, False), (100, True, False), (499, True, False), (500, 1, 1)],
)
def test_a_percentile_beyond_the_sample_is_refused(n, has_p95, has_p99):
    found = latency(starts(range(n)))
    assert (found.p95 is not None, found.p99 is not None) == (has_p95, has_p99)
    assert (found.n, found.starts) == (n, 1)


def test_numbers_that_can_be_checked_on_paper():
    found = latency(starts(range(1, 51), range(51, 102)))
    assert (found.p50, found.p95, found.mean, found.starts) == (51.0, 96.0, 51.0, 2)
    assert latency(starts(range(1, 502))).p99 == 496.0


def test_one_start_has_no_interval_however_many_rounds():
    found = latency(starts([5.0, 5.1] * 100))
    assert (found.ci95, found.p50_ci95) == (None, None)
    ratio = paired_ratio(starts([3.0] * 50), starts([2.0] * 50))
    assert ratio == Ratio(median=1.5, ci95=None, n=50, starts=1, p=None)
    assert not ratio.change.is_proven
    assert ratio.change.reason == "1 process start of each side; a claim needs 6"


def test_the_interval_is_that_of_students_t_over_the_medians_of_starts():
    ratios = [0.8, 0.82, 0.79, 0.85, 0.8, 0.81]
    before = starts(*[[10.0, 12.0, 90.0]] * 6)
    after = starts(*[[10.0 * r, 12.0 * r, 90.0 * r] for r in ratios])
    found = paired_ratio(after, before)
    theirs = stats.ttest_1samp(np.log(ratios), 0.0)
    low, high = np.exp(theirs.confidence_interval())
    assert found.median == pytest.approx(stats.gmean(ratios))
    assert found.ci95 == pytest.approx((low, high))
    assert found.p == pytest.approx(theirs.pvalue)
    assert (found.n, found.starts) == (18, 6)
    assert found.change.is_proven


def test_fewer_starts_than_a_claim_needs_give_only_numbers():
    before = starts(*[[10.0]] * 5)
    found = paired_ratio(starts(*[[5.0]] * 5), before)
    assert found == Ratio(median=0.5, ci95=None, n=5, starts=5, p=None)
    assert not found.change.is_proven
    assert ratio_of_starts([0.5] * 6, 6).change.is_proven


def test_what_differs_between_starts_is_in_the_interval_of_a_time():
    alike = latency(starts(*[[20.0, 20.2, 19.8]] * 6))
    apart = latency(starts(*[[20.0 * f, 20.2 * f, 19.8 * f] for f in (1, 1.05, 0.97, 1.03, 1, 1)]))
    assert alike.p50_ci95 == pytest.approx((20.0, 20.0))
    assert apart.p50_ci95[0] < 19.6 < 20.4 < apart.p50_ci95[1]
    assert apart.ci95[0] < apart.mean < apart.ci95[1]


def test_ratio_is_that_of_pairs_and_forgives_drift():
    rng = np.random.default_rng(0)
    drift = np.linspace(1.0, 3.0, 100)
    baseline = (10.0 * drift * rng.normal(1, 0.01, 100)).reshape(10, 10)
    candidate = (8.0 * drift * rng.normal(1, 0.01, 100)).reshape(10, 10)
    found = paired_ratio(starts(*candidate), starts(*baseline))
    assert found.median == pytest.approx(0.8, abs=0.005)
    assert found.ci95[0] < 0.8 < found.ci95[1]
    assert found.ci95[1] - found.ci95[0] < 0.02


def test_one_slow_round_does_not_move_the_ratio():
    found = paired_ratio(starts([20.0, 22.0, 900.0]), starts([10.0, 10.0, 10.0]))
    assert found.median == pytest.approx(2.2)


def test_only_the_rounds_of_both_count():
    one = {0: {0: 10.0, 1: 10.0}, 1: {2: 10.0}, 2: {3: 10.0}}
    other = {0: {1: 20.0}, 1: {5: 99.0}, 3: {3: 99.0}}
    assert paired_ratio(other, one) == Ratio(median=2.0, ci95=None, n=1, starts=1)
    assert paired_ratio({}, {}) is None
    assert paired_ratio({0: {0: 1.0}}, {0: {1: 1.0}}) is None


@pytest.mark.parametrize("zero", [(1.0, 0.0), (0.0, 1.0), (0.0, 0.0)])
def test_a_clock_too_coarse_for_the_work_gives_no_ratio_and_no_interval(zero):
    after, before = (starts([value, 1.0], [1.0, 1.0]) for value in zero)
    assert paired_ratio(after, before) is None
    found = latency(starts([0.0, 0.0], [0.0, 0.0]))
    assert (found.p50, found.p50_ci95, found.ci95) == (0.0, None, None)
    assert medians_of_pairs(after, before) == ([], 0)


def test_times_below_a_millisecond_are_times():
    assert paired_ratio(starts([0.25]), starts([0.5])).median == 0.5
    assert latency(starts(*[[0.5] * 3] * 6)).p50_ci95 == pytest.approx((0.5, 0.5))


def test_half_a_width_is_a_share_of_the_number():
    assert half_width(10.0, (9.0, 12.0)) == pytest.approx(0.15)
    assert half_width(10.0, None) == half_width(0.0, (0.0, 0.0)) == math.inf


def test_a_stage_that_a_request_had_not_took_no_time():
    of_encode = stage_ms("encode")
    assert of_encode(Timing(5.0, 4.0, {"encode": 2.0})) == 2.0
    assert of_encode(Timing(5.0, 4.0, {})) == 0.0


def test_the_ratio_of_memory_has_its_starts_as_samples():
    found = ratio_of_starts([0.8, 0.82, 0.81, 0.8, 0.79, 0.8], 6)
    assert found.median == pytest.approx(0.803, abs=0.001)
    assert (found.n, found.starts) == (6, 6)
    assert found.change.is_proven
    assert ratio_of_starts([], 0) is None


def test_equal_memory_in_all_starts_proves_no_change():
    found = ratio_of_starts([1.0] * 6, 6)
    assert (found.median, found.p) == (1.0, 1.0)
    assert not found.change.is_proven


def test_runs_of_older_versions_prove_nothing_about_time():
    old = Ratio.model_validate({"median": 0.5, "ci95": [0.45, 0.55], "n": 100})
    assert not old.change.is_proven
    assert old.change.reason == (
        "an unknown number of process starts of each side; a claim needs 6"
    )


def lane(name, times, regime="back to back"):
    one = Lane(Variant(name=name))
    asked = "a", Shade.parse("violet"), 70.0
    for start, by_round in times.items():
        one.timed += [
            Timed(regime, start, start, number, *asked, Timing(ms, ms, {}))
            for number, ms in by_round.items()
        ]
    return one


def test_precise_is_when_every_median_and_every_ratio_is():
    steady = starts(*[[10.0] * 3] * 6)
    # Both lanes drift together: the ratio is exact, the times are not.
    drifting = starts(*[[10.0 * f] * 3 for f in (1, 1.2, 1, 1.2, 1, 1.2)])
    assert is_precise([lane("a", steady), lane("b", steady)])
    assert widest([lane("a", steady)]) == pytest.approx(0.0)
    assert not is_precise([lane("a", drifting), lane("b", drifting)])
    assert not is_precise([lane("a", steady), lane("b", drifting)])
    assert widest([lane("a", starts([10.0] * 9))]) == math.inf
    assert widest([lane("a", steady), lane("b", {})]) == math.inf
    assert widest([]) == math.inf


def test_a_ratio_may_be_wider_than_both_medians():
    up, down = (starts(*[[10.0 * f] * 3 for f in by]) for by in ((1, 1.02) * 3, (1.02, 1) * 3))
    ratio = paired_ratio(down, up)
    apart = half_width(ratio.median, ratio.ci95)
    assert apart > 1.9 * widest([lane("a", up)])
    assert widest([lane("a", up), lane("b", down)]) == pytest.approx(apart)


def test_the_regimes_are_kept_apart():
    one = lane("a", starts([10.0, 12.0]))
    one.timed += lane("a", starts([99.0]), "after a pause").timed
    assert times_of(one.timed, "back to back", total_ms) == {0: {0: 10.0, 1: 12.0}}
    assert times_of(one.timed, "after a pause", total_ms) == {0: {0: 99.0}}


def test_noise_floor_is_the_farther_end():
    assert noise_floor(Ratio(median=1.0, ci95=(0.97, 1.01), n=9)) == pytest.approx(0.03)
    assert noise_floor(Ratio(median=1.0, ci95=None, n=1)) is None
    assert noise_floor(None) is None
