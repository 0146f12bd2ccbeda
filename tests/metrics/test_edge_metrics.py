"""Edge metrics on ramps and blurs whose width is known in advance."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from hairopt.metrics.edge import (
    EdgeSums,
    photo_edges,
    sharpness_ratio,
    slope_along,
    widths_px,
)
from hairopt.metrics.gradient import REACH_PX, Gradient


def step(width=80, height=60, at=40):
    plane = np.zeros((height, width), np.float32)
    plane[:, at:] = 1
    return plane


def ramp(length):
    columns = np.arange(120, dtype=np.float32)
    return np.tile(np.clip((columns - 60) / length + 0.5, 0, 1), (60, 1)).astype(np.float32)


def disk(radius=30, size=100, sigma=0.0):
    y, x = np.mgrid[:size, :size]
    plane = (np.hypot(x - size / 2 + 0.5, y - size / 2 + 0.5) <= radius).astype(np.float32)
    return np.clip(cv2.GaussianBlur(plane, (0, 0), sigma), 0, 1) if sigma else plane


def width(alpha):
    widths = widths_px(alpha, Gradient.of(alpha), 16)
    return float(np.median(widths)) if widths.size else None


def sharpness(gradient):
    return EdgeSums.of(gradient).sharpness


def gradient_agreement(gradient, photo):
    return EdgeSums.of(gradient).agreement(slope_along(gradient, photo))


def test_a_hard_edge_is_eight_tenths_of_a_pixel_wide():
    assert width(step()) == pytest.approx(0.8)


@pytest.mark.parametrize("length", [2, 5, 10, 20])
def test_a_linear_ramp_is_eight_tenths_of_its_length_wide(length):
    assert width(ramp(length)) == pytest.approx(0.8 * length, abs=0.02)


@pytest.mark.parametrize("sigma", [1.5, 3.0, 5.0])
def test_a_gaussian_blur_is_two_and_a_half_sigma_wide(sigma):
    alpha = np.clip(cv2.GaussianBlur(step(at=39), (0, 0), sigma), 0, 1)
    assert width(alpha) == pytest.approx(2.5631 * sigma, rel=0.04)


def test_width_is_that_of_the_normal_not_of_the_rows():
    y, x = np.mgrid[:120, :120]
    for angle in np.radians([0, 20, 45, 70]):
        across = (x - 60) * np.cos(angle) + (y - 60) * np.sin(angle)
        alpha = np.clip(across / 10 + 0.5, 0, 1).astype(np.float32)
        assert width(alpha) == pytest.approx(8, abs=0.15)


def test_no_edge_no_width():
    assert width(np.zeros((20, 20), np.float32)) is None
    assert width(np.full((20, 20), 0.4, np.float32)) is None
    assert width(np.ones((20, 20), np.float32)) is None


def test_an_edge_that_never_ends_counts_as_the_reach():
    alpha = np.full((40, 40), 0.4, np.float32)
    alpha[:, 20:] = 0.6
    assert width(alpha) == 32.0


@settings(max_examples=15, deadline=None)
@given(st.floats(0.5, 4), st.floats(1.2, 3))
def test_more_blur_is_wider_and_less_sharp(sigma, factor):
    near, far = disk(sigma=sigma), disk(sigma=sigma * factor)
    assert width(near) < width(far)
    assert sharpness(Gradient.of(near)) > sharpness(Gradient.of(far))


def test_sharpness_ratio():
    truth = sharpness(Gradient.of(disk(sigma=2)))
    assert sharpness_ratio(truth, truth) == 1.0
    assert sharpness_ratio(sharpness(Gradient.of(disk(sigma=4))), truth) < 0.7
    assert sharpness_ratio(sharpness(Gradient.of(disk())), truth) > 1.2
    nothing = sharpness(Gradient.of(np.zeros((20, 20), np.float32)))
    assert nothing is None
    assert sharpness_ratio(nothing, truth) == 0.0
    assert sharpness_ratio(truth, nothing) is None


def test_one_strand_in_a_large_picture_is_an_edge():
    found = []
    for size in (40, 1500):
        strand = np.zeros((size, size), np.float32)
        strand[20, 20] = 0.2
        gradient = Gradient.of(strand)
        found.append(sharpness(gradient))
        assert gradient_agreement(gradient, gradient) is not None
    assert found[0] == pytest.approx(found[1])


def test_rounding_is_no_edge():
    for level in (0.0, 0.1, 1 / 3, 1.0):
        gradient = Gradient.of(np.full((500, 500), level, np.float32))
        assert sharpness(gradient) is None


def test_a_hard_edge_is_as_wide_from_either_side():
    rng = np.random.default_rng(0)
    strands = (cv2.GaussianBlur(rng.random((80, 80)).astype(np.float32), (0, 0), 1) > 0.5).astype(
        np.float32
    )
    expected = width(strands)
    for turned in (strands[:, ::-1], strands[::-1], strands.T):
        assert width(np.ascontiguousarray(turned)) == pytest.approx(expected, rel=1e-5)


def test_a_longer_outline_is_not_a_sharper_one():
    one, two = step(), step()
    two[:, :15] = 1
    assert sharpness(Gradient.of(two)) == pytest.approx(sharpness(Gradient.of(one)), rel=1e-4)


def test_gradient_as_gaussian_derivative():
    plane = np.random.default_rng(0).random((30, 40)).astype(np.float32)
    found = Gradient.of(plane)
    expected = [
        ndimage.gaussian_filter(plane.astype(float), 1.4, order, mode="nearest", radius=REACH_PX)
        for order in ((0, 1), (1, 0))
    ]
    for part, wanted in zip((found.x, found.y), expected, strict=True):
        assert np.corrcoef(part.ravel(), wanted.ravel())[0, 1] > 0.9999
    assert found.magnitude == pytest.approx(np.hypot(found.x, found.y), rel=1e-5)


def agreement(alpha, lightness):
    return gradient_agreement(Gradient.of(alpha), photo_edges(lightness, 5))


def test_an_edge_on_the_photos_edge_agrees():
    # Equal Gaussian profiles give 1 / sqrt(2); the photo's wider one here a little more.
    photo = 20 + 60 * disk(sigma=1)
    assert 0.7 < agreement(disk(), photo) < 0.85
    assert agreement(disk(radius=22), photo) < 0.05
    assert agreement(disk(), np.full((100, 100), 50, np.float32)) < 1e-5
    assert agreement(np.zeros((100, 100), np.float32), photo) is None


def test_agreement_falls_with_distance_and_ignores_contrast():
    photo = 20 + 60 * disk(sigma=1)
    found = [agreement(disk(radius=30 - off), photo) for off in range(5)]
    assert found == sorted(found, reverse=True)
    assert agreement(disk(), photo / 3) == pytest.approx(agreement(disk(), photo), abs=0.01)


def test_an_edge_across_the_photos_edges_does_not_agree():
    stripes = np.tile(np.where(np.arange(100) % 8 < 4, 20, 80), (100, 1)).astype(np.float32)
    across, along = np.zeros((2, 100, 100), np.float32)
    across[50:] = 1
    along[:, 52:] = 1
    assert agreement(across, stripes) < 0.1
    assert agreement(along, stripes) > 0.5
