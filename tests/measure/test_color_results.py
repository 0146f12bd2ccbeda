"""Swatches and intensity curves, from scores made by hand."""

import pytest

from hairopt.measure.case_scorer import LIGHTNESS_TAG, IntensityScore, Scored
from hairopt.measure.color_results import intensity_curve, swatches
from hairopt.types import Shade

PINK, BLUE = Shade.parse("pink"), Shade.parse("blue")


def scored(case, hair, intent, band="dark", shade=PINK, intensity=70.0, source=None, **more):
    tags = {LIGHTNESS_TAG: band} if hair else {}
    return Scored(
        "x", case, source or case, 0, tags, shade, intensity, {}, 1,
        hair_lab=hair, intent_lab=intent, **more,
    )  # fmt: skip


def test_swatches_by_shade_and_band():
    found = swatches(
        [
            scored("a", (10.0, 0.0, 0.0), (20.0, 2.0, 4.0)),
            scored("b", (30.0, 4.0, 0.0), (40.0, 2.0, 4.0), band="grey"),
            scored("a", (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), intensity=30.0),  # a weaker one
            scored("bald", None, None),
            scored(
                "b", (50.0, 0.0, 0.0), (50.0, 0.0, 0.0), shade=BLUE, intensity=100.0, is_redye=True
            ),
        ]
    )
    assert [(one.shade, one.band, one.n) for one in found] == [
        (PINK.hex, "all", 2), (PINK.hex, "dark", 1), (PINK.hex, "grey", 1),
    ]  # fmt: skip
    everything = found[0]
    assert (everything.shade_name, everything.intensity) == ("pink", 70.0)
    assert everything.got.lab == pytest.approx((20, 2, 0))
    assert everything.intent.lab == pytest.approx((30, 2, 4))
    assert found[2].got.lab == (30.0, 4.0, 0.0)


def test_a_photo_that_is_there_twice_counts_once():
    twice = [scored(name, (10.0, 0.0, 0.0), (10.0, 0.0, 0.0), source="p") for name in "ab"]
    found = swatches([*twice, scored("c", (40.0, 0.0, 0.0), (40.0, 0.0, 0.0))])
    assert found[0].got.lab == pytest.approx((25, 0, 0))
    assert found[0].n == 3


def test_the_hex_is_that_of_the_colour():
    white = scored("a", (100.0, 0.0, 0.0), (53.24, 80.09, 67.2))  # sRGB red
    (found,) = (one for one in swatches([white]) if one.band == "all")
    assert (found.got.hex, found.intent.hex) == ("#ffffff", "#ff0000")
    assert swatches([]) == []


def test_the_curve_is_the_mean_of_cases_of_the_mean_of_shades():
    def score(case, shade, intensity, change, error):
        return IntensityScore("hsv {}", case, case, shade, intensity, change, error)

    found = intensity_curve(
        [
            score("a", PINK, 100.0, 10.0, 3.0),
            score("a", BLUE, 100.0, 20.0, 5.0),
            score("b", PINK, 100.0, 5.0, 2.0),
            score("bald", PINK, 100.0, None, None),
            score("a", PINK, 0.0, 0.0, 0.0),
        ]
    )
    assert [(one.intensity, one.change_de76, one.lock_de00, one.n) for one in found] == [
        (0.0, 0.0, 0.0, 1), (100.0, 10.0, 3.0, 2),
    ]  # fmt: skip
