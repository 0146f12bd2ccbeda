"""Placeholders: what a text becomes, and which texts are refused when the file is read."""

from __future__ import annotations

import pytest

from hairopt.backends.request import Request, Secrets, name_in
from hairopt.backends.schema import IN_JSON
from hairopt.backends.template import Template, fill_tree
from hairopt.errors import ConfigError, UsageError
from hairopt.types import Shade

REQUEST = Request(b"\x89PNG data", Shade("#8a5a34", "toffee"), 70.0, "Toffee 6.3")
VALUES = REQUEST.values({"TOKEN": "s3cret{x}"})


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{shade_hex}", "#8a5a34"),
        ("a {shade_name} b", "a Toffee 6.3 b"),
        ("{intensity}/{intensity:int}/{intensity:share}", "70/70/0.7"),
        ("data:{photo_mime};base64,{photo_base64}", "data:image/png;base64,iVBORyBkYXRh"),
        ("{photo_name}", "photo.png"),
        ("Bearer {env:TOKEN}", "Bearer s3cret{x}"),
        ('{{"a": "{shade_hex}"}}', '{"a": "#8a5a34"}'),
        ("{{shade_hex}}", "{shade_hex}"),
        ("{{{shade_hex}}}", "{#8a5a34}"),
        ("no placeholder, 'quotes' \"and\" more", "no placeholder, 'quotes' \"and\" more"),
        ("", ""),
    ],
)
def test_a_text_is_filled(text, filled):
    assert Template.parse(text, IN_JSON).fill(VALUES) == filled


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{photo_bse64}", "no placeholder {photo_bse64} here; did you mean {photo_base64}?"),
        ("{intensity:flt}", "did you mean {intensity:int}?"),
        ("{shade_hex:int}", "no placeholder {shade_hex:int}"),
        ("{}", "no placeholder {}"),
        ("{env:}", "no placeholder {env:}"),
        ("{env:A-B}", "no placeholder {env:A-B}"),
        ("a } b", "'}' at character 3"),
        ("{shade_hex", "'{' at character 1"),
        ("{a{shade_hex}}", "'{' at character 1"),
        ("{photo}", "no placeholder {photo}"),
    ],
)
def test_what_is_no_placeholder_is_refused(text, message):
    with pytest.raises(ValueError, match=r"a brace|is alone") as refusal:
        Template.parse(text, IN_JSON)
    assert message in str(refusal.value)


def test_an_intensity_alone_is_a_number_in_json():
    tree = {"a": "{intensity:int}", "b": ["{intensity:share}", "at {intensity}"], "c": 5, "d": None}
    assert fill_tree(tree, IN_JSON, VALUES) == {"a": 70, "b": [0.7, "at 70"], "c": 5, "d": None}


def test_half_an_intensity_is_rounded_only_where_it_is_asked_for():
    values = Request(b"x", Shade("#8a5a34", "toffee"), 12.6).values({})
    assert Template.parse("{intensity} {intensity:int}", IN_JSON).fill(values) == "12.6 13"


def test_every_request_has_an_identity_of_its_own():
    first, second = (Request(b"x", Shade("#8a5a34", "t"), 1.0).values({}) for _ in range(2))
    template = Template.parse("{uuid}", IN_JSON)
    assert template.fill(first) == template.fill(first) != template.fill(second)


def test_a_variable_that_is_not_set_is_named():
    with pytest.raises(ConfigError, match=r"environment variable NOT_SET.*is not set"):
        Template.parse("{env:NOT_SET}", IN_JSON).fill(VALUES)


def test_a_secret_is_in_no_message():
    table = {"request": {"headers": {"Authorization": "Bearer {env:TOKEN}{env:LONG}"}}}
    secrets = Secrets(table, {"TOKEN": "abcd", "LONG": "abcdef", "OTHER": "HTTP", "NO": ""})
    assert secrets.hidden("HTTP 401: abcdef, abcd") == "HTTP 401: {env:LONG}, {env:TOKEN}"


PALETTE = {"Toffee 6.3": "#8a5a34", "Plum": "#5b2a4d"}


def test_a_shade_has_the_name_that_the_palette_has_for_its_colour():
    assert name_in(PALETTE, Shade("#5b2a4d", "anything")) == "Plum"
    assert name_in({}, Shade("#5b2a4d", "anything")) == "anything"
    twice = {**PALETTE, "Plum, too": "#5b2a4d"}
    assert name_in(twice, Shade("#5b2a4d", "Plum, too")) == "Plum, too"


def test_a_shade_that_the_palette_lacks_is_refused_with_what_it_has():
    with pytest.raises(UsageError) as refusal:
        name_in(PALETTE, Shade("#7b2d8b", "violet"))
    assert "has no violet (#7b2d8b); it has Toffee 6.3 (#8a5a34), Plum (#5b2a4d)" in str(
        refusal.value
    )
    assert "--shade 'Toffee 6.3=#8a5a34'" in str(refusal.value)
