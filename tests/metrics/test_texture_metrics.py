"""Texture kept: scikit-image's SSIM, and what each of the two numbers is blind to."""

import cv2
import numpy as np
import pytest
from skimage.metrics import structural_similarity

from hairopt.metrics.texture import LightnessTexture, TextureSums


def strands(seed=0, shape=(60, 70)):
    noise = np.random.default_rng(seed).random(shape).astype(np.float32)
    return 20 + 60 * cv2.GaussianBlur(noise, (0, 0), 1)


def scores(photo, output, core=None):
    core = np.ones(photo.shape, bool) if core is None else core
    sums = TextureSums.of(LightnessTexture.of(photo), LightnessTexture.of(output), core)
    return sums.metrics()


@pytest.mark.parametrize("seed", range(3))
def test_as_scikit_image(seed):
    photo, output = strands(seed), strands(seed) + 0.3 * strands(seed + 10)
    core = np.zeros(photo.shape, bool)
    core[8:40, 10:55] = True
    _, full = structural_similarity(
        photo.astype(float),
        output.astype(float),
        data_range=100,
        full=True,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    assert scores(photo, output, core)["texture_kept"] == pytest.approx(full[core].mean(), abs=1e-4)


def test_identity_is_1():
    assert scores(strands(), strands()) == pytest.approx(
        {"texture_kept": 1.0, "texture_structure": 1.0}
    )


def test_a_lighter_shade_costs_kept_but_not_structure():
    found = scores(strands(), strands() + 30)
    assert found["texture_structure"] == pytest.approx(1, abs=1e-4)
    assert found["texture_kept"] < 0.95


def test_paint_without_strands_loses_the_structure():
    photo = strands()
    found = scores(photo, np.full_like(photo, photo.mean()))
    assert found["texture_structure"] < 0.5


def test_more_smoothing_keeps_less():
    photo = strands()
    kept = [scores(photo, cv2.GaussianBlur(photo, (0, 0), s))["texture_kept"] for s in (0.5, 1, 2)]
    assert kept == sorted(kept, reverse=True)


def test_mirror_transpose_and_symmetry():
    one, two = strands(1), strands(2)
    expected = scores(one, two)
    for first, second in ((two, one), (one[:, ::-1], two[:, ::-1]), (one.T, two.T)):
        found = scores(np.ascontiguousarray(first), np.ascontiguousarray(second))
        assert found == pytest.approx(expected, abs=1e-5)


def test_an_empty_core_is_undefined():
    assert scores(strands(), strands(), np.zeros((60, 70), bool)) == {
        "texture_kept": None,
        "texture_structure": None,
    }
