"""Histograms in constant memory against NumPy on everything at once."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hairopt.convert.quantization.histogram import Histogram


def _filled(*batches):
    histogram = Histogram()
    for batch in batches:
        histogram.add(np.asarray(batch, np.float32))
    return histogram


@settings(max_examples=50, deadline=None)
@given(arrays(np.float32, st.integers(1, 200), elements=st.floats(-1e4, 1e4, width=32)))
@example(np.array([-1e-41], np.float32))
@example(np.array([5, 5.5, 10], np.float32))
def test_extremes_are_exact_and_every_range_lies_within_them(values):
    histogram = _filled(*np.array_split(values, 3)[: min(3, values.size)])
    seen = np.concatenate(np.array_split(values, 3)[: min(3, values.size)])
    assert (histogram.minimum, histogram.maximum) == (seen.min(), seen.max())
    for low, high in (histogram.percentile(0.999), histogram.entropy()):
        assert histogram.minimum <= low <= high <= histogram.maximum


@pytest.mark.parametrize("share", [0.9, 0.99, 0.999])
def test_percentiles_are_those_of_numpy_to_one_bin(share):
    rng = np.random.default_rng(0)
    batches = [rng.normal(1, scale, 20_000).astype(np.float32) for scale in (0.1, 3.0, 1.0)]
    low, high = _filled(*batches).percentile(share)
    everything = np.concatenate(batches)
    outside = (1 - share) / 2
    bin_width = 2 * 16 / 2048
    assert low == pytest.approx(np.quantile(everything, outside), abs=4 * bin_width)
    assert high == pytest.approx(np.quantile(everything, 1 - outside), abs=4 * bin_width)


def test_growing_joins_bins_and_loses_no_count():
    """A small batch first, then one a thousand times wider: the median stays near zero."""
    small = np.linspace(-0.01, 0.01, 1001)
    low, high = _filled(small, np.array([-8.0, 8.0])).percentile(0.9)
    assert (low, high) == pytest.approx((-1 / 128, 1 / 128), abs=1 / 64)


def test_entropy_cuts_a_lonely_outlier_and_keeps_a_uniform_range():
    rng = np.random.default_rng(1)
    bulk = rng.normal(0, 1, 30_000)
    _, high = _filled(np.append(bulk, 40.0)).entropy()
    assert high < 20
    _, high = _filled(rng.uniform(-1, 1, 30_000)).entropy()
    assert high > 0.9


def test_values_that_are_no_numbers_show_in_the_extremes():
    assert np.isnan(_filled([1.0, np.nan]).minimum)
    assert np.isposinf(_filled([1.0, np.inf]).maximum)
