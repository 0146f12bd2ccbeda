"""What comes out is what Pillow reads."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from hairopt.errors import DataError
from hairopt.stages import STAGES
from hairopt.stages.decode import decode
from hairopt.stages.encode import encode_jpeg, encode_png, encode_webp


def photo() -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 256, (64, 80, 3), dtype=np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 4)


def test_png_is_exact():
    data = encode_png(photo(), 1)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(data))), photo())
    np.testing.assert_array_equal(decode(data), photo())


@pytest.mark.parametrize(("encode", "kind"), [(encode_jpeg, "JPEG"), (encode_webp, "WEBP")])
def test_lossy_formats_are_near_and_quality_costs_bytes(encode, kind: str):
    small, large = encode(photo(), 30), encode(photo(), 95)
    assert len(small) < len(large)
    image = Image.open(io.BytesIO(large))
    assert image.format == kind
    assert np.abs(np.asarray(image.convert("RGB")).astype(int) - photo()).mean() < 3


def test_a_picture_too_large_for_webp_says_so():
    with pytest.raises(DataError, match="20000 x 1 pixels cannot be written as webp"):
        encode_webp(np.zeros((1, 20_000, 3), np.uint8), 90)


@pytest.mark.parametrize("name", STAGES.names())
def test_every_registered_stage_but_the_network_loads(name: str):
    if not name.startswith("segment."):
        assert callable(STAGES.get(name))
