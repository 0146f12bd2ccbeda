from __future__ import annotations

import hashlib
import io
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter
from pydantic import TypeAdapter, ValidationError

from hairopt.datasets.changes import Change, change_image, change_mask, encode

from .conftest import disc, photo

ALL = {
    "darker": {"stops": 1.0},
    "brighter": {"stops": 1.0},
    "warmer": {"strength": 0.3},
    "noisy": {"sigma": 10.0, "seed": 3},
    "blurred": {"sigma_px": 2.0},
    "jpeg": {"quality": 30},
    "small": {"factor": 0.5},
    "large": {"factor": 2.0},
    "cropped": {"left": 0.1, "right": 0.6, "top": 0.25, "bottom": 1.0},
    "mirrored": {},
}


def make(name: str, **parameters: float) -> Change:
    return TypeAdapter(Change).validate_python({"change": name, **parameters})


@pytest.mark.parametrize("name", ALL)
def test_photo_and_truth_keep_the_same_size_and_their_types(name):
    change = make(name, **ALL[name])
    image, mask = change_image(photo(0), change), change_mask(disc(), change)
    assert image.shape[:2] == mask.shape
    assert image.dtype == np.uint8
    assert mask.dtype == np.uint8


def test_one_stop_is_a_factor_of_two_in_linear_light():
    """sRGB 188 is 0.503 linear; half of it is 0.2514 linear, sRGB 137.2; a quarter is 98.6."""
    grey = np.full((1, 1, 3), 188, dtype=np.uint8)
    assert change_image(grey, make("darker", stops=1.0)).tolist() == [[[137] * 3]]
    assert change_image(grey, make("darker", stops=2.0)).tolist() == [[[99] * 3]]
    assert change_image(grey, make("brighter", stops=1.0)).tolist() == [[[255] * 3]]


def test_warmer_raises_red_keeps_green_lowers_blue():
    """sRGB 128 is 0.2159 linear; times 1.3 it is sRGB 144.4, times 0.7 it is 108.4."""
    grey = np.full((1, 1, 3), 128, dtype=np.uint8)
    red, green, blue = change_image(grey, make("warmer", strength=0.3))[0, 0].tolist()
    assert (red, green, blue) == (144, 128, 108)


@given(st.integers(0, 255), st.floats(0.01, 6.0))
def test_darker_never_brightens(level, stops):
    pixel = np.full((1, 1, 3), level, dtype=np.uint8)
    assert change_image(pixel, make("darker", stops=stops)).max() <= level
    assert change_image(pixel, make("brighter", stops=stops)).min() >= level


@pytest.mark.parametrize("sigma", [0.5, 3.0, 12.0, 30.0])
def test_noise_has_the_sigma_asked_for_and_no_bias(sigma):
    grey = np.full((200, 200, 3), 128, dtype=np.uint8)
    noise = change_image(grey, make("noisy", sigma=sigma)).astype(float) - 128
    # Rounding to whole levels adds a variance of 1/12.
    assert noise.std() == pytest.approx((sigma**2 + 1 / 12) ** 0.5, rel=0.02)
    assert abs(noise.mean()) < 5 * sigma / noise.size**0.5 + 0.01


def test_noise_is_the_documented_stream():
    """The first pixel from PCG64's own output, by hand."""
    draws = np.random.PCG64(3).random_raw(3)
    sums = [sum(int(draw).to_bytes(8, "little")) - 1020 for draw in draws]
    grey = np.full((1, 1, 3), 128, dtype=np.uint8)
    expected = [round(128 + 10 * one / 43690**0.5) for one in sums]
    assert change_image(grey, make("noisy", sigma=10.0, seed=3))[0, 0].tolist() == expected


def test_geometry_moves_photo_and_truth_alike():
    mask = (np.arange(80 * 100).reshape(80, 100) % 256).astype(np.uint8)
    image = np.repeat(mask[..., None], 3, axis=2)
    for name in ("mirrored", "cropped"):
        change = make(name, **ALL[name])
        moved = change_mask(mask, change)
        assert np.array_equal(moved, change_image(image, change)[..., 0])
    twice = change_image(change_image(image, make("mirrored")), make("mirrored"))
    assert np.array_equal(twice, image)


def test_a_crop_is_the_rectangle_between_the_fractions():
    image = photo(0)
    cut = change_image(image, make("cropped", left=0.1, right=0.6, top=0.25, bottom=1.0))
    assert np.array_equal(cut, image[20:80, 10:60])


def test_half_size_averages_coverage():
    mask = np.zeros((4, 4), dtype=np.uint8)
    mask[0, 0] = mask[0, 1] = 255
    halved = change_mask(mask, make("small", factor=0.5))
    assert halved.tolist() == [[128, 0], [0, 0]]


