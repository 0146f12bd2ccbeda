"""JPEG noise in masks is told from soft edges, and measured."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from hairopt.images.compression_noise import compression_noise
from tests.conftest import ROOT


def compressed(levels: np.ndarray, quality: int, kind: str = "JPEG") -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(levels).convert("RGB").save(file, kind, quality=quality)
    return np.asarray(Image.open(file).convert("L"))


def noise(levels: np.ndarray) -> float:
    return compression_noise(levels.astype(np.float32) / np.float32(255))


def shipped(name: str) -> np.ndarray:
    return np.array(Image.open(ROOT / "datasets" / name).convert("L"))


HEADS = ("afro_black_front", "buzzed_grey_back", "coily_brown_back", "ponytail_blond_profile")


@pytest.fixture(params=HEADS)
def mask(request: pytest.FixtureRequest) -> np.ndarray:
    return shipped(f"rendered/masks/{request.param}.png")


@pytest.mark.parametrize("quality", [50, 75, 95])
@pytest.mark.parametrize("binary", [True, False])
def test_masks_that_were_a_jpeg_have_noise_and_more_the_less_their_quality(mask, quality, binary):
    if binary:
        mask = np.where(mask > 127, 255, 0).astype(np.uint8)
    found = noise(compressed(mask, quality))
    least, most = {50: (12, 64), 75: (8, 40), 95: (4, 12)}[quality]
    assert least / 255 <= found <= (most + 1) / 255
    assert noise(compressed(mask, quality)[3:, 5:]) > 0


def test_soft_masks_have_none(mask):
    assert noise(mask) == 0
    assert noise(np.where(mask > 127, 255, 0)) == 0
    assert noise(cv2.GaussianBlur(mask, (0, 0), 3)) == 0
    assert noise(cv2.resize(mask, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)) == 0
    assert noise(cv2.resize(mask, None, fx=1.7, fy=1.7, interpolation=cv2.INTER_CUBIC)) == 0


def test_a_mask_that_a_network_made_with_few_pixels_has_none(mask):
    small = cv2.resize(mask, (64, 64), interpolation=cv2.INTER_AREA)
    for kind in (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST):
        assert noise(cv2.resize(small, (512, 512), interpolation=kind)) == 0


def test_drawn_mattes_have_none_until_they_become_a_jpeg_or_webp(starter):
    for name in ("astronaut", "grace_hopper"):
        matte = shipped(f"starter/masks/{name}.png")
        assert noise(matte) == 0
        assert noise(compressed(matte, 85)) > 0
        assert noise(compressed(matte, 95, "WEBP")) > 0


@pytest.mark.parametrize("level", [0, 255])
def test_one_value_all_over_is_no_noise(level):
    assert noise(np.full((64, 64), level, np.uint8)) == 0


def test_black_that_a_jpeg_has_lifted_is():
    lifted = compressed(np.zeros((64, 64), np.uint8), 70)
    assert lifted.max() == 1
    assert not (lifted / np.float32(255) > compression_noise(lifted / np.float32(255))).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (7, 9), (8, 8), (15, 600)])
def test_masks_smaller_than_blocks(shape):
    assert noise(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)) == 0


def test_strips_add_up_to_the_whole():
    mask = cv2.resize(shipped("starter/masks/astronaut.png"), (600, 2100))
    assert noise(compressed(mask, 80)) > 0
    assert noise(mask) == 0
