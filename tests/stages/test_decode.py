"""Scaled decoding: half the sides, the same picture."""

import cv2
import numpy as np
import pytest

from hairopt.stages.decode import decode
from hairopt.stages.nothing import load_nothing


@pytest.fixture(scope="module")
def photo():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (121, 83, 3), dtype=np.uint8)
    return cv2.GaussianBlur(noise, (15, 15), 5)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("reduce", [1, 2, 4, 8])
def test_sides_are_divided_and_rounded_up(photo, suffix, reduce):
    data = cv2.imencode(suffix, photo)[1].tobytes()
    assert decode(data, reduce=reduce).shape == (-(-121 // reduce), -(-83 // reduce), 3)


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_it_is_the_area_average_of_the_whole_picture(photo, suffix):
    data = cv2.imencode(suffix, photo, [cv2.IMWRITE_JPEG_QUALITY, 100])[1].tobytes()
    whole = decode(data)
    half = cv2.resize(whole, (42, 61), interpolation=cv2.INTER_AREA)
    difference = np.abs(decode(data, reduce=2).astype(int) - half)
    assert difference.mean() < 1.5


def test_orientation_is_kept(photo, tmp_path):
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(photo).save(tmp_path / "a.jpg", exif=exif)
    assert decode((tmp_path / "a.jpg").read_bytes(), reduce=2).shape == (42, 61, 3)


def test_nothing_finds_no_hair_whatever_it_is_told(photo):
    mask = load_nothing(runtime="anything", threads=3, later_setting=True)(photo)
    assert mask.dtype == np.float32
    assert not mask.any()