@pytest.mark.parametrize("factor", [0.3, 0.5, 1.7, 2.0])
def test_resizing_keeps_the_hair_fraction_and_rings_nowhere(factor):
    change = make("small" if factor < 1 else "large", factor=factor)
    resized = change_mask(disc(), change)
    assert resized.mean() == pytest.approx(disc().mean(), rel=0.03)
    assert resized[resized.shape[0] // 2, resized.shape[1] // 2] == 255
    assert resized[0, 0] == 0


@pytest.mark.parametrize("name", ["darker", "warmer", "noisy", "blurred", "jpeg"])
def test_changes_of_colour_leave_the_truth_alone(name):
    assert np.array_equal(change_mask(disc(), make(name, **ALL[name])), disc())


def test_quality_decides_the_format():
    image = photo(0)
    png = encode(image, make("darker"))
    assert png.startswith(b"\x89PNG")
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png))), image)
    assert encode(image, make("jpeg")).startswith(b"\xff\xd8")
    coarse, fine = (encode(image, make("darker", quality=q)) for q in (10, 95))
    assert len(coarse) < len(fine)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("darker", {"stops": -1.0}),
        ("darker", {"stop": 1.0}),
        ("small", {}),
        ("large", {"factor": 100.0}),
        ("warmer", {"strength": 1.0}),
        ("jpeg", {"quality": 0}),
        ("cropped", {"left": 0.6, "right": 0.5}),
        ("noisy", {"sigma": float("nan")}),
        ("melted", {}),
    ],
)
def test_senseless_parameters_are_refused(name, parameters):
    with pytest.raises(ValidationError):
        make(name, **parameters)


_DIGEST_PROGRAM = """
import hashlib, numpy as np
from hairopt.datasets import default_datasets, load_dataset
total = hashlib.sha256()
dataset = load_dataset([p for p in default_datasets() if p.name == "starter"][0])
for case in dataset.cases:
    if case.name.endswith(("_noisy", "_small", "_warmer", "_jpeg", "_blurred")):
        loaded = case.read()
        total.update(loaded.data + loaded.image.tobytes() + loaded.truth.tobytes())
print(total.hexdigest(), dataset.fingerprint)
"""


def test_two_processes_with_other_hash_seeds_and_threads_agree(monkeypatch):
    answers = []
    for seed in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        monkeypatch.setenv("OMP_NUM_THREADS", seed)
        done = subprocess.run(
            [sys.executable, "-c", _DIGEST_PROGRAM], capture_output=True, text=True, check=True
        )
        answers.append(done.stdout)
    assert answers[0] == answers[1]


PINNED = {
    "darker": "81875addff62f31a",
    "brighter": "fb420caea391e21d",
    "warmer": "e91a1c3c1fafab96",
    "noisy": "f13e178bf45cdb5f",
    "cropped": "4a655a020a7d8444",
    "mirrored": "f597c0788c6fc04e",
}


@pytest.mark.parametrize("name", PINNED)
def test_integer_changes_give_these_pixels_on_every_machine(name):
    """Tables and integer arithmetic only, so the pixels are pinned."""
    pixels = change_image(_ramp(), make(name, **ALL[name])).tobytes()
    assert hashlib.sha256(pixels).hexdigest()[:16] == PINNED[name]


@pytest.mark.parametrize("name", ["noisy", "blurred", "small", "large"])
def test_strips_and_channels_give_what_the_whole_picture_gives(name):
    """Noise is one stream over all rows, Pillow's filters know each channel alone."""
    image, change = photo(3, 150, 70), make(name, **ALL[name])
    changed = change_image(image, change)
    if name == "noisy":
        draws = np.random.PCG64(3).random_raw(image.size).astype("<u8").view(np.uint8)
        sums = draws.reshape(-1, 8).sum(axis=1, dtype=np.int64) - 1020
        noise = np.rint(10 * sums / 43690**0.5).reshape(image.shape)
        assert np.abs(changed - np.clip(image + noise, 0, 255)).max() <= 1
        assert (changed == np.clip(image + noise, 0, 255)).mean() > 0.999
        return
    filtered = {
        "blurred": lambda whole: whole.filter(ImageFilter.GaussianBlur(2.0)),
        "small": lambda whole: whole.resize((35, 75), Image.Resampling.LANCZOS),
        "large": lambda whole: whole.resize((140, 300), Image.Resampling.LANCZOS),
    }[name]
    assert np.array_equal(changed, np.asarray(filtered(Image.fromarray(image))))


def test_no_table_entry_hangs_on_the_last_bit_of_a_power():
    """What makes the pins hold on every libm: levels are ties to the last bit, or far from one."""
    encoded = np.arange(256) / 255.0
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    for gain in (0.5, 2.0, 2**-1.5, 2**0.7, 1.3, 0.7):
        bright = np.minimum(linear * gain, 1.0)
        power = 1.055 * bright ** (1 / 2.4) - 0.055
        levels = 255 * np.where(bright <= 0.0031308, bright * 12.92, power)
        from_tie = np.abs(levels - np.floor(levels) - 0.5)
        assert ((from_tie < 1e-9) | (from_tie > 1e-6)).all()


def _ramp() -> np.ndarray:
    steps = np.arange(64 * 48 * 3, dtype=np.int64)
    return (steps * 37 % 256).astype(np.uint8).reshape(64, 48, 3)
