from __future__ import annotations

import pytest

from hairopt.datasets import check_dataset, dataset_stats, load_dataset
from hairopt.errors import DataError

from .conftest import photo, save


def state(root, text):
    (root / "noise.csv").write_text(text)
    return load_dataset(root)


def test_noise_floors_come_from_noise_csv_and_other_columns_are_left_alone(make_folder):
    root = make_folder("a", "b", "c")
    assert {case.noise_de00 for case in load_dataset(root).cases} == {None}
    dataset = state(root, "exposure,name,noise_de00_mean\n0.75,a,2.29\n0.5,b,\n")
    assert [case.noise_de00 for case in dataset.cases] == [2.29, None, None]
    assert dataset_stats(dataset).noise_de00.most == 2.29


def test_noise_is_no_part_of_the_fingerprint(make_folder):
    root = make_folder("a")
    before = load_dataset(root).fingerprint
    assert state(root, "name,noise_de00_mean\na,1\n").fingerprint == before


@pytest.mark.parametrize("value", ["-0.1", "nan", "inf", "much"])
def test_a_floor_that_is_no_distance_is_refused_with_its_case(make_folder, value):
    root = make_folder("a")
    with pytest.raises(DataError, match=rf"noise\.csv: noise_de00_mean of case 'a'.*{value!r}"):
        state(root, f"name,noise_de00_mean\na,{value}\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,noise\na,1\n", "among them 'name' and 'noise_de00_mean' .found: name, noise"),
        ("noise_de00_mean\n1\n", "among them 'name' and 'noise_de00_mean'"),
        ("name,noise_de00_mean\nzz,1\n", "unknown case 'zz'"),
        ("name,noise_de00_mean\na,1\na,1\n", "listed twice"),
    ],
)
def test_a_table_that_leaves_its_meaning_open_is_refused(make_folder, text, words):
    with pytest.raises(DataError, match=words):
        state(make_folder("a"), text)


def test_the_check_names_dyed_cases_without_a_floor(make_folder):
    root = make_folder("a", "b", "c")
    for name in ("a", "b"):
        save(root / "dyed" / f"{name}@pink.png", photo(7))

    def warned(dataset):
        return [w.cases for w in check_dataset(dataset).warnings if w.rule == "noise"]

    assert warned(load_dataset(root)) == []
    assert warned(state(root, "name,noise_de00_mean\na,1\n")) == [("b",)]
    assert warned(state(root, "name,noise_de00_mean\na,1\nb,0\n")) == []
