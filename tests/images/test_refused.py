"""Bad files of every kind: a sentence that names the file, and never other pixels."""

import io
import struct
import time

import numpy as np
import pytest
from PIL import Image

from hairopt.errors import DataError
from hairopt.images import decode, decode_image, limits, read_bytes
from tests.pictures import RED_LEFT, mask_of, photo, png_chunk, saved


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.7, 0.97, 0.999])
def test_truncated_files_are_refused(kind: str, kept: float):
    data = saved(photo(200), kind)
    with pytest.raises(DataError, match=r"face 1\.x cannot be used: it is"):
        decode_image(data[: int(len(data) * kept)], "face 1.x")


def test_a_truncated_progressive_jpeg_is_refused():
    data = saved(photo(200), "JPEG", progressive=True)
    with pytest.raises(DataError, match="truncated"):
        decode_image(data[: len(data) // 2], "a")


def test_trailing_bytes_after_a_whole_jpeg_are_harmless():
    data = saved(photo(), "JPEG")
    expected = decode_image(data, "a").astype(int)
    for tail in (b"\0" * 10, b"camera trailer"):
        assert np.abs(decode_image(data + tail, "a").astype(int) - expected).max() <= 2


def test_one_flipped_bit_in_a_png_is_refused():
    data = bytearray(saved(photo(), "PNG"))
    data[len(data) // 2] ^= 1
    with pytest.raises(DataError, match="checksum of a IDAT chunk"):
        decode_image(bytes(data), "a")


def test_a_damaged_webp_is_refused():
    data = bytearray(saved(photo(200), "WEBP", lossless=True))
    data[len(data) // 2 : len(data) // 2 + 60] = bytes(60)
    data[20:40] = bytes(20)
    with pytest.raises(DataError):
        decode_image(bytes(data), "a")


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_animations_are_refused(kind: str):
    buffer = io.BytesIO()
    frames = [Image.fromarray(photo(seed=seed)) for seed in (1, 2)]
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:])
    with pytest.raises(DataError, match="animated"):
        decode_image(buffer.getvalue(), "a")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", r"empty \(zero bytes\)"),
        (b"hello", "no picture"),
        (b"GIF89a...........", "a GIF file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:12\n", "a pointer of Git LFS"),
        (b"/annex/objects/MD5-s100--12\n", "git annex get"),
        (b"\0\0\0\x18ftypheic....", "HEIC"),
        (b"BM......", "a BMP file"),
        (b"\xff\xd8\xff\xe0", "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"RIFF\x10\0\0\0WEBP", "damaged"),
    ],
)
def test_what_is_no_picture_says_so(data: bytes, reason: str):
    with pytest.raises(DataError, match=rf"^-odd näme\.jpg cannot be used: .*{reason}"):
        decode_image(data, "-odd näme.jpg")
    with pytest.raises(DataError, match=reason):
        mask_of(data, "m.png")


@pytest.mark.parametrize("side", [8001, 40_000])
def test_a_decompression_bomb_is_refused_before_decoding(side: int):
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", b"") + png_chunk(b"IEND", b"")
    start = time.perf_counter()
    with pytest.raises(DataError, match=rf"it has {side} x {side} pixels, more than 64 megapixels"):
        decode_image(data, "a")
    assert time.perf_counter() - start < 1


def test_a_file_larger_than_any_picture_is_refused(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "MAX_FILE_MB", 1)
    data = saved(photo(), "PNG") + bytes(1_200_000)
    with pytest.raises(DataError, match=r"^a cannot be used: it is a file of 2 MB, more than 1 MB"):
        decode_image(data, "a")
    monkeypatch.setattr(decode, "MAX_FILE_MB", 1)
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(DataError, match=r"a\.png cannot be used: it is a file of more than 1 MB"):
        read_bytes(tmp_path / "a.png")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_too_much_metadata_is_refused(kind: str, monkeypatch: pytest.MonkeyPatch):
    """Libraries copy it: 400 MB of EXIF in a small JPEG took longer than anybody waits."""
    plain, exif = saved(photo(), kind), b"Exif\0\0MM\0*" + bytes(50_000)
    data = saved(photo(), kind, exif=exif)
    np.testing.assert_array_equal(decode_image(data, "a"), decode_image(plain, "a"))
    monkeypatch.setattr(limits, "MAX_METADATA_MB", 0.04)
    with pytest.raises(DataError, match=r"it has 1 MB of metadata, more than 0\.04 MB"):
        decode_image(data, "a")
    decode_image(plain, "a")


@pytest.mark.parametrize(("orientation", "mb"), [(1, 27), (3, 27), (6, 54), (8, 54)])
def test_turning_a_picture_counts(orientation: int, mb: int, monkeypatch: pytest.MonkeyPatch):
    """3000 x 3000 pixels: 27 MB, and as much again where rows become columns."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(np.zeros((3000, 3000, 3), np.uint8), "PNG", exif=exif)
    for most, refused in ((mb + 1, False), (mb - 1, True)):
        monkeypatch.setattr(limits, "MAX_DECODING_MB", most)
        if refused:
            with pytest.raises(DataError, match=f"which take {mb} MB to decode"):
                decode_image(data, "a")
        else:
            assert decode_image(data, "a").shape == (3000, 3000, 3)


def test_every_single_byte_of_a_small_png_that_changes_is_noticed_or_harmless():
    """Never a traceback, and never other pixels."""
    pixels = photo(12)
    data = saved(pixels, "PNG")
    for at in range(8, len(data)):
        damaged = bytearray(data)
        damaged[at] ^= 0x41
        try:
            np.testing.assert_array_equal(decode_image(bytes(damaged), "a"), pixels)
        except DataError:
            continue


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_random_damage_never_gives_a_traceback(kind: str):
    data = saved(photo(24), kind)
    rng = np.random.default_rng(0)
    for _ in range(300):
        damaged = bytearray(data)
        damaged[rng.integers(len(data))] ^= int(rng.integers(1, 256))
        try:
            decoded = decode_image(bytes(damaged), "a")
        except DataError:
            continue
        assert decoded.dtype == np.uint8
        assert decoded.ndim == 3


@pytest.mark.parametrize(
    ("pixels", "reason"),
    [
        (np.zeros((2, 2), np.uint16), "16 bits"),
        (RED_LEFT, "coloured"),
        (np.eye(4, dtype=np.uint8), r"class indices \(0, 1\)"),
        (np.zeros((2, 2, 4), np.uint8), "transparent"),
    ],
)
def test_masks_that_would_mislead_are_refused(pixels: np.ndarray, reason: str):
    with pytest.raises(DataError, match=rf"^m\.png cannot be used: .*{reason}"):
        mask_of(saved(pixels, "PNG"), "m.png")
