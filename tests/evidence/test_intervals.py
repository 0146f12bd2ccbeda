"""Bootstrap intervals of many photos: in pieces, with as many resamples as of few."""

import numpy as np
import pytest

from hairopt.evidence.intervals import _CHUNK, MEAN_RESAMPLES, _chunks, bootstrap_ci95


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
