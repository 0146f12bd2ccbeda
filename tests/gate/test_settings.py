"""The gate's configuration: two places, percentages, and errors that name file and key."""

import pytest

from hairopt.errors import ConfigError
from hairopt.gate.settings import GateSettings, baselines_folder, find_settings, parse_share


@pytest.mark.parametrize(("text", "share"), [("5%", 0.05), ("0.05", 0.05), (0.1, 0.1), ("0%", 0.0)])
def test_a_share_is_a_number_or_a_percentage(text, share):
    assert parse_share(text) == pytest.approx(share)


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
        ("max_mask_dorp = 0.1", "max_mask_dorp.*known keys.*max_mask_drop"),
        ('max_mask_drop = "much"', "max_mask_drop: .much. is neither a share"),
        ("max_mask_drop = 2.0", "max_mask_drop"),
        ("max_mask_drop = nan", "max_mask_drop"),
        ("strict = 7", "strict"),
        ("baseline = ", "line 2, column 12: invalid value"),
    ],
)
def test_a_mistake_names_file_and_key(tmp_path, line, word):
    (tmp_path / "hairopt.toml").write_text(f"[gate]\n{line}\n")
    with pytest.raises(ConfigError, match=word) as refused:
        find_settings(tmp_path)
    assert "hairopt.toml" in str(refused.value)


def test_options_go_over_the_file_and_none_leaves_it():
    settings = GateSettings().changed({"candidate": "int8", "max_mask_drop": "2%"})
    again = settings.changed({"candidate": None, "max_mask_drop": None, "strict": None})
    assert again == settings
    assert again.limits.max_mask_drop == pytest.approx(0.02)
    with pytest.raises(ConfigError, match="the options: max_mask_drop"):
        settings.changed({"max_mask_drop": "200%"})
