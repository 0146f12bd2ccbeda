"""Pictures and masks of every kind become the right pixels."""

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from hairopt.errors import DataError
from hairopt.images import decode_image, decode_levels, read_bytes
from tests.pictures import RED_LEFT, mask_of, photo, png_chunk, saved


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_lossless_rgb_is_exact(kind: str):
    pixels = photo()
    decoded = decode_image(saved(pixels, kind, lossless=True), "a")
    assert decoded.dtype == np.uint8
    np.testing.assert_array_equal(decoded, pixels)


def test_jpeg_colours_match_pillow():
    data = saved(photo(), "JPEG", quality=95)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
    assert np.abs(decode_image(data, "a").astype(int) - expected).max() <= 2


@pytest.mark.parametrize("orientation", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_orientation_is_applied_exactly_once(kind: str, orientation: int):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 100, "subsampling": 0} if kind == "JPEG" else {"lossless": True}
    data = saved(RED_LEFT, kind, exif=exif.tobytes(), **options)
    upright = {
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, -1),
        7: lambda a: a.transpose(1, 0, 2)[::-1, ::-1],
        8: lambda a: np.rot90(a, 1),
    }.get(orientation, lambda a: a)(RED_LEFT)
    decoded = decode_image(data, "a").astype(int)
    assert decoded.shape == upright.shape
    assert np.abs(decoded - upright).max() <= 3


@pytest.mark.parametrize("orientation", [2, 3, 4, 5, 6, 7, 8])
@pytest.mark.parametrize("size", [(1, 7), (6, 9), (201, 334)])
def test_every_pixel_is_turned_to_its_place(orientation: int, size: tuple[int, int]):
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(saved(pixels, "PNG", exif=exif))))
    decoded = decode_image(saved(pixels, "PNG", exif=exif), "a")
    np.testing.assert_array_equal(decoded, np.asarray(expected))
    mask = np.where(pixels[..., 0] > 99, 255, 0).astype(np.uint8)
    levels = decode_levels(saved(mask, "PNG", exif=exif), "m")
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(saved(mask, "PNG", exif=exif))))
    np.testing.assert_array_equal(levels, np.asarray(expected))


def test_png_orientation_after_the_pixels_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 3
    plain = saved(RED_LEFT, "PNG")
    end = plain.rindex(b"IEND") - 4
    data = plain[:end] + png_chunk(b"eXIf", exif.tobytes()[6:]) + plain[end:]
    np.testing.assert_array_equal(decode_image(data, "a"), RED_LEFT[::-1, ::-1])


def test_damaged_exif_changes_nothing():
    data = saved(RED_LEFT, "PNG", exif=b"Exif\0\0nonsense that is no TIFF header")
    np.testing.assert_array_equal(decode_image(data, "a"), RED_LEFT)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_grey_becomes_three_equal_channels(kind: str):
    decoded = decode_image(saved(photo()[..., 0], kind), "a")
    assert decoded.shape == (96, 96, 3)
    assert np.ptp(decoded.astype(int), axis=2).max() <= (1 if kind == "WEBP" else 0)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_grey_of_few_bits_fills_the_range(bits: int):
    top = 2**bits - 1
    row = bytes([0, top << (8 - bits)])  # filter 0, then one pixel of the highest value
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, bits, 0, 0, 0, 0))
    body = png_chunk(b"IDAT", zlib.compress(row))
    data = b"\x89PNG\r\n\x1a\n" + header + body + png_chunk(b"IEND", b"")
    np.testing.assert_array_equal(decode_image(data, "a"), np.full((1, 1, 3), 255, np.uint8))
    assert mask_of(data, "a").tolist() == [[1.0]]


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_transparent_pixels_are_composited_on_white(kind: str):
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0] = [[200, 0, 0, 255], [200, 0, 0, 0], [200, 0, 0, 128]]
    decoded = decode_image(saved(rgba, kind, lossless=True, exact=True), "a")
    half = [round((200 * 128 + 255 * 127) / 255), round(255 * 127 / 255), 127]
    assert decoded[0].tolist() == [[200, 0, 0], [255, 255, 255], half]


