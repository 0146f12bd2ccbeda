"""Masks, photos, shades and intensities at the ends of what is allowed, for built-in methods."""

import textwrap

import cv2
import numpy as np
import pytest

from hairopt.errors import HairoptError
from hairopt.metrics.ciede2000 import ciede2000
from hairopt.metrics.lab import lab_from_srgb
from hairopt.stages.recolor.load import load_recolorer
from hairopt.types import Box, Shade

METHODS = ("hsv", "lab", "tone")
FRAME = Box.full(96, 80)
AUBURN = (124, 58, 31)


def photo():
    """Brown hair with strands, above a face, before a bright wall."""
    rng = np.random.default_rng(0)
    pixels = np.full((96, 80, 3), (200, 205, 210), np.uint8)
    strands = cv2.GaussianBlur(rng.normal(0, 60, (50, 60)), (1, 9), 3)[..., None]
    pixels[10:60, 10:70] = np.clip(np.array([88, 62, 48]) + strands, 4, 250)
    pixels[60:90, 25:55] = (205, 160, 135)
    return pixels


def mask(of="hair"):
    found = np.zeros((48, 40), np.float32)
    if of == "hair":
        found[5:30, 5:35] = 1
    if of == "one pixel":
        found[12, 12] = 1
    if of == "everything":
        found[:] = 1
    return found


def dyed(method, shade="auburn", intensity=100.0, of="hair", given=None):
    pixels = photo() if given is None else given
    pixels.flags.writeable = False
    recolorer = load_recolorer(method, {})
    return recolorer.prepare(pixels, mask(of), Shade.parse(shade), intensity)(FRAME)


def moved(one, other):
    lab = [lab_from_srgb(pixels[12:58, 12:68].reshape(-1, 3)) for pixels in (one, other)]
    return float(ciede2000(*lab).mean())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("of", ["nothing", "one pixel", "everything"])
def test_every_mask_gives_a_layer(method, of):
    layer = dyed(method, of=of)
    assert layer.shape == (96, 80, 3)
    if (
        method != "hsv" and of == "nothing"
    ):  # hsv needs no mask: the blend leaves the photo as it is
        np.testing.assert_array_equal(layer, photo())
    if of == "everything":
        assert moved(layer, photo()) > 3


@pytest.mark.parametrize("method", METHODS)
def test_a_grey_photo_gets_the_shades_hue(method):
    grey = np.repeat(cv2.cvtColor(photo(), cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    layer = dyed(method, given=grey).astype(int)[12:58, 12:68]
    red, green, blue = layer.reshape(-1, 3).mean(axis=0)
    assert red > green > blue


@pytest.mark.parametrize("method", METHODS)
def test_a_shade_equal_to_the_hair_changes_little(method):
    hair = photo()[12:58, 12:68].reshape(-1, 3).mean(axis=0).astype(int)
    code = "#{:02x}{:02x}{:02x}".format(*hair)
    assert moved(dyed(method, code), photo()) < 0.7 * moved(dyed(method, "#2b4fb3"), photo())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shade", ["#000000", "#ffffff"])
def test_black_and_white_are_shades(method, shade):
    layer = dyed(method, shade)
    assert layer.dtype == np.uint8
    spread = np.ptp(layer.astype(int).reshape(-1, 3).mean(axis=0))
    assert spread < 60  # no hue comes from nowhere
    if method == "tone":
        core = layer[12:58, 12:68]
        assert not np.isin(core, (0, 255)).any()
        assert core.astype(float).std() > 1


@pytest.mark.parametrize("method", METHODS)
def test_intensities_0_1_and_100(method):
    none, least, full = (dyed(method, "#2b4fb3", value) for value in (0.0, 1.0, 100.0))
    np.testing.assert_array_equal(none, photo())
    assert np.abs(least.astype(int) - photo()).max() <= 12
    assert 0 < moved(least, photo()) < 0.1 * moved(full, photo())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [(1, 1), (2, 3), (1, 700)])
def test_the_smallest_photos(method, size):
    pixels = np.full((*size, 3), 90, np.uint8)
    recolorer = load_recolorer(method, {})
    dye = recolorer.prepare(pixels, np.ones(size, np.float32), Shade.parse("blond"), 70.0)
    assert dye(Box.full(*size)).shape == (*size, 3)


@pytest.mark.parametrize("form", ["function", "prepare", "part"])
def test_what_a_plug_in_raises_names_it_and_is_no_defect_of_hairopt(tmp_path, form):
    bodies = {
        "function": "def dye(photo, mask, shade, intensity): raise OSError('no licence')",
        "prepare": "class dye:\n    def prepare(self, *given): raise OSError('no licence')",
        "part": """
            def fail(box): raise OSError('no licence')
            class dye:
                def prepare(self, *given): return fail
        """,
    }
    file = tmp_path / "mine.py"
    file.write_text(textwrap.dedent(bodies[form]))
    with pytest.raises(HairoptError, match=r"mine.py:dye raised OSError: no licence"):
        dyed(f"file:{file}:dye")
