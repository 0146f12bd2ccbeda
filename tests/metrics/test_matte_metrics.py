"""Matte errors on paper and against a literal transcription of the benchmark's formulas."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage
from skimage import measure

from hairopt.errors import UsageError
from hairopt.metrics.gradient import Gradient
from hairopt.metrics.matte import MatteSums, matte_connectivity, matte_gradient


def plane(*rows):
    return np.array(rows, np.float32)


def matte_sad(alpha, truth):
    return MatteSums.of(alpha, truth).sad


def matte_mse(alpha, truth):
    return MatteSums.of(alpha, truth).mse


def test_sad_and_mse_of_two_pixels():
    alpha, truth = plane([0.5, 1.0]), plane([0.0, 0.75])
    assert matte_sad(alpha, truth) == pytest.approx(0.75 / 1000)
    assert matte_mse(alpha, truth) == pytest.approx((0.25 + 0.0625) / 2)


def test_an_island_is_disconnected():
    # The left part is larger, so the island at the right belongs to no source region beyond 0.
    truth = plane([1, 1, 0, 1], [1, 1, 0, 0])
    assert matte_connectivity(truth, truth) == 0.0
    alpha = plane([1, 1, 0, 0.5], [1, 1, 0, 0])
    # phi(truth) = 1 - 1 and phi(alpha) = 1 - 0.5 at the island.
    assert matte_connectivity(alpha, truth) == pytest.approx(0.5 / 1000)


def test_a_gap_below_015_is_forgiven():
    truth = plane([1, 1, 1])
    assert matte_connectivity(plane([1, 1, 0.9]), truth) == 0.0
    # level 0.8 at the last pixel: d(truth) = 0.2, d(alpha) = 0.
    assert matte_connectivity(plane([1, 1, 0.8]), truth) == pytest.approx(0.2 / 1000)


def test_only_one_side_has_hair():
    truth, nothing = plane([1, 1, 0]), plane([0, 0, 0])
    assert matte_connectivity(nothing, truth) == pytest.approx(2 / 1000)
    assert matte_connectivity(nothing, nothing) == 0.0


def literal_connectivity(alpha, truth):
    """The published evaluation code: l is -1 until a pixel first falls out of the source region."""
    thresholds = np.arange(0, 11).astype(np.float32) / np.float32(10)
    levels = -np.ones(alpha.shape, np.float32)
    for index in range(1, len(thresholds)):
        both = (alpha >= thresholds[index]) & (truth >= thresholds[index])
        labels = measure.label(both, connectivity=1)
        sizes = np.bincount(labels.ravel())[1:]
        omega = labels == 1 + sizes.argmax() if sizes.size else np.zeros(alpha.shape, bool)
        levels[(levels == -1) & ~omega] = thresholds[index - 1]
    levels[levels == -1] = 1
    errors = []
    for values in (alpha, truth):
        d = values - levels
        errors.append(1 - d * (d >= np.float32(0.15)))
    return np.abs(errors[0] - errors[1]).sum() / 1000


tenths = st.integers(0, 20).map(lambda value: np.float32(value / 20))
mattes = arrays(np.float32, (6, 7), elements=tenths)


def decided(alpha, truth):
    """Whether no two parts of a source region are equally large: then any choice would do."""
    for step in np.arange(1, 11) / 10:
        both = np.minimum(alpha, truth) >= np.float32(step)
        sizes = np.sort(np.bincount(measure.label(both, connectivity=1).ravel())[1:])
        if sizes.size > 1 and sizes[-1] == sizes[-2]:
            return False
    return True


@settings(max_examples=300)
@given(mattes, mattes)
def test_connectivity_as_published(alpha, truth):
    if decided(alpha, truth):
        assert matte_connectivity(alpha, truth) == pytest.approx(
            literal_connectivity(alpha, truth), abs=1e-7
        )


@pytest.mark.parametrize("seed", range(5))
def test_connectivity_of_strands_as_published(seed):
    generator = np.random.default_rng(seed)
    truth, alpha = (
        np.clip(ndimage.gaussian_filter(generator.random((80, 90)), 3) * 12 - 5.5, 0, 1)
        for _ in range(2)
    )
    truth = np.maximum(truth, alpha * 0.8).astype(np.float32)
    alpha = alpha.astype(np.float32)
    assert matte_connectivity(alpha, truth) == pytest.approx(
        literal_connectivity(alpha, truth), abs=1e-6
    )


def test_gradient_error_as_published():
    generator = np.random.default_rng(3)
    alpha, truth = generator.random((2, 40, 50)).astype(np.float32)
    offsets = np.arange(-4, 5)
    gauss = np.exp(-(offsets**2) / (2 * 1.4**2)) / (1.4 * np.sqrt(2 * np.pi))
    kernel = np.outer(gauss, -offsets * gauss / 1.4**2)
    kernel /= np.sqrt((kernel**2).sum())

    def magnitude(values):
        parts = [
            ndimage.convolve(values.astype(float), k, mode="nearest") for k in (kernel, kernel.T)
        ]
        return np.hypot(*parts)

    expected = ((magnitude(alpha) - magnitude(truth)) ** 2).sum() / 1000
    found = matte_gradient(Gradient.of(alpha).magnitude, Gradient.of(truth).magnitude)
    assert found == pytest.approx(expected, rel=1e-4)


@given(mattes, mattes)
def test_symmetry_identity_range_mirror_and_transpose(alpha, truth):
    measures = [matte_sad, matte_mse]
    if decided(alpha, truth):
        measures.append(matte_connectivity)
    for measured in measures:
        value = measured(alpha, truth)
        assert value >= 0
        assert measured(truth, truth) == 0
        for one, other in (
            (truth, alpha),
            (alpha[:, ::-1].copy(), truth[:, ::-1].copy()),
            (alpha.T.copy(), truth.T.copy()),
        ):
            assert measured(one, other) == pytest.approx(value, abs=1e-6)


@given(mattes, st.floats(0.1, 0.9))
def test_more_error_costs_more(truth, share):
    worse = np.float32(1) - truth
    mixed = (truth + np.float32(share) * (worse - truth)).astype(np.float32).clip(0, 1)
    assert matte_sad(mixed, truth) <= matte_sad(worse, truth) + 1e-9
    assert matte_mse(mixed, truth) <= matte_mse(worse, truth) + 1e-9


@pytest.mark.parametrize("measured", [matte_sad, matte_mse, matte_connectivity])
@pytest.mark.parametrize(
    ("alpha", "message"),
    [
        (np.zeros((2, 2)), "alpha must have dtype float32, not float64"),
        (plane([0, 0], [0, np.nan]), r"alpha must lie in \[0, 1\]; it holds NaN"),
        (plane([0, 0], [0, 1.5]), r"alpha must lie in \[0, 1\], not in \[0, 1.5\]"),
        (plane([0, 0, 0]), "alpha must be 2 rows by 2 columns as the truth is, not 1 by 3"),
    ],
)
def test_bad_input_is_named(measured, alpha, message):
    with pytest.raises(UsageError, match=message):
        measured(alpha, plane([0, 1], [1, 0]))