def test_palette_and_palette_with_transparency():
    image = Image.fromarray(RED_LEFT).convert("P", palette=Image.Palette.ADAPTIVE, colors=2)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    np.testing.assert_array_equal(decode_image(buffer.getvalue(), "a"), RED_LEFT)
    red = int(np.asarray(image)[0, 0])
    buffer = io.BytesIO()
    image.save(buffer, "PNG", transparency=red)
    decoded = decode_image(buffer.getvalue(), "a")
    assert decoded[0, 0].tolist() == [255, 255, 255]
    assert decoded[0, 15].tolist() == [0, 0, 255]


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_bits_are_rounded_to_8(channels: int):
    deep = np.full((2, 2, channels), 257 * 100 + 128, np.uint16)
    deep[0, 0] = 65535
    if channels == 4:
        deep[..., 3] = 65535
    ok, data = cv2.imencode(".png", deep)
    assert ok
    decoded = decode_image(data.tobytes(), "a")
    assert decoded[0, 0].tolist() == [255] * 3
    assert decoded[1, 1].tolist() == [100] * 3  # 25828 / 257 = 100.498


def test_16_bits_keep_the_channel_order():
    bgr = np.zeros((1, 1, 3), np.uint16)
    bgr[..., 2] = 65535
    assert decode_image(cv2.imencode(".png", bgr)[1].tobytes(), "a")[0, 0].tolist() == [255, 0, 0]


def test_cmyk_jpeg_matches_pillow():
    data = saved(photo(), "JPEG", mode="CMYK", quality=95)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    np.testing.assert_array_equal(decode_image(data, "a"), expected)


def test_a_phone_jpeg_with_a_second_picture_is_read():
    buffer = io.BytesIO()
    frames = [Image.fromarray(photo(seed=seed)) for seed in (1, 2)]
    frames[0].save(buffer, "MPO", save_all=True, append_images=frames[1:])
    decoded = decode_image(buffer.getvalue(), "a")
    assert np.abs(decoded.astype(int) - photo(seed=1)).mean() < 5


def test_one_pixel():
    pixel = np.array([[[10, 20, 30]]], np.uint8)
    np.testing.assert_array_equal(decode_image(saved(pixel, "PNG"), "a"), pixel)
    assert decode_image(saved(pixel, "JPEG"), "a").shape == (1, 1, 3)


@pytest.mark.slow
def test_sixty_megapixels_are_read():
    data = cv2.imencode(".png", np.full((7500, 8000), 7, np.uint8))[1].tobytes()
    decoded = decode_image(data, "a")
    assert decoded.shape == (7500, 8000, 3)
    assert decoded[0, 0].tolist() == [7, 7, 7]


def test_mask_values_are_coverage():
    grey = np.array([[0, 51, 255]], np.uint8)
    mask = mask_of(saved(grey, "PNG"), "m")
    assert mask.dtype == np.float32
    np.testing.assert_allclose(mask, [[0, 0.2, 1]], atol=1e-7)
    np.testing.assert_array_equal(mask_of(saved(np.dstack([grey] * 3), "PNG"), "m"), mask)
    opaque = np.dstack([grey] * 3 + [np.full_like(grey, 255)])
    np.testing.assert_array_equal(mask_of(saved(opaque, "PNG"), "m"), mask)


def test_an_empty_mask_is_legitimate():
    assert mask_of(saved(np.zeros((3, 4), np.uint8), "PNG"), "m").max() == 0


def test_read_bytes_names_the_file(tmp_path: Path):
    with pytest.raises(DataError, match=r"none\.jpg cannot be read: No such file"):
        read_bytes(tmp_path / "none.jpg")
    with pytest.raises(DataError, match="cannot be read"):
        read_bytes(tmp_path)
    (tmp_path / "-a b.bin").write_bytes(b"x")
    assert read_bytes(tmp_path / "-a b.bin") == b"x"
