"""Wrong values of options, through the real command line: one kind of answer, exit code 2."""

import re

import pytest
from typer.testing import CliRunner

from hairopt.cli.app import app


@pytest.fixture(autouse=True)
def keep_the_network_of_the_tests(monkeypatch):
    """The kernel refuses for good, and these commands run in the process of the tests."""
    monkeypatch.setattr("hairopt.offline.guard.refuse_internet", lambda **_: True)


def said(*arguments):
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    return re.sub(r"\s+", " ", done.output)


@pytest.mark.parametrize(
    ("command", "option"),
    [
        (("compare", "x", "y"), "--max-mask-drop"),
        (("compare", "x", "y"), "--max-boundary-drop"),
        (("compare", "x", "y"), "--max-slice-drop"),
        (("compare", "x", "y"), "--max-latency-increase"),
        (("compare", "x", "y"), "--max-memory-increase"),
        (("compare", "x", "y"), "--min-retention"),
        (("optimize", "--dry-run"), "--min-retention"),
        (("models", "quantize", "hairnet", "--precision", "int8"), "--target"),
    ],
)
def test_every_option_that_is_a_share_answers_alike(command, option):
    assert "5 may mean 5 % or 500 %; write 5% or 0.05" in said(*command, option, "5")
    assert "'5 parts' is no share; write it as 5% or 0.05" in said(*command, option, "5 parts")


@pytest.mark.parametrize(
    ("command", "option"),
    [
        (("bench",), "--intensity"),
        (("compare", "x", "y"), "--intensity"),
        (("optimize", "--dry-run"), "--intensity"),
        (("baseline", "save", "x", "y"), "--intensity"),
        (("recolor", "x.jpg", "-o", "y.jpg", "--shade", "blue"), "--intensity"),
        (("golden", "record", "x", "--variant", "float32"), "--intensity"),
        (("profile",), "--intensity"),
    ],
)
def test_every_option_that_is_an_intensity_answers_alike(command, option):
    assert "0.7 is less than 1 of 100; an intensity" in said(*command, option, "0.7")
    assert "'101' is no intensity; write a number from 0 to 100" in said(*command, option, "101")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("optimize", "--budget", "5"), "--budget: 5 has no unit; write 5s, 5m or 5h"),
        (("bench", "--timeout", "120"), "--timeout: 120 has no unit; write 120s, 120m or 120h"),
        (("bench", "--timeout", "nan"), "--timeout: 'nan' is no time"),
        (("optimize", "--target", "p95<50"), "has no unit; write p95<50ms or p95<50s"),
        (("bench", "--shade", "violett"), "did you mean violet?"),
        (("bench", "--rounds", "9" * 30), "9, but from 1 to 100,000 are possible; or auto"),
        (("bench", "--timing-limit", "60"), "--timing-limit: 60 has no unit; write 60s, 60m or"),
        (("bench", "--seed", "9" * 30), "9, but at most 4294967295 is possible."),
        (("compare", "x", "y", "--rounds", "0"), "rounds is 0, but from 1 to 100,000"),
        (
            ("optimize", "--requests-per-day", "inf"),
            "inf requests a day: must not be negative, nor",
        ),
        (
            ("optimize", "--requests-per-day", "nan"),
            "nan requests a day: must not be negative, nor",
        ),
        (("golden", "check", "x", "--max-de00", "x"), "'x' is not valid; allowed is a number."),
    ],
)
def test_siblings(arguments, words):
    assert words in said(*arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("optimize", "--goal", "latncy"),
            "'latncy' is not valid; did you mean latency? Allowed is 'latency', 'cpu', 'cost',",
        ),
        (("compare", "x", "y", "--format", "xml"), "'xml' is not valid; allowed is 'text', 'json'"),
        (("bench", "--rounds", "x"), "'x' is no number of rounds; write auto, or a whole number"),
        (("bench", "--rounds", "1.5"), "'1.5' is no number of rounds; write auto, or a whole"),
        (("optimize", "--seed", "9" * 30), "' is not valid; allowed is at most 4294967295."),
        (("dataset", "resize", "x", "--side", "5"), "'5' is not valid; allowed is at least 16."),
        (("distill", "x", "-o", "y", "--minutes", "soon"), "'soon' is not valid; allowed is a num"),
        (("report", "x", "--requests-per-day", "nan"), "'nan' is not valid; allowed is at"),
    ],
)
def test_typers_own_words_are_ours(arguments, words):
    message = said(*arguments)
    assert words in message
    assert "Value error" not in message
    assert "Input should" not in message
