"""Shades as people write them, and boxes of pixels."""

import numpy as np
import pytest

from hairopt.errors import UsageError
from hairopt.types import NAMED_SHADES, Box, Shade


@pytest.mark.parametrize(
    ("text", "hex_code", "name"),
    [
        ("#7b2d8b", "#7b2d8b", "violet"),
        ("7B2D8B", "#7b2d8b", "violet"),
        ("violet", "#7b2d8b", "violet"),
        ("Violet", "#7b2d8b", "violet"),
        ("#010203", "#010203", "#010203"),
        ("our plum=#7b2d8b", "#7b2d8b", "our plum"),
        ("#0aF", "#00aaff", "#00aaff"),
        ("a=b=#0af", "#00aaff", "a=b"),
    ],
)
def test_shades_are_read_as_people_write_them(text, hex_code, name):
    assert Shade.parse(text) == Shade(hex_code, name)


@pytest.mark.parametrize(
    "text", ["", "#12345", "#gggggg", "purplish", "x=", "violet=violet", "0af", "#7b2d8bff"]
)
def test_what_is_no_shade_is_refused_with_the_names_that_are(text):
    with pytest.raises(UsageError, match="blond"):
        Shade.parse(text)


@pytest.mark.parametrize(("text", "name"), [("violett", "violet"), ("Blonde", "blond")])
def test_a_slip_of_the_pen_is_answered_with_the_name_that_was_meant(text, name):
    with pytest.raises(UsageError, match=rf"did you mean {name}\?"):
        Shade.parse(text)


def test_rgb_is_the_hex_code_in_numbers():
    assert Shade.parse("#0a10ff").rgb == (10, 16, 255)


def test_names_are_unique_in_both_directions():
    assert len(set(NAMED_SHADES.values())) == len(NAMED_SHADES)


def test_a_box_indexes_its_pixels_and_knows_when_it_has_none():
    pixels = np.arange(12).reshape(3, 4)
    assert pixels[Box(1, 3, 0, 2).slices].tolist() == [[4, 5], [8, 9]]
    assert Box.full(3, 4) == Box(0, 3, 0, 4)
    assert Box(2, 2, 0, 4).is_empty
    assert not Box(0, 1, 0, 1).is_empty
