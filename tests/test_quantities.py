"""Shares, intensities and times: what each text means, and what is said where it means two."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from hairopt.errors import ConfigError
from hairopt.files.validated import Document
from hairopt.quantities import Share, duration_s, intensity, number_of, share, share_text
from hairopt.variants.condition import Condition


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("5%", 0.05), ("5 %", 0.05), (" 2.5% ", 0.025), ("0.05", 0.05), (0.05, 0.05), (".5", 0.5),
        ("0", 0.0), (0, 0.0), ("0%", 0.0), ("100%", 1.0), ("1.0", 1.0), (1.0, 1.0), ("150%", 1.5),
        ("1%", 0.01), ("-5%", -0.05), ("5e-2", 0.05),
    ],
)  # fmt: skip
def test_what_a_share_means(value, expected):
    assert share(value) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (5, "5 may mean 5 % or 500 %; write 5% or 0.05 for the one, 500% for the other"),
        ("5", "5 may mean 5 % or 500 %; write 5% or 0.05 for the one, 500% for the other"),
        ("95", "95 may mean 95 % or 9500 %; write 95% or 0.95 for the one, 9500% for the other"),
        ("1.5", "1.5 may mean 1.5 % or 150 %; write 1.5% or 0.015 for the one, 150% for the"),
        (1, "1 may mean 1 % or 100 %; write 1% or 0.01 for the one, 100% or 1.0 for the other"),
        ("1", "1 may mean 1 % or 100 %"),
        *((text, f"{text!r} is no share; write it as 5% or 0.05") for text in (
            "", "%", "much", "nan", "inf", "nan%", "2,5%", "5 percent", "1_0%", "\u0665%", "1e999",
        )),
        (True, "'True' is no share"),
        ([0.05], "is no share"),
    ],
)  # fmt: skip
def test_what_is_no_share_or_could_mean_two(value, sentence):
    with pytest.raises(ValueError, match=r"share|may mean") as caught:
        share(value)
    assert sentence in str(caught.value)


@given(st.floats(0, 1000))
def test_a_share_that_is_written_is_read_again(value):
    assert share(share_text(value)) == pytest.approx(value, rel=1e-4)


@given(st.text())
def test_any_text_is_a_finite_number_or_refused(text):
    for read in (share, intensity, duration_s):
        try:
            found = read(text)
        except ValueError:
            continue
        assert math.isfinite(found)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("70", 70), ("70%", 70), ("70 %", 70), (70, 70), (0, 0), ("1", 1), (1, 1), ("12.5", 12.5)],
)
def test_what_an_intensity_means(value, expected):
    assert intensity(value) == expected


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (0.7, "0.7 is less than 1 of 100; an intensity goes from 0 to 100: write 70 for 70 %"),
        ("0.7", "write 70 for 70 %"),
        ("101", "'101' is no intensity; write a number from 0 to 100, such as 70"),
        ("-1", "is no intensity"),
        ("nan", "is no intensity"),
        ("strong", "is no intensity"),
        (True, "is no intensity"),
    ],
)
def test_what_is_no_intensity(value, sentence):
    with pytest.raises(ValueError, match="intensity") as caught:
        intensity(value)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("15m", 900), ("90s", 90), ("1.5h", 5400), ("1s", 1), ("500ms", 0.5), (" 5 M ", 300)],
)
def test_durations(text, seconds):
    assert duration_s(text) == seconds


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("5", "5 has no unit; write 5s, 5m or 5h"),
        ("90.5", "90.5 has no unit; write 90.5s, 90.5m or 90.5h"),
        *((text, f"{text!r} is no time; write it as 90s, 15m or 1.5h") for text in (
            "", "0", "0s", "-1m", "soon", "1d", "nans", "infs", "s", "1h30m",
        )),
    ],
)  # fmt: skip
def test_no_durations(text, sentence):
    with pytest.raises(ValueError, match=r"time|unit") as caught:
        duration_s(text)
    assert str(caught.value) == sentence


def test_a_share_in_a_file_is_read_by_the_same_rule():
    class Limits(BaseModel):
        drop: Share = Field(default=0.1, ge=0, le=1)
        rise: Share | None = None

    def read(text):
        return Document.of_toml(text, "own.toml", "limits").validated(Limits)

    assert read('drop = "5%"\nrise = "150%"') == Limits.model_construct(drop=0.05, rise=1.5)
    with pytest.raises(ConfigError, match=r"^own\.toml, line 1: drop: 5 may mean 5 % or 500 %;"):
        read("drop = 5")
    with pytest.raises(ConfigError, match=r"rise: '5 parts' is no share"):
        read('rise = "5 parts"')
    with pytest.raises(ConfigError, match=r"is a share from 0 to 1, written as 5% or 0\.05"):
        read('drop = "101%"')


def test_conditions_take_shares_and_intensities_as_everything_else_does():
    assert Condition.parse("hair_fraction >= 5%").holds({"hair_fraction": 0.05})
    assert not Condition.parse("hair_fraction >= 5 %").holds({"hair_fraction": 0.049})
    assert Condition.parse("intensity >= 30%").holds({"intensity": 30.0})
    assert Condition.parse("hair_fraction > 0.25").text == "hair_fraction > 0.25"
    for text in ("hair_fraction >= 5", "intensity > 0.3", "intensity > 101", "edge_contrast > 5%"):
        with pytest.raises(ValueError, match=r"write|number|float"):
            Condition.parse(text)


@pytest.mark.parametrize(
    ("count", "words", "text"),
    [
        (0, ("case",), "0 cases"), (1, ("case",), "1 case"), (2, ("case",), "2 cases"),
        (1234, ("case",), "1,234 cases"), (1, ("copy", "copies"), "1 copy"),
        (3, ("copy", "copies"), "3 copies"), (0, ("case is", "cases are"), "0 cases are"),
    ],
)  # fmt: skip
def test_what_is_counted_agrees_with_its_number(count, words, text):
    assert number_of(count, *words) == text
