"""A part of a dataset: which cases it has, and that it never looks like the whole."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from hairopt.datasets.case import Case
from hairopt.datasets.changes import Exposed
from hairopt.datasets.check import report_of
from hairopt.datasets.dataset import Dataset
from hairopt.datasets.part import limited
from hairopt.errors import UsageError


def case(name, source=None, change=None):
    return Case(name, {}, source or name, Path(f"{name}.jpg"), Path(f"{name}.png"), change=change)


def dataset(*cases):
    whole = tuple(sorted(cases, key=lambda one: one.name))
    return Dataset("photos", Path("photos"), "photos", "CC0", "", whole)


def names(found):
    return [one.name for one in found.cases]


EIGHT = dataset(*(case(f"{kind}{number}") for kind in ("coily", "curly") for number in range(4)))


def test_the_photos_are_spread_over_the_names():
    assert names(limited(EIGHT, 1)) == ["coily0"]
    assert names(limited(EIGHT, 2)) == ["coily0", "curly0"]
    assert names(limited(EIGHT, 4)) == ["coily0", "coily2", "curly0", "curly2"]


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 21])
def test_a_larger_limit_keeps_the_cases_of_a_smaller_one(count):
    whole = dataset(*(case(f"p{number:02}") for number in range(count)))
    parts = [set(names(limited(whole, limit))) for limit in range(1, count + 1)]
    assert [len(part) for part in parts] == list(range(1, count + 1))
    assert all(small < large for small, large in pairwise(parts))


def test_every_photo_comes_once_before_one_comes_twice_and_plain_cases_first():
    darker = Exposed(change="darker")
    whole = dataset(
        case("a"), case("a-dark", "a", darker), case("a-also", "a", darker),
        case("z"), case("z2", "z"),
    )  # fmt: skip
    assert names(limited(whole, 2)) == ["a", "z"]
    assert names(limited(whole, 4)) == ["a", "a-also", "z", "z2"]


def test_a_part_has_a_fingerprint_of_its_own_and_says_how_large_the_whole_is():
    part = limited(EIGHT, 3)
    assert part.fingerprint != EIGHT.fingerprint
    assert part.fingerprint == replace(EIGHT, cases=part.cases).fingerprint
    assert part.n_whole == 8
    assert limited(part, 2).n_whole == 8
    (warning,) = (one for one in report_of(part, []).warnings if one.rule == "part")
    assert warning.message.startswith("The dataset is cut to 3 of 8 cases")


@pytest.mark.parametrize("limit", [8, 9, 1000])
def test_a_limit_that_leaves_all_cases_is_no_part(limit):
    found = limited(EIGHT, limit)
    assert found is EIGHT
    assert not [one for one in report_of(found, []).warnings if one.rule == "part"]


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(limit):
    with pytest.raises(UsageError, match="at least 1 case"):
        limited(EIGHT, limit)
