"""Colours that a profile describes become sRGB, whatever the profile is called."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from hairopt.errors import DataError
from hairopt.images import decode_image
from tests.pictures import icc_profile, mask_of, photo, png_chunk, saved

LINEAR = icc_profile("sRGB IEC61966-2.1, or so it says", gamma=1.0)
P3_XYZ = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
P3_TO_SRGB = np.array([[1.2249, -0.2249, 0], [-0.0421, 1.0421, 0], [-0.0196, -0.0786, 1.0983]])
"""Linear Display P3 (SMPTE EG 432-1) to linear sRGB."""

SRGB_CHROMATICITIES = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
P3_CHROMATICITIES = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)


def encoded(linear: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1, to levels of 255."""
    linear = np.clip(linear, 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def decoded_srgb(levels: np.ndarray) -> np.ndarray:
    value = levels / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def with_chunks(png: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """Chunks inserted behind the header, whatever was there of those kinds left in place."""
    return png[:33] + b"".join(png_chunk(*chunk) for chunk in chunks) + png[33:]


def numbers(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


def gap(decoded: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(decoded.astype(float) - expected).max())


def test_a_linear_profile_that_calls_itself_srgb_is_converted():
    pixels = photo()
    decoded = decode_image(saved(pixels, "PNG", icc_profile=LINEAR), "a")
    assert gap(decoded, encoded(pixels / 255)) < 1


@pytest.mark.parametrize(
    ("kind", "options"),
    [("JPEG", {"quality": 90}), ("WEBP", {"lossless": True}), ("WEBP", {"quality": 80})],
)
def test_profiles_of_other_formats_are_converted(kind: str, options: dict[str, object]):
    pixels = photo()
    data = saved(pixels, kind, icc_profile=LINEAR, **options)
    plain = decode_image(saved(pixels, kind, **options), "a")
    assert gap(decode_image(data, "a"), encoded(plain / 255)) < 1


def test_an_srgb_profile_by_another_name_changes_nothing():
    pixels = photo()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    levels = np.rint(65535 * decoded_srgb(np.linspace(0, 255, 1024))).astype(int)
    table = icc_profile("My monitor", table=levels.tolist())
    for profile in (srgb, table):
        decoded = decode_image(saved(pixels, "PNG", icc_profile=profile), "a")
        np.testing.assert_array_equal(decoded, pixels)


@pytest.mark.parametrize(
    "profile",
    [
        b"not a profile at all",
        icc_profile("made for CMYK", gamma=1.0, space=b"CMYK"),
        icc_profile("made for grey", gamma=1.0, space=b"GRAY"),
    ],
)
def test_a_profile_that_cannot_apply_is_ignored_as_browsers_do(profile: bytes):
    pixels = photo()
    decoded = decode_image(saved(pixels, "PNG", icc_profile=profile), "a")
    np.testing.assert_array_equal(decoded, pixels)


def test_a_wide_gamut_profile_is_converted_to_srgb():
    """Display P3's red is outside sRGB; its middle grey is the same grey."""
    profile = icc_profile("Display P3", gamma=2.2, xyz=P3_XYZ)
    pixels = np.full((4, 8, 3), 128, np.uint8)
    pixels[:, 4:] = [180, 90, 90]
    decoded = decode_image(saved(pixels, "PNG", icc_profile=profile), "a").astype(int)
    assert np.abs(decoded[0, 0] - 128).max() <= 1
    linear = P3_TO_SRGB @ (np.array([180, 90, 90]) / 255) ** 2.2
    assert np.abs(decoded[0, 7] - encoded(linear)).max() <= 1.5


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("space", [b"GRAY", b"RGB "])
def test_greys_are_converted_by_profiles_for_grey_and_for_rgb(kind: str, space: bytes):
    grey = np.tile(np.arange(256, dtype=np.uint8), (16, 1))
    options = {"quality": 100} if kind == "JPEG" else {}
    plain = decode_image(saved(grey, kind, **options), "a")
    profile = icc_profile("Linear grey", gamma=1.0, space=space)
    decoded = decode_image(saved(grey, kind, icc_profile=profile, **options), "a")
    assert gap(decoded, encoded(plain / 255)) < 1


@pytest.mark.parametrize(("gamma", "exponent"), [(100_000, 1.0), (55_556, 1.8), (50_000, 2.0)])
def test_gamma_of_a_png_is_honoured(gamma: int, exponent: float):
    pixels = photo()
    data = with_chunks(saved(pixels, "PNG"), (b"gAMA", numbers(gamma)))
    assert gap(decode_image(data, "a"), encoded((pixels / 255) ** exponent)) < 1


@pytest.mark.parametrize("chromaticities", [None, SRGB_CHROMATICITIES])
def test_the_gamma_that_stands_for_srgb_changes_nothing(chromaticities: tuple[int, ...] | None):
    chunks = [(b"gAMA", numbers(45455))]
    if chromaticities:
        chunks.append((b"cHRM", numbers(*chromaticities)))
    pixels = photo()
    decoded = decode_image(with_chunks(saved(pixels, "PNG"), *chunks), "a")
    np.testing.assert_array_equal(decoded, pixels)


def test_chromaticities_of_a_png_are_honoured():
    pixels = photo()
    chunks = [(b"gAMA", numbers(50_000)), (b"cHRM", numbers(*P3_CHROMATICITIES))]
    decoded = decode_image(with_chunks(saved(pixels, "PNG"), *chunks), "a")
    linear = np.clip((pixels / 255) ** 2 @ P3_TO_SRGB.T, 0, 1)
    assert gap(decoded, encoded(linear)) < 2


@pytest.mark.parametrize("numbers_", [(0,) * 8, (31270, 0, *SRGB_CHROMATICITIES[2:]), (1,) * 8])
def test_chromaticities_that_span_no_colours_are_ignored(numbers_: tuple[int, ...]):
    pixels = photo()
    data = with_chunks(saved(pixels, "PNG"), (b"cHRM", numbers(*numbers_)))
    np.testing.assert_array_equal(decode_image(data, "a"), pixels)


def test_code_points_of_a_png_are_honoured():
    """12, 13, 0, 1 is Display P3 with the curve of sRGB."""
    pixels = photo()
    data = with_chunks(saved(pixels, "PNG"), (b"cICP", bytes([12, 13, 0, 1])))
    expected = encoded(np.clip(decoded_srgb(pixels) @ P3_TO_SRGB.T, 0, 1))
    assert gap(decode_image(data, "a"), expected) < 2


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ((9, 16, 0, 1), r"high dynamic range \(PQ, by its cICP chunk\); save it as sRGB"),
        ((9, 18, 0, 1), r"high dynamic range \(HLG"),
        ((1, 13, 0, 0), r"colours that are not read \(cICP 1-13-0-0\)"),
        ((1, 13, 1, 1), "not read"),
        ((200, 13, 0, 1), "not read"),
        ((1, 13, 0), "wrong length"),
    ],
)
def test_code_points_that_cannot_be_converted_are_refused(code: tuple[int, ...], reason: str):
    data = with_chunks(saved(photo(), "PNG"), (b"cICP", bytes(code)))
    with pytest.raises(DataError, match=rf"^a\.png cannot be used: it has .*{reason}"):
        decode_image(data, "a.png")


def test_the_highest_of_several_colour_chunks_counts():
    """Third edition of the PNG specification, 4.3: cICP, iCCP, sRGB, then gAMA and cHRM."""
    pixels = photo()
    low_to_high = [
        (b"gAMA", numbers(100_000)),
        (b"sRGB", b"\0"),
        (b"iCCP", b"x\0\0" + zlib.compress(LINEAR)),
        (b"cICP", bytes([1, 13, 0, 1])),
    ]
    linear = encoded(pixels / 255)
    expected = [linear, pixels, linear, pixels]
    for count in range(1, 5):
        decoded = decode_image(with_chunks(saved(pixels, "PNG"), *low_to_high[:count]), "a")
        assert gap(decoded, expected[count - 1]) < 1
        assert abs(float(decoded.mean()) - expected[count - 1].mean()) < 0.5


def test_a_damaged_icc_chunk_leaves_the_word_to_the_next():
    pixels = photo()
    chunks = [(b"iCCP", b"x\0\0" + zlib.compress(LINEAR)[:-9]), (b"gAMA", numbers(50_000))]
    decoded = decode_image(with_chunks(saved(pixels, "PNG"), *chunks), "a")
    assert gap(decoded, encoded((pixels / 255) ** 2)) < 1


def test_a_profile_that_unpacks_to_gigabytes_is_refused():
    packed = zlib.compress(bytes(40_000_000), 9)
    data = with_chunks(saved(photo(), "PNG"), (b"iCCP", b"x\0\0" + packed))
    with pytest.raises(DataError, match="colour profile of more than 16 MB"):
        decode_image(data, "a")


@pytest.mark.parametrize("gamma", [1, 4_000_000_000])
def test_a_gamma_that_is_no_curve_is_refused(gamma: int):
    data = with_chunks(saved(photo(), "PNG"), (b"gAMA", numbers(gamma)))
    with pytest.raises(DataError, match=f"gAMA chunk of {gamma}, which is no tone curve"):
        decode_image(data, "a")


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_linear_bits_keep_their_shadows(channels: int):
    """Rounded to 8 bits first, the darkest level would be 13 of 255."""
    ramp = np.linspace(0, 65535, 4096).astype(np.uint16)
    ramp[:2000] = np.arange(2000)
    deep = np.repeat(ramp[None, :, None], channels, axis=2)
    if channels == 4:
        deep[..., 3] = 65535
    plain = cv2.imencode(".png", deep)[1].tobytes()
    decoded = decode_image(with_chunks(plain, (b"gAMA", numbers(100_000))), "a")
    expected = encoded(ramp / 65535)
    assert np.abs(decoded[0] - expected[:, None]).max() < 1.6
    assert np.abs(decoded[0, :2000] - expected[:2000, None]).mean() < 0.5


def test_colours_are_converted_before_they_are_composited():
    pixel = np.array([[[100, 100, 100, 128]]], np.uint8)
    data = with_chunks(saved(pixel, "PNG"), (b"gAMA", numbers(100_000)))
    colour = encoded(np.array(100 / 255))
    expected = (colour * 128 + 255 * 127) / 255
    assert gap(decode_image(data, "a"), expected) < 1


def test_a_palette_is_converted():
    image = Image.fromarray(photo()).convert("P", palette=Image.Palette.ADAPTIVE, colors=16)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", icc_profile=LINEAR)
    expected = encoded(np.asarray(image.convert("RGB")) / 255)
    assert gap(decode_image(buffer.getvalue(), "a"), expected) < 1


def test_a_mask_counts_as_it_is_stored():
    """Coverage is no light: half covered is half covered under any profile."""
    grey = np.full((4, 4), 128, np.uint8)
    profile = icc_profile("Linear grey", gamma=1.0, space=b"GRAY")
    for data in (
        saved(grey, "PNG", icc_profile=profile),
        with_chunks(saved(grey, "PNG"), (b"gAMA", numbers(100_000))),
    ):
        np.testing.assert_allclose(mask_of(data, "m"), 128 / 255, rtol=1e-6)
