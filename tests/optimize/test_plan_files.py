"""The folder of a plan: all files of one plan, never some of this and some of that."""

import json

import pytest

from hairopt.errors import UsageError
from hairopt.files.toml import read_toml
from hairopt.optimize.plan_files import write_plan_files
from hairopt.optimize.space import find_space
from hairopt.variants.load import load_variant
from tests.killed import every_kill, needs_fork
from tests.report.made_up_plan import option, outcome

from .conftest import knob

KNOBS = [knob("encoder", "encode.format", "jpeg")]
NAMES = {"baseline.toml", "hairopt.toml", "option-1.toml", "recommended.toml"}


def write(out, **changes):
    space = find_space(load_variant("baseline"), KNOBS)
    return write_plan_files(outcome(**changes), space, out, None)


def test_another_plan_replaces_the_folder_and_leaves_what_is_not_its_own(tmp_path):
    write(tmp_path, options=[option(), option("option-2")])
    (tmp_path / "plan" / "mine.toml").write_text('name = "mine"\n')
    files = write(tmp_path)
    assert {path.name for path in (tmp_path / "plan").iterdir()} == {*NAMES, "mine.toml"}
    assert (tmp_path / "plan" / "mine.toml").read_text() == 'name = "mine"\n'
    assert {file.name for file in files} == {*NAMES, "plan.json"}
    assert all(file.is_file() for file in files)
    assert {path.name for path in tmp_path.iterdir()} == {"plan", "plan.json"}


@needs_fork
def test_killed_at_every_step_the_folder_is_of_one_plan(tmp_path):
    write(tmp_path, min_retention=0.9)
    found = []
    for _ in every_kill(lambda: write(tmp_path, min_retention=0.8, options=[]), tmp_path):
        names = {path.name for path in (tmp_path / "plan").iterdir()}
        found.append("option-1.toml" in names)
        assert names == (NAMES if found[-1] else {"baseline.toml"})
        json.loads((tmp_path / "plan.json").read_text())
        if found[-1]:
            gate = read_toml(tmp_path / "plan" / "hairopt.toml", "a gate")["gate"]
            assert gate["min_retention"] == 0.9
        write(tmp_path, min_retention=0.9)
        assert {path.name for path in tmp_path.iterdir()} == {"plan", "plan.json"}
    assert found == sorted(found, reverse=True)
    assert set(found) == {True, False}


def test_a_plan_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "plan").write_text("a file")
    with pytest.raises(UsageError, match=r"the plan cannot be written to .*: File exists"):
        write(tmp_path)
    assert (tmp_path / "plan").read_text() == "a file"
