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
