"""Files that libraries decode to something, although part of them is missing."""

import io
import os
import struct
import subprocess
import sys
import threading
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from hairopt.errors import DataError
from hairopt.images import decode_image, opencv
from hairopt.images.header import DamagedError
from tests.pictures import mask_of, photo, png_chunk, saved

JPEGS = {
    "baseline": {},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_rows": 1},
    "own tables": {"optimize": True},
}
END = b"\xff\xd9"


def jpeg(kind: str, **options: object) -> bytes:
    return saved(photo(200), "JPEG", quality=90, **JPEGS[kind], **options)


def spoilt(data: bytes) -> dict[str, bytes]:
    """A file whose second half is not what it was; with and without an end marker."""
    half, rest = data[: len(data) // 2], len(data) - len(data) // 2
    noise = np.random.default_rng(1).bytes(rest)
    tails = {"nothing": b"", "zeros": bytes(rest), "ff": b"\xff" * rest, "noise": noise}
    found = {f"{name} in its second half": half + tail for name, tail in tails.items()}
    found |= {f"{name}, then an end": half + tail[:-2] + END for name, tail in tails.items()}
    found["a hole"] = half + bytes(rest // 4) + data[len(half) + rest // 4 :]
    found["its last sixteenth zeros"] = data[: len(data) * 15 // 16] + bytes(len(data) // 16)
    found["its last sectors zeros"] = data[:-1024] + bytes(1024)
    found["no end"] = data[:-2]
    return found


@pytest.mark.parametrize("damage", spoilt(jpeg("baseline")))
@pytest.mark.parametrize("kind", JPEGS)
def test_a_spoilt_jpeg_is_refused(kind: str, damage: str, capfd: pytest.CaptureFixture[str]):
    data = spoilt(jpeg(kind))[damage]
    with pytest.raises(DataError, match=r"^a\.jpg cannot be used: it is truncated or damaged \("):
        decode_image(data, "a.jpg")
    assert capfd.readouterr().err == ""


def test_libjpeg_tells_in_the_sentence_what_is_wrong(capfd: pytest.CaptureFixture[str]):
    data = jpeg("baseline")
    with pytest.raises(DataError, match="Corrupt JPEG data: premature end of data segment"):
        decode_image(data[: len(data) // 2] + END, "a.jpg")
    assert capfd.readouterr().err == ""


def test_a_spoilt_cmyk_jpeg_is_refused():
    data = jpeg("baseline", mode="CMYK")
    for damage in ("zeros, then an end", "noise, then an end", "nothing in its second half"):
        with pytest.raises(DataError, match="truncated or damaged"):
            decode_image(spoilt(data)[damage], "a.jpg")


@pytest.mark.parametrize("kind", JPEGS)
def test_what_cameras_leave_behind_is_no_damage(kind: str, capfd: pytest.CaptureFixture[str]):
    """A few bytes too many before the end, a trailer, padding to a sector."""
    data = jpeg(kind)
    expected = decode_image(data, "a")
    for harmless in (data[:-2] + bytes(6) + END, data + b"trailer" * 99, data + bytes(4096)):
        np.testing.assert_array_equal(decode_image(harmless, "a"), expected)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("options", [{}, {"optimize": True}, {"progressive": True}])
def test_an_even_jpeg_is_no_damage(options: dict[str, object]):
    """With tables of its own, an even area is nothing but zeros."""
    even = np.full((1500, 1500, 3), 200, np.uint8)
    assert np.ptp(decode_image(saved(even, "JPEG", **options), "a")) == 0


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("share", [2, 3, 8])
def test_a_webp_that_ends_in_zeros_is_refused(lossless: bool, share: int):
    noise = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    data = saved(cv2.GaussianBlur(noise, (0, 0), 1), "WEBP", lossless=lossless, quality=80)
    zeros = len(data) // share
    with pytest.raises(DataError, match=r"its last \d+ bytes are zeros"):
        decode_image(data[:-zeros] + bytes(zeros), "a.webp")


@pytest.mark.parametrize("quality", [1, 50, 100])
@pytest.mark.parametrize("side", [16, 333, 1500])
def test_an_even_webp_is_no_damage(side: int, quality: int):
    even = np.full((side, side, 3), 200, np.uint8)
    even[: side // 2] = photo(side)[: side // 2]
    decode_image(saved(even, "WEBP", lossless=True, quality=quality, method=0), "a")
    for method in (0, 4):
        decode_image(saved(even, "WEBP", quality=quality, method=method), "a")
        decode_image(saved(even[side // 2 :], "WEBP", quality=quality, method=method), "a")


def png(rows: bytes, *chunks: bytes, side: int = 64) -> bytes:
    """RGB, whatever the compressed data are; all checksums are right."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    body = b"".join(chunks) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + body


ROWS = b"".join(b"\0" + row.tobytes() for row in photo(64))


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (zlib.compress(ROWS[: len(ROWS) // 2]), "Not enough image data"),
        (zlib.compress(ROWS)[:-40], "Not enough image data"),
        (zlib.compress(ROWS)[:-4] + b"none", "incorrect data check"),
        (zlib.compress(b"\x09" + ROWS[1:]), "bad adaptive filter value"),
    ],
)
def test_a_png_with_right_checksums_and_wrong_data_is_refused(
    packed: bytes, reason: str, capfd: pytest.CaptureFixture[str]
):
    with pytest.raises(DataError, match=rf"truncated or damaged \(.*{reason}"):
        decode_image(png(packed), "a.png")
    assert capfd.readouterr().err == ""


def test_a_png_with_transparency_or_a_palette_is_checked_likewise():
    for mode in ("P", "RGBA", "LA"):
        data = saved(photo(64), "PNG", mode=mode)
        at = data.index(b"IDAT")
        length = struct.unpack_from(">I", data, at - 4)[0]
        rows = zlib.decompress(data[at + 4 : at + 4 + length])
        half = png_chunk(b"IDAT", zlib.compress(rows[: len(rows) // 2]))
        with pytest.raises(DataError, match="Not enough image data"):
            decode_image(data[: at - 4] + half + data[at + 8 + length :], "a.png")


def test_what_libpng_only_grumbles_at_is_read(capfd: pytest.CaptureFixture[str]):
    grumbles = png_chunk(b"iCCP", b"x\0\0" + zlib.compress(b"rubbish"))
    plain = decode_image(png(zlib.compress(ROWS)), "a")
    np.testing.assert_array_equal(decode_image(png(zlib.compress(ROWS), grumbles), "a"), plain)
    np.testing.assert_array_equal(decode_image(png(zlib.compress(ROWS + ROWS)), "a"), plain)
    assert capfd.readouterr().err == ""


def test_megabytes_of_text_in_a_png_are_no_matter():
    text = png_chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(80_000_000), 9))
    plain = png_chunk(b"tEXt", b"k\0" + b"x" * 5_000_000)
    expected = decode_image(png(zlib.compress(ROWS)), "a")
    np.testing.assert_array_equal(
        decode_image(png(zlib.compress(ROWS), text, plain), "a"), expected
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_large_files_are_decoded_and_refused_alike(kind: str, monkeypatch: pytest.MonkeyPatch):
    """They take the other way into OpenCV, without a copy."""
    data = saved(photo(200), kind)
    expected = decode_image(data, "a")
    monkeypatch.setattr(opencv, "_LARGE_BYTES", 0)
    np.testing.assert_array_equal(decode_image(data, "a"), expected)
    np.testing.assert_array_equal(decode_image(data, "a", reduce=2).shape, (100, 100, 3))
    for cut in (len(data) // 2, len(data) - 30):
        with pytest.raises(DataError, match="truncated or damaged"):
            decode_image(data[:cut], "a")
    if kind == "PNG":
        with pytest.raises(DataError, match="Not enough image data"):
            decode_image(png(zlib.compress(ROWS[: len(ROWS) // 2])), "a.png")
    if kind == "JPEG":
        for damage in ("zeros, then an end", "noise in its second half"):
            with pytest.raises(DataError, match="truncated or damaged"):
                decode_image(spoilt(data)[damage], "a")


def test_a_large_file_whose_header_opencv_cannot_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    """``imread`` gives the array back as it was then: whatever lay in memory, not the picture."""
    monkeypatch.setattr(opencv, "_LARGE_BYTES", 0)
    for data in (b"no picture at all" * 9, b"\x89PNG\r\n\x1a\n" + bytes(90)):
        with pytest.raises(DamagedError, match="the decoder gave up"):
            opencv.decode(data, cv2.IMREAD_COLOR_RGB, (60, 60, 3))


def test_a_large_webp_does_not_take_the_way_that_ends_at_64_mib(monkeypatch: pytest.MonkeyPatch):
    data = saved(photo(200), "WEBP", lossless=True)
    monkeypatch.setattr(opencv, "_LARGE_BYTES", 0)
    monkeypatch.setattr(opencv, "_as_file", None)
    np.testing.assert_array_equal(decode_image(data, "a"), photo(200))


def test_what_other_threads_write_meanwhile_is_passed_on():
    """In a process of its own: its stderr is a pipe that only this test reads."""
    code = (
        "import os, sys, threading, time\n"
        "from hairopt.images import opencv\n"
        "def slow(data, *rest):\n"
        "    os.write(2, b'Corrupt JPEG data: 3 extraneous bytes before marker 0xd9\\n')\n"
        "    thread = threading.Thread(target=os.write, args=(2, b'a line of the program\\n'))\n"
        "    thread.start(); thread.join()\n"
        "    return real(data, *rest)\n"
        "real, opencv._into_array = opencv._into_array, slow\n"
        "from hairopt.images import decode_image\n"
        "decode_image(sys.stdin.buffer.read(), 'a')\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], input=jpeg("baseline"), capture_output=True, check=True
    )
    assert ran.stderr == b"a line of the program\n"


def test_threads_that_decode_at_once_keep_stderr_and_their_own_verdicts():
    whole = saved(photo(300), "JPEG", quality=95)
    broken = whole[: len(whole) // 2] + END
    before, wrong = os.fstat(2), []

    def work(data: bytes, *, refused: bool) -> None:
        for _ in range(20):
            try:
                decode_image(data, "a")
            except DataError:
                wrong.append(data) if not refused else None
            else:
                wrong.append(data) if refused else None

    threads = [
        threading.Thread(target=work, args=(data,), kwargs={"refused": data is broken})
        for data in (whole, broken, whole, broken)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert os.fstat(2) == before


def test_the_smallest_webp_is_read():
    even = np.full((64, 64, 3), 200, np.uint8)
    data = saved(even, "WEBP", lossless=True, quality=100, method=6)
    assert len(data) < 32
    np.testing.assert_array_equal(decode_image(data, "a"), even)


def test_pixels_of_a_webp_with_an_alpha_channel_are_exact():
    rgba = np.dstack([photo(64), np.full((64, 64), 255, np.uint8)])
    rgba[:32, :, 3] = 0
    buffer = io.BytesIO()
    Image.fromarray(rgba).save(buffer, "WEBP", lossless=True)
    decoded = decode_image(buffer.getvalue(), "a")
    np.testing.assert_array_equal(decoded[32:], rgba[32:, :, :3])
    assert (decoded[:32] == 255).all()
    assert cv2.imdecode(np.frombuffer(buffer.getvalue(), np.uint8), -1).shape == (64, 64, 4)


@pytest.mark.parametrize("lossless", [False, True])
def test_a_webp_that_promises_an_alpha_channel_and_has_none(lossless: bool):
    data = saved(photo(64), "WEBP", lossless=lossless, exif=b"Exif\0\0none")  # so that it has flags
    promised = data[:20] + bytes([data[20] | 0x10]) + data[21:]
    np.testing.assert_array_equal(decode_image(promised, "a"), decode_image(data, "a"))
    grey = saved(photo(64)[..., 0], "WEBP", lossless=True, exif=b"Exif\0\0none")
    assert mask_of(grey[:20] + bytes([grey[20] | 0x10]) + grey[21:], "m").shape == (64, 64)


def test_what_follows_a_png_is_not_looked_at():
    """OpenCV reads on behind the end, and takes four bytes for the length of a chunk."""
    data = png(zlib.compress(ROWS))
    junk = b"\x7f\xff\xff\xffIDAT" + bytes(100)
    np.testing.assert_array_equal(decode_image(data + junk, "a"), decode_image(data, "a"))


@pytest.mark.parametrize(("bits", "colour"), [(0, 0), (0, 2), (4, 2), (16, 3), (8, 7), (32, 0)])
def test_a_png_of_pixels_that_do_not_exist_is_refused(bits: int, colour: int):
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, bits, colour, 0, 0, 0))
    body = png_chunk(b"tRNS", bytes(2)) + png_chunk(b"IDAT", zlib.compress(bytes(999)))
    data = b"\x89PNG\r\n\x1a\n" + header + body + png_chunk(b"IEND", b"")
    with pytest.raises(DataError, match=f"no kind of pixels \\({bits} bits, colour {colour}\\)"):
        decode_image(data, "a")
