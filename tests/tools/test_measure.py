import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.rendered_heads import measure
from tools.rendered_heads.develop import FLARE, KNEE, develop, expose, tone


def test_tone_curve_is_identity_below_its_knee_smooth_at_it_and_never_white():
    low = np.linspace(0, KNEE, 50)
    assert tone(low) == pytest.approx(low)
    assert (tone(np.array([KNEE + 1e-4])) - KNEE) / 1e-4 == pytest.approx(1, abs=1e-3)
    assert develop(np.full((1, 1, 3), 1e6, np.float32), 1.0).max() < 255
    assert develop(np.zeros((1, 1, 3), np.float32), 1.0).min() > 0


@given(st.floats(0, 50), st.floats(0, 50))
def test_tone_curve_is_monotonic(a, b):
    low, high = sorted((a, b))
    assert tone(np.array([low])) <= tone(np.array([high]))


def test_developing_below_the_knee_is_the_srgb_curve():
    light = np.full((1, 1, 3), 0.2 - FLARE, np.float32)
    assert develop(light, 1.0)[0, 0, 0] == round(255 * (1.055 * 0.2 ** (1 / 2.4) - 0.055))


def test_exposure_is_lowered_only_for_hair_that_is_too_bright():
    alpha = np.zeros((10, 10), np.float32)
    alpha[:5] = 1
    dim, bright = np.full((10, 10, 3), 0.1), np.full((10, 10, 3), 4.0)
    assert expose([dim], alpha, 0.75) == 0.75
    assert expose([dim, bright], alpha, 0.75) == pytest.approx(0.25)
    assert expose([bright], np.zeros_like(alpha), 0.75) == 0.75


def test_clipped_share_counts_hair_pixels_with_any_channel_at_an_end():
    picture = np.full((2, 4, 3), 100, np.uint8)
    picture[0, 0, 1], picture[0, 1, 2], picture[1, 3] = 255, 0, 255
    alpha = np.zeros((2, 4), np.float32)
    alpha[0] = 1
    assert measure.clipped_share(picture, alpha) == 0.5
    assert measure.clipped_share(picture, np.zeros_like(alpha)) == 0.0


def test_noise_floor_of_equal_pictures_is_nothing_and_of_grey_steps_their_lightness():
    hair = np.ones((4, 4), np.float32)
    a = np.full((4, 4, 3), 119, np.uint8)
    assert measure.noise_floor(a, a, hair) == (0, 0)
    assert measure.noise_floor(a, a, np.zeros_like(hair)) is None
    mean, p95 = measure.noise_floor(a, a + np.uint8(2), hair)
    assert mean == pytest.approx(p95)
    assert 0.5 < mean < 1.0


def test_mean_colour_of_hair_alone():
    picture = np.zeros((2, 2, 3), np.uint8)
    picture[0] = (123, 45, 139)
    alpha = np.array([[1, 1], [0, 0]], np.float32)
    assert measure.mean_hex(picture, alpha) == "#7b2d8b"
    assert measure.mean_lab(picture, alpha)[0] == pytest.approx(34.1, abs=0.5)


def test_the_softest_window_holds_the_soft_pixels():
    alpha = np.zeros((40, 40), np.float32)
    alpha[25:33, 12:20] = 0.5
    window = measure.softest_window(alpha, 8)
    assert (window.top, window.left) == (25, 12)
    assert window.of(alpha).min() == 0.5


def layers(rng, error=0.0):
    alpha = rng.uniform(0, 1, (64, 64)).astype(np.float32)
    hair = alpha[..., None] * np.float32((0.10, 0.06, 0.04))
    rest = rng.uniform(0.2, 0.6, (64, 64, 3)).astype(np.float32)
    photo = hair + (1 - alpha)[..., None] * rest
    return photo, hair, rest, np.clip(alpha + error, 0, 1)


def test_an_exact_alpha_recomposes_and_a_wrong_one_shows():
    rng = np.random.default_rng(0)
    exact = measure.recompose(*layers(rng))
    assert exact.slope == pytest.approx(1, abs=1e-3)
    assert abs(exact.bias) < 1e-4
    assert measure.recompose(*layers(rng, 0.05)).slope > 1.05
    assert measure.recompose(*layers(rng, -0.05)).bias < -0.02


def test_recomposition_is_undefined_without_soft_pixels():
    solid = np.ones((4, 4), np.float32)
    picture = np.ones((4, 4, 3), np.float32)
    assert measure.recompose(picture, picture, picture, solid) is None


def test_spill_is_measured_outside_the_hair_only():
    alpha = np.array([[1, 0]], np.float32)
    a = np.zeros((1, 2, 3), np.uint8)
    b = a.copy()
    b[0, 0], b[0, 1] = 200, 3
    assert measure.spill(a, b, alpha) == 3
