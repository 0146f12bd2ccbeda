"""``hairopt bench --limit``, ``--name`` and ``--config`` through the real command."""

import json

import pytest

from tests.cli.conftest import add_case

FILE = """
[bench]
variants = ["float32"]
dataset = "data"
limit = 3
shades = ["violet"]
rounds = 2
warmup = 0
"""


@pytest.fixture
def configured(tmp_path):
    for number in range(5):
        add_case(tmp_path / "data", f"p{number}", size=96 + number)
    (tmp_path / "hairopt.toml").write_text(FILE)
    return tmp_path


def test_the_file_is_used_the_command_line_wins_and_a_part_is_called_a_part(hairopt, configured):
    done = hairopt("bench", "--limit", "2", "--name", "quick", "--seed", "4")
    assert done.returncode == 0, done.stderr
    assert "options of [bench] from hairopt.toml" in done.stderr
    run = json.loads((configured / "reports" / "quick" / "run.json").read_text())
    assert run["id"] == "quick"
    assert list(run["variants"]) == ["float32"]
    assert (run["protocol"]["rounds"], run["protocol"]["seed"]) == (2, 4)
    assert (run["dataset"]["n_cases"], run["dataset"]["n_whole"]) == (2, 5)
    words = "The dataset is cut to 2 of 5 cases"
    assert words in done.stdout
    for name in ("report.html", "report.md", "run.json"):
        assert words in (configured / "reports" / "quick" / name).read_text()

    again = hairopt("bench", "--name", "quick")
    assert again.returncode == 2
    assert "reports/quick exists" in again.stderr
    assert "timing" not in again.stderr

    saved = hairopt("baseline", "save", "release", "reports/quick")
    assert saved.returncode == 0, saved.stderr
    compared = hairopt("compare", "release", "int8", "--dataset", "data", "--rounds", "1")
    assert compared.returncode == 4  # a part is not the whole
    assert "dataset" in compared.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--limit", "0"], "allowed is at least 1"),
        (["--limit", "some"], "allowed is a whole number"),
        (["--name", "../up"], "cannot be the name of a folder"),
        (["--config", "absent.toml"], "absent.toml cannot be read"),
        (["--config", "wrong.toml"], "unknown key 'bench.limits'; did you mean 'limit'"),
    ],
    ids=" ".join,
)
def test_a_wrong_value_is_a_sentence_before_anything_is_measured(
    hairopt, configured, arguments, words
):
    (configured / "wrong.toml").write_text("[bench]\nlimits = 3\n")
    done = hairopt("bench", *arguments)
    assert done.returncode == 2
    assert words in " ".join(done.stderr.split())
    assert "/6 timing" not in done.stderr
    assert not (configured / "reports").exists()
