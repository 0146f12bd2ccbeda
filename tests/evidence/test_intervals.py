"""Bootstrap intervals of means: of many photos, of few, and of none that can be divided by."""

import numpy as np
import pytest
from scipy import stats

from hairopt.evidence.intervals import (
    _CHUNK,
    MEAN_RESAMPLES,
    _chunks,
    _expanded_tail,
    bootstrap_ci95,
)


@pytest.mark.parametrize("photos", [2, 999, 1000, 1001, 7919, _CHUNK, 2 * _CHUNK])
def test_however_many_photos_there_are_as_many_resamples_are_drawn(photos):
    sizes = _chunks(photos)
    assert sum(sizes) == MEAN_RESAMPLES
    assert all(size * photos <= _CHUNK or size == 1 for size in sizes)
    assert len(sizes) == 1 or min(sizes[:-1]) == max(sizes)


def test_two_thousand_photos_have_the_interval_of_the_normal_theory():
    values = np.random.default_rng(0).normal(5.0, 2.0, 2000)
    ends = np.array(bootstrap_ci95(np.stack([values, np.ones(2000)]), seed=1))
    error = values.std() / 2000**0.5
    assert (ends - values.mean()) / error == pytest.approx([-1.96, 1.96], abs=0.15)


@pytest.mark.parametrize("photos", [2, 3, 8, 100])
def test_the_fewer_photos_the_further_out_the_ends(photos):
    # Hesterberg 2015, section 4.3.
    level = stats.norm.cdf((photos / (photos - 1)) ** 0.5 * stats.t.ppf(0.025, photos - 1))
    assert _expanded_tail(photos) == pytest.approx(level)


def test_numerators_may_be_nothing_and_denominators_may_not():
    # Of two photos every fourth resample holds the first alone.
    assert bootstrap_ci95(np.array([[0.0, 1.0], [1.0, 1.0]]), seed=0) == (0.0, 1.0)
    assert bootstrap_ci95(np.array([[1.0, 1.0], [0.0, 1.0]]), seed=0) is None
    assert bootstrap_ci95(np.array([[0.0, 1.0], [0.0, 1.0]]), seed=0) is None
    # Denominators that only cancel each other in a resample.
    assert bootstrap_ci95(np.array([[1.0, 2.0], [-1.0, 1.0]]), seed=0) is None
