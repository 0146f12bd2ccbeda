"""What comes out is what Pillow reads."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from hairopt.errors import DataError
from hairopt.stages import STAGES
from hairopt.stages import encode as module
from hairopt.stages.decode import decode
from hairopt.stages.encode import encode_jpeg, encode_jpeg444, encode_png, encode_webp


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


@pytest.mark.parametrize("encode", [encode_jpeg, encode_jpeg444, encode_png, encode_webp])
@pytest.mark.parametrize("writeable", [True, False])
def test_large_pictures_give_the_same_bytes_and_stay_as_they_are(
    encode, writeable: bool, monkeypatch: pytest.MonkeyPatch
):
    """They are written through a file, with their channels exchanged in place meanwhile."""
    image = photo()
    expected = encode(image, 90)
    monkeypatch.setattr(module, "_LARGE_BYTES", 0)
    image.flags.writeable = writeable
    assert encode(image, 90) == expected
    assert encode(image[:, ::-1], 90) != expected
    np.testing.assert_array_equal(image, photo())


def test_a_large_picture_that_cannot_be_written_stays_as_it_is(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_LARGE_BYTES", 0)
    image = np.zeros((1, 17_000, 3), np.uint8)
    image[..., 0] = 1
    with pytest.raises(DataError, match="17000 x 1 pixels cannot be written as webp"):
        encode_webp(image, 90)
    assert image[0, 0].tolist() == [1, 0, 0]
