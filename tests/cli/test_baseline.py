"""``hairopt baseline`` through the real command."""

import json

import pytest

from hairopt.gate.stored import save_baseline
from tests.gate.snapshots import snapshot


@pytest.fixture
def stored(tmp_path):
    folder = tmp_path / "baselines"
    save_baseline(folder, "next", snapshot("int8"))
    save_baseline(folder, "release", snapshot())
    return folder


def test_list_show_and_promote(hairopt, stored):
    listed = json.loads(hairopt("baseline", "list", "--json").stdout)
    assert [(one["name"], one["variant"]) for one in listed] == [
        ("next", "int8"), ("release", "float32")
    ]  # fmt: skip
    assert "release" in hairopt("baseline", "list").stdout
    done = hairopt("baseline", "promote", "next", "release")
    assert done.returncode == 0
    shown = hairopt("baseline", "show", "release")
    assert "int8" in shown.stdout
    assert "ab" * 32 in shown.stdout
    assert json.loads(hairopt("baseline", "show", "release", "--json").stdout)["variant"] == "int8"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show", "relaese"], 2, "did you mean release"),
        (["promote", "absent", "release"], 2, "absent"),
        (["save", "release", "next"], 2, "--replace"),
        (["save", "../x", "next"], 2, "baseline name"),
        (["save", "new", "absent"], 2, "absent"),
        (["show", "baselines/absent.json"], 4, "absent.json"),
    ],
)
def test_what_makes_no_sense_is_said(hairopt, stored, arguments, code, said):
    done = hairopt("baseline", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr


def test_an_incomplete_measurement_is_no_baseline(hairopt, stored):
    save_baseline(stored, "broken", snapshot(failed_cases=["image-99"]))
    done = hairopt("baseline", "save", "new", "broken")
    assert done.returncode == 4
    assert "image-99" in done.stderr
    assert not (stored / "new.json").exists()


def test_without_any_the_list_says_how_to_begin(hairopt):
    done = hairopt("baseline", "list")
    assert done.returncode == 0
    assert "hairopt baseline save" in done.stdout


def test_one_damaged_baseline_costs_that_one_only(hairopt, stored, tmp_path):
    (tmp_path / "baselines" / "next.json").write_text("{")
    done = hairopt("baseline", "list")
    assert done.returncode == 0
    assert "float32" in done.stdout
    assert "damaged: baselines/next.json" in done.stdout
    listed = json.loads(hairopt("baseline", "list", "--json").stdout)
    assert [one["name"] for one in listed] == ["release", "next"]
    assert "next.json" in listed[1]["damaged"]


def test_a_variant_is_measured_as_the_gate_will_judge_it(hairopt, dataset, tmp_path):
    (tmp_path / "hairopt.toml").write_text(
        '[gate]\nbaseline = "release"\ndataset = "data"\nshades = ["blue"]\nintensities = [40]\n'
        'seed = 3\nrounds = 1\nbaselines = "kept"\n'
    )
    done = hairopt("baseline", "save", "release", "float32", "--intensity", "50")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "kept/release.json: float32 on 2 cases of data\n"
    found = json.loads((tmp_path / "kept" / "release.json").read_text())
    assert (found["dataset_path"], found["seed"]) == ("data", 3)
    assert (found["shades"], found["intensities"]) == (["#2b4fb3"], [50.0])
