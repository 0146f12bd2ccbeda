"""Several datasets as one."""

from pathlib import Path

import pytest

from hairopt.datasets.case import Case
from hairopt.datasets.combined import combine_datasets
from hairopt.datasets.dataset import Dataset
from hairopt.errors import UsageError


def dataset(folder, *names):
    path = Path("/data") / folder
    cases = tuple(
        Case(name, {}, name, path / f"{name}.jpg", path / f"{name}.png") for name in names
    )
    return Dataset(folder, path, folder.title(), "CC0-1.0", "", cases)


def test_one_dataset_stays_itself():
    only = dataset("one", "a")

    assert combine_datasets([only]) is only


def test_cases_keep_their_names_unless_two_datasets_use_them():
    both = combine_datasets([dataset("one", "a", "b"), dataset("two", "b", "c")])

    assert [case.name for case in both.cases] == ["a", "c", "one b", "two b"]
    assert [case.tags["dataset"] for case in both.cases] == ["one", "two", "one", "two"]
    assert len({case.source for case in both.cases}) == 4
    assert (both.name, both.path, both.licence) == ("one+two", Path("/data"), "CC0-1.0")


def test_what_cannot_be_combined_is_refused():
    with pytest.raises(UsageError, match="no dataset"):
        combine_datasets([])
    with pytest.raises(UsageError, match="differ in name"):
        combine_datasets([dataset("one", "a"), dataset("one", "b")])
