"""Colour errors of pictures: identity, known shifts, scikit-image, slices by lightness."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import deltaE_cie76, deltaE_ciede2000, rgb2lab

from hairopt.errors import UsageError
from hairopt.metrics.color import HAIR_BANDS, ColorSums, Mean, de76, hair_band
from hairopt.metrics.lab import lab_from_srgb
from hairopt.types import Shade


def lab(*colors):
    return np.array(colors, np.float32).T.copy()


def color_metrics(output, wanted, band="light"):
    return ColorSums.of(output, wanted).metrics(band)


def shade_hit_de00(output, shade):
    return ColorSums.of(output, output).shade_hit_de00(shade)


def test_equal_pictures_differ_by_nothing():
    colors = lab_from_srgb(np.random.default_rng(0).integers(0, 256, (500, 3)).astype(np.uint8))
    found = color_metrics(colors, colors)
    assert found.pop("color_de00_dark") is found.pop("color_de00_grey") is None
    assert found.pop("color_de00_medium") is None
    assert found == pytest.approx(dict.fromkeys(found, 0.0), abs=1e-5)


def test_signs_of_the_parts():
    ideal, output = lab((50, 20, 0)), lab((53, 0, 30))
    found = color_metrics(output, ideal)
    assert found["color_dl"] == pytest.approx(3)
    assert found["color_dc"] == pytest.approx(10)
    # 90 degrees counter-clockwise: 2 sqrt(20 * 30) sin 45.
    assert found["color_dh"] == pytest.approx(2 * np.sqrt(600) * np.sin(np.pi / 4))
    assert found["color_de76"] == pytest.approx(np.sqrt(9 + 400 + 900))
    assert found["color_de76"] ** 2 == pytest.approx(
        sum(found[f"color_{part}"] ** 2 for part in ("dl", "dc", "dh"))
    )


@pytest.mark.parametrize("band", HAIR_BANDS)
def test_means_are_over_pixels_and_the_band_is_that_of_the_head(band):
    wanted = lab((10, 0, 0), (30, 0, 0), (60, 0, 0), (60, 0, 0))
    output = lab((10, 0, 0), (32, 0, 0), (63, 0, 0), (60, 0, 0))
    found = color_metrics(output, wanted, band)
    each = deltaE_ciede2000(wanted.T.astype(float), output.T.astype(float))
    assert found["color_de00"] == pytest.approx(each.mean(), abs=1e-4)
    for name in HAIR_BANDS:
        expected = found["color_de00"] if name == band else None
        assert found[f"color_de00_{name}"] == expected


def test_mean_colors_of_both_sides():
    sums = ColorSums.of(lab((10, 4, -2), (30, 0, 0)), lab((50, 0, 0), (60, 20, 8)))
    assert sums.mean_lab == pytest.approx((20, 2, -1))
    assert sums.mean_wanted == pytest.approx((55, 10, 4))
    assert ColorSums.none().mean_lab is ColorSums.none().mean_wanted is None


def test_no_hair_core_no_color():
    nothing = np.empty((3, 0), np.float32)
    assert set(color_metrics(nothing, nothing, None).values()) == {None}
    assert Mean.of(de76(nothing, nothing)).value is None
    assert ColorSums.none().metrics(None) == color_metrics(nothing, nothing, None)
    assert shade_hit_de00(nothing, Shade.parse("violet")) is None


@pytest.mark.parametrize(
    ("mean", "band"),
    [
        ((0, 0, 0), "dark"), ((24.99, 0, 0), "dark"), ((24.99, 20, 0), "dark"),
        ((25, 0, 0), "grey"), ((60, -5, 6), "grey"), ((100, 0, 7.99), "grey"),
        ((25, 0, 8), "medium"), ((49.99, 8, 0), "medium"), ((50, 6, 6), "light"),
    ],
)  # fmt: skip
def test_band_edges(mean, band):
    assert hair_band(np.array(mean)) == band


def test_shade_hit():
    shade = Shade.parse("#7b2d8b")
    exact = lab_from_srgb(np.full((7, 3), shade.rgb, np.uint8))
    assert shade_hit_de00(exact, shade) == pytest.approx(0, abs=1e-4)
    # The mean counts: equally far lighter and darker pixels hit the shade.
    spread = exact.copy()
    spread[0, :3] += 20
    spread[0, 3:6] -= 20
    assert shade_hit_de00(spread, shade) == pytest.approx(0, abs=1e-4)
    off = exact + np.array([[5], [0], [0]], np.float32)
    wanted = rgb2lab(np.array([[shade.rgb]], np.uint8))[0, 0]
    expected = deltaE_ciede2000(wanted, np.add(wanted, (5, 0, 0)))
    assert shade_hit_de00(off, shade) == pytest.approx(float(expected), abs=1e-4)


@given(st.integers(0, 2**32 - 1))
def test_as_scikit_image_and_mirrored_signs(seed):
    generator = np.random.default_rng(seed)
    ideal, output = (generator.uniform((0, -60, -60), (100, 60, 60), (40, 3)) for _ in range(2))
    one, two = (side.T.astype(np.float32).copy() for side in (ideal, output))
    found, swapped = color_metrics(two, one), color_metrics(one, two)
    assert found["color_de76"] == pytest.approx(deltaE_cie76(ideal, output).mean(), abs=1e-4)
    assert found["color_de00"] == pytest.approx(swapped["color_de00"], abs=1e-4)
    for part in ("color_dl", "color_dc", "color_dh"):
        assert found[part] == pytest.approx(-swapped[part], abs=1e-4)
    assert Mean.of(de76(two, one)).value == pytest.approx(found["color_de76"], abs=1e-4)
    halves = [ColorSums.of(two[:, cut], one[:, cut]) for cut in (np.s_[:9], np.s_[9:])]
    assert (halves[0] + halves[1]).metrics("light") == pytest.approx(found, abs=1e-5)


def test_nan_is_refused():
    with pytest.raises(UsageError, match=r"output must lie in .*; it holds NaN"):
        color_metrics(lab((np.nan, 0, 0)), lab((0, 0, 0)))
