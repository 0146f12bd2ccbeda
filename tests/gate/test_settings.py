"""The gate's configuration: two places, percentages, and errors that name file and key."""

from pathlib import Path

import pytest

from hairopt.errors import ConfigError
from hairopt.gate.settings import GateSettings, baselines_folder, find_settings


def test_pyproject_and_hairopt_toml_say_the_same(tmp_path):
    table = 'baseline = "release"\ncandidate = "int8"\nmax_mask_drop = "3%"\nstrict = true\n'
    for name, head in (("pyproject.toml", "[tool.hairopt.gate]\n"), ("hairopt.toml", "[gate]\n")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / name).write_text(head + table)
        found = find_settings(folder)
        assert (found.baseline, found.candidate, found.strict) == ("release", "int8", True)
        assert found.limits.max_mask_drop == pytest.approx(0.03)
        assert found.limits.max_slice_drop == 0.10


def test_the_nearest_folder_above_counts_and_paths_are_its_own(tmp_path):
    (tmp_path / "hairopt.toml").write_text('[gate]\nbaselines = "ci"\ndataset = "photos"\n')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    found = find_settings(below)
    assert found.baselines == tmp_path / "ci" == baselines_folder(below)
    assert found.dataset == tmp_path / "photos"


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (
            "max_mask_dorp = 0.1",
            "line 2: unknown key 'gate.max_mask_dorp'; did you mean 'max_mask_drop'",
        ),
        (
            'max_mask_drop = "much"',
            "line 2: gate.max_mask_drop: 'much' is no share; write it as 5%",
        ),
        ("max_mask_drop = 5", "gate.max_mask_drop: 5 may mean 5 % or 500 %; write 5% or 0.05 for"),
        ("max_mask_drop = 2.0", "gate.max_mask_drop: 2.0 may mean 2 % or 200 %"),
        (
            'max_mask_drop = "200%"',
            "gate.max_mask_drop = '200%' is not valid; allowed is a share from 0 to 1, written",
        ),
        ("max_mask_drop = nan", "line 2: gate.max_mask_drop is nan"),
        ("max_mask_drop = 2026-01-31", "gate.max_mask_drop"),
        ("strict = 7", "gate.strict = 7 is not valid; allowed is true or false"),
        (
            "rounds = true",
            "gate.rounds: .True. is no number of rounds; write auto, or a",
        ),
        ("intensities = [0.7]", "gate.intensities\\[0\\]: 0.7 is less than 1 of 100"),
        ('intensities = ["strong"]', "gate.intensities\\[0\\]: 'strong' is no intensity"),
        ('shades = ["violett"]', r"gate.shades\[0\]: .*did you mean violet"),
        ("baseline = ", "line 2, column 12: invalid value"),
        ('without = ["edge"]', "gate.without: unknown rule 'edge'.*known: boundary, failures"),
        (
            'without = ["mask", "boundary", "slice", "tail", "failures", "retention"]',
            "gate.without: every rule is switched off",
        ),
    ],
)
def test_a_mistake_names_file_line_and_key(tmp_path, line, word):
    (tmp_path / "hairopt.toml").write_text(f"[gate]\n{line}\n")
    with pytest.raises(ConfigError, match=word) as refused:
        find_settings(tmp_path)
    assert str(refused.value).startswith(str(tmp_path / "hairopt.toml"))


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("hairopt.toml", "gate = 5", "line 1: gate = 5 is not valid; allowed is a table."),
        ("hairopt.toml", "[[gate]]\nrounds = 1", "line 1: gate = .* is not valid; allowed is a t"),
        ("hairopt.toml", "\n[gaet]", "line 2: unknown key 'gaet'; did you mean 'gate'"),
        ("pyproject.toml", "tool = 3", "line 1: tool = 3 is not valid; allowed is a table."),
        ("pyproject.toml", "[tool]\nhairopt = []", r"line 2: tool.hairopt = \[\] is not valid"),
        ("pyproject.toml", "[tool]\nhairopt.gate = []", r"line 2: tool.hairopt.gate = "),
    ],
)
def test_what_is_no_table_is_a_sentence(tmp_path, name, text, sentence):
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match=sentence):
        find_settings(tmp_path)


def test_a_project_without_a_gate_has_none(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\nline-length = 3\n[tool.hairopt]\n")
    (tmp_path / "hairopt.toml").write_text("# nothing yet\n")
    assert find_settings(tmp_path) is None


def test_options_go_over_the_file_and_none_leaves_it():
    settings = GateSettings().changed({"candidate": "int8", "max_mask_drop": "2%"})
    again = settings.changed({"candidate": None, "max_mask_drop": None, "strict": None})
    assert again == settings
    assert again.limits.max_mask_drop == pytest.approx(0.02)
    tenfold = settings.changed({"max_latency_increase": "1000%"}).changed({"strict": True})
    assert tenfold.limits.max_latency_increase == pytest.approx(10)
    with pytest.raises(ConfigError, match=r"^the options: max_mask_drop = .200%. is not valid"):
        settings.changed({"max_mask_drop": "200%"})


def test_in_the_folder_of_the_file_paths_are_as_they_are_written(tmp_path, monkeypatch):
    text = (
        '[gate]\ndataset = "photos"\ncandidate = "variants/next.toml"\nbaseline = "runs/a:int8"\n'
    )
    (tmp_path / "hairopt.toml").write_text(text)
    (tmp_path / "runs" / "a").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    found = find_settings(Path.cwd())
    assert (str(found.dataset), str(found.baselines)) == ("photos", "baselines")
    assert (found.candidate, found.baseline) == ("variants/next.toml", "runs/a:int8")


def test_elsewhere_paths_of_variants_and_runs_start_at_the_file_and_names_stay(tmp_path):
    sides = {
        "variants/next.toml": True,
        "runs/a:int8": True,
        "origin/main:release": False,
        "release": False,
        "own.json": True,
    }
    (tmp_path / "runs" / "a").mkdir(parents=True)
    for side, is_path in sides.items():
        (tmp_path / "hairopt.toml").write_text(f'[gate]\ncandidate = "{side}"\n')
        found = find_settings(tmp_path)
        assert found.candidate == (str(tmp_path / side) if is_path else side)
