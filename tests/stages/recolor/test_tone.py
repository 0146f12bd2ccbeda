"""``recolor.tone``: the curve by hand, and what must hold on truly dyed heads."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from hairopt.images import decode_image
from hairopt.images.mask import decode_levels
from hairopt.metrics.ciede2000 import ciede2000
from hairopt.metrics.lab import lab_from_srgb
from hairopt.stages.recolor.hsv import Hsv
from hairopt.stages.recolor.tone.curve import Placement
from hairopt.stages.recolor.tone.look import look_at, tones
from hairopt.stages.recolor.tone.method import Tone, table_of
from hairopt.stages.recolor.tone.place import place
from hairopt.types import NAMED_SHADES, Box, Shade, Swatch

SET = Path(__file__).parents[3] / "datasets" / "rendered"
FRAME = Box.full(512, 512)
HEADS = {
    "dark": "straight_black_back",
    "medium": "curly_brown_back",
    "light": "ponytail_blond_profile",
    "grey": "short_grey_front",
}
LIGHT = ((119, 2.2, 1e-3), (40, 2.2, 1e-3), (119, 4.4, 1e-5))
"""Luma, exponent and offset of the logarithms in the statistics."""

PLACED = Placement(60.0, 5.0, 20.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@cache
def head(name):
    """Photo, mask as the method gets it, and the pixels of pure hair."""
    photo = decode_image((SET / "images" / f"{name}.png").read_bytes(), name)
    alpha = decode_levels((SET / "masks" / f"{name}.png").read_bytes(), name) / np.float32(255)
    photo.flags.writeable = False
    return photo, np.float32(0.1) + np.float32(0.8) * alpha, alpha > 0.9


def dyed(name, shade, intensity=100.0, method=Tone):
    photo, mask, core = head(name)
    return method().prepare(photo, mask, Shade.parse(shade), intensity)(FRAME)[core]


def truth(name, shade):
    return decode_image((SET / "dyed" / f"{name}@{shade}.png").read_bytes(), name)[head(name)[2]]


def difference(one, other):
    return float(ciede2000(lab_from_srgb(one), lab_from_srgb(other)).mean())


def mean_lab(pixels):
    return lab_from_srgb(pixels).mean(axis=1)


def test_a_curve_without_bends_keeps_the_contrast_and_the_colour():
    """The mean tone gets L* 60; a grey 20 brighter gets 80; a* and b* are the same everywhere."""
    curve = PLACED.curve(40.0)
    assert curve[np.abs(tones() - 40).argmin()] == pytest.approx([60, 5, 20], abs=0.3)
    assert curve[np.abs(tones() - 60).argmin()] == pytest.approx([80, 5, 20], abs=0.3)
    assert 98 < curve[255, 0] < 99  # white hair in a white light, not cut off


def test_every_number_of_a_placement_does_what_it_is_called():
    at = int(np.abs(tones() - 60).argmin())  # 20 above the mean tone of 40

    def colour(**changed):
        return replace(PLACED, **changed).curve(40.0)[at]

    step = tones()[at] - 40
    assert colour(log_gain=np.log(0.5))[0] == pytest.approx(60 + step / 2, abs=0.01)
    bent = step + 0.3 * 10 * (step / 10) ** 2 / (1 + step / 10)
    assert colour(bend=0.3)[0] == pytest.approx(60 + bent, abs=0.01)
    assert colour(a_slope=1.0)[1] == pytest.approx(5 + step / 10, abs=0.01)
    assert colour(b_slope=-2.0)[2] == pytest.approx(20 - 2 * step / 10, abs=0.01)
    fade = 1 - 0.5 * (step / 10) ** 2 / (1 + (step / 10) ** 2)
    assert colour(chroma_bend=-0.5)[1:] == pytest.approx([5 * fade, 20 * fade], abs=0.01)


def test_a_swatch_counts_half():
    """Placed at L* 60, swatch at 50: its a* there is 7 + 1 x 2 = 9, its b* 30 - 1 x 4 = 26."""
    swatch = Swatch("0" * 64, (50.0, 7.0, 30.0), 12.0, (2.0, -4.0))
    placed = PLACED.with_swatch(swatch, photo_spread=6.0)
    assert (placed.lightness, placed.a, placed.b) == pytest.approx((60, (5 + 9) / 2, (20 + 26) / 2))
    assert (placed.a_slope, placed.b_slope) == (1.0, -2.0)
    noisy = replace(swatch, slopes=(2.0, -40.0))
    assert PLACED.with_swatch(noisy, photo_spread=6.0) == placed
    assert placed.log_gain == pytest.approx(np.log(2) / 2)


def test_the_swatch_of_a_shade_changes_the_dyed_layer():
    photo, mask, core = head(HEADS["medium"])
    copper = Shade("#b5651d", "copper")
    redder = replace(copper, swatch=Swatch("0" * 64, (45.0, 40.0, 30.0), 12.0, (3.0, 3.0)))
    layers = [Tone().prepare(photo, mask, one, 100)(FRAME)[core] for one in (copper, redder)]
    assert mean_lab(layers[1])[1] > mean_lab(layers[0])[1] + 5


def test_lightness_never_falls_so_that_no_highlight_turns_dark():
    curve = replace(PLACED, bend=-3.0).curve(40.0)
    assert (np.diff(curve[:, 0]) >= 0).all()


def test_each_pixel_is_the_tables_colour_of_its_luma():
    photo, mask, _ = head(HEADS["medium"])
    shade = Shade.parse("platinum")
    look = look_at(photo, mask)
    table = table_of(place(look, shade).curve(look.mean_tone))
    expected = table[:, 0][cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)]
    layer = Tone().prepare(photo, mask, shade, 100)(FRAME)
    np.testing.assert_array_equal(layer, expected)


def test_the_statistics_are_those_of_the_photo():
    """Half hair of one grey, half rest of another: all spread is 0, all quantiles are equal."""
    photo = np.full((64, 64, 3), 119, np.uint8)
    photo[:, 32:] = 40
    mask = np.zeros((64, 64), np.float32)
    mask[:, :32] = 1
    numbers = look_at(photo, mask).numbers
    inside, outside = tones()[119], tones()[40]
    assert numbers[:5] == pytest.approx([inside] * 5, abs=0.26)
    assert numbers[5:14] == pytest.approx([0] * 9, abs=0.02)  # spread, and nine colours
    assert numbers[14] == pytest.approx(0.5, abs=0.02)
    assert numbers[15:18] == pytest.approx([outside] * 3, abs=0.26)
    near_and_skin = [outside, 0, 0, 0, outside, 0, 0]
    assert numbers[18:27] == pytest.approx([0, 0, *near_and_skin], abs=0.02)
    light = [np.log((level / 255) ** power + least) for level, power, least in LIGHT]
    assert numbers[27] == pytest.approx(outside, abs=0.26)
    assert numbers[29:] == pytest.approx(light, abs=0.01)
    assert look_at(photo, mask).mean_tone == pytest.approx(inside)


def test_skin_tells_more_than_the_wall_behind_it():
    photo = np.full((64, 64, 3), 119, np.uint8)
    photo[:16] = (30, 20, 15)
    photo[24:40, 24:40] = (205, 160, 135)
    mask = np.zeros((64, 64), np.float32)
    mask[:16] = 1
    skin = lab_from_srgb(np.array([[205, 160, 135]], np.uint8))[:, 0]
    assert look_at(photo, mask).numbers[24:27] == pytest.approx(skin, abs=7)


def test_a_larger_photo_of_the_same_head_looks_the_same():
    photo, mask, _ = head(HEADS["medium"])
    large = cv2.resize(photo, (1536, 1536), interpolation=cv2.INTER_CUBIC)
    few, many = look_at(photo, mask).numbers, look_at(large, mask).numbers
    assert many == pytest.approx(few, abs=0.6)


def test_it_is_nearer_to_the_truly_dyed_heads_than_hue_replacement():
    """The whole set is the table of docs/recolor.md."""
    ours, theirs = [], []
    for file in sorted((SET / "dyed").glob("*@*.png")):
        name, _, shade = file.stem.rpartition("@")
        if name in HEADS.values():
            ours.append(difference(dyed(name, shade), truth(name, shade)))
            theirs.append(difference(dyed(name, shade, method=Hsv), truth(name, shade)))
    assert len(ours) == 8
    assert np.mean(ours) < 0.7 * np.mean(theirs)


def test_dark_hair_becomes_light_and_light_hair_dark():
    photo, _, core = head(HEADS["dark"])
    assert mean_lab(dyed(HEADS["dark"], "platinum"))[0] > mean_lab(photo[core])[0] + 20
    assert mean_lab(dyed(HEADS["light"], "black"))[0] < 25


@pytest.mark.parametrize("name", HEADS.values(), ids=HEADS)
def test_a_natural_blond_is_warm_and_a_natural_black_is_not_blue(name):
    _, a, b = mean_lab(dyed(name, "blond"))
    assert b > 10
    assert 0 < np.degrees(np.arctan2(b, a)) < 88  # above 90 it would be olive
    assert mean_lab(dyed(name, "black"))[2] > -1


def test_intensity_0_and_a_photo_without_hair_stay_as_they_are():
    photo, mask, _ = head(HEADS["dark"])
    for found, intensity in ((mask, 0.0), (np.zeros_like(mask), 100.0)):
        layer = Tone().prepare(photo, found, Shade.parse("blond"), intensity)(FRAME)
        np.testing.assert_array_equal(layer, photo)


@pytest.mark.parametrize("name", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("shade", ["black", "platinum", "violet"])
def test_intensity_is_even_to_the_eye(name, shade):
    photo, _, core = head(name)
    steps = np.arange(0, 101, 10)
    moved = np.array([difference(photo[core], dyed(name, shade, float(step))) for step in steps])
    assert moved[0] == 0
    assert (np.diff(moved) > 0).all()
    assert moved / moved[-1] == pytest.approx(steps / 100, abs=0.08)


@pytest.mark.parametrize("name", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("shade", NAMED_SHADES)
def test_texture_stays_and_nothing_clips(name, shade):
    photo, _, core = head(name)
    after = dyed(name, shade)
    cut = [np.isin(pixels, (0, 255)).any(axis=1).mean() for pixels in (photo[core], after)]
    assert cut[1] <= cut[0] + 0.002
    lightness = lab_from_srgb(after)[0], lab_from_srgb(photo[core])[0]
    assert lightness[0].std() > 0.25 * lightness[1].std()
    assert np.corrcoef(*lightness)[0, 1] > 0.9


def test_parts_are_those_of_the_whole():
    photo, mask, _ = head(HEADS["light"])
    part = Box(100, 180, 33, 250)
    for intensity in (55.0, 100.0):
        dye = Tone().prepare(photo, mask, Shade.parse("burgundy"), intensity)
        np.testing.assert_array_equal(dye(part), dye(FRAME)[part.slices])
