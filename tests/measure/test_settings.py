"""The options of a bench in a file: where it is looked for, and what is said of a wrong one."""

from pathlib import Path

import pytest

from hairopt.errors import ConfigError
from hairopt.measure.settings import BenchSettings, bench_settings

ALL = """
variants = ["float32", "own.toml"]
dataset = "photos"
limit = 5
model = "hairnet"
runtimes = ["onnxruntime"]
shades = ["violet", "plum=#7b2d8b"]
intensities = [40, "70%"]
out = "runs"
name = "nightly"
rounds = 20
timing_limit = "60s"
warmup = 0
seed = 3
timeout = "90s"
null = true
"""


@pytest.mark.parametrize(
    ("name", "head"),
    [("hairopt.toml", "[bench]"), ("pyproject.toml", "[tool.hairopt.bench]")],
)
def test_every_option_can_be_in_either_file(tmp_path, name, head, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(head + ALL)
    found, file = bench_settings(None, tmp_path)
    assert file == tmp_path / name
    assert found == BenchSettings(
        variants=("float32", "own.toml"),
        dataset=Path("photos"),
        limit=5,
        model="hairnet",
        runtimes=("onnxruntime",),
        shades=("violet", "plum=#7b2d8b"),
        intensities=(40.0, 70.0),
        out=Path("runs"),
        name="nightly",
        rounds=20,
        timing_limit="60s",
        warmup=0,
        seed=3,
        timeout="90s",
        null=True,
    )
    assert found.model_fields_set == set(BenchSettings.model_fields)


def test_the_nearest_file_with_the_table_counts_and_its_paths_are_its_own(tmp_path):
    (tmp_path / "hairopt.toml").write_text("[bench]" + ALL)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "a" / "hairopt.toml").write_text('[gate]\nbaseline = "release"\n')
    found, file = bench_settings(None, below)
    assert file == tmp_path / "hairopt.toml"
    assert found.dataset == tmp_path / "photos"
    assert found.out == tmp_path / "runs"
    assert found.variants == ("float32", str(tmp_path / "own.toml"))


def test_a_file_that_was_asked_for_may_have_any_name_and_must_have_the_table(tmp_path):
    (tmp_path / "hairopt.toml").write_text("[bench]\nrounds = 1\n")
    (tmp_path / "quick.toml").write_text("[bench]\nrounds = 2\n")
    found, _ = bench_settings(tmp_path / "quick.toml", tmp_path)
    assert found.rounds == 2
    (tmp_path / "empty.toml").write_text('[gate]\nbaseline = "release"\n')
    with pytest.raises(ConfigError, match=r"empty.toml has no table \[bench\]"):
        bench_settings(tmp_path / "empty.toml", tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\n")
    with pytest.raises(ConfigError, match=r"no table \[tool.hairopt.bench\]"):
        bench_settings(tmp_path / "pyproject.toml", tmp_path)
    with pytest.raises(ConfigError, match=r"absent.toml cannot be read"):
        bench_settings(tmp_path / "absent.toml", tmp_path)


def test_without_a_file_there_are_only_defaults(tmp_path):
    assert bench_settings(None, tmp_path) == (BenchSettings(), None)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('variant = ["float32"]', "line 2: unknown key 'bench.variant'; did you mean 'variants'"),
        (
            "limit = 0",
            "line 2: bench.limit = 0 is not valid; allowed is a whole number, at",
        ),
        ("limit = true", "bench.limit = true is not valid"),
        ('warmup = "3"', "bench.warmup = '3' is not valid; did you mean it without quotes"),
        ("rounds = 0", "bench.rounds: rounds is 0, but from 1 to 100,000 are possible"),
        ('rounds = "many"', "bench.rounds: 'many' is no number of rounds; write auto, or a"),
        ("timing_limit = 60", "line 2: bench.timing_limit: 60 has no unit; write 60s"),
        ("intensities = [0.7]", r"bench.intensities\[0\]: 0.7 is less than 1 of 100"),
        ('shades = ["violett"]', r"bench.shades\[0\]: .*did you mean violet"),
        ('timeout = "5"', "bench.timeout: 5 has no unit"),
        ("timeout = 5", "line 2: bench.timeout: 5 has no unit; write 5s"),
        ("null = 1", "bench.null = 1 is not valid; allowed is true or false"),
        ('variants = "float32"', "bench.variants = 'float32' is not valid"),
        ('[[bench.variants]]\nname = "x"', "bench.variants"),
    ],
)
def test_a_mistake_names_file_line_and_key(tmp_path, line, words):
    (tmp_path / "hairopt.toml").write_text(f"[bench]\n{line}\n")
    with pytest.raises(ConfigError, match=words) as refused:
        bench_settings(None, tmp_path)
    assert str(refused.value).startswith(str(tmp_path / "hairopt.toml"))


def test_what_is_given_wins_and_nothing_given_changes_nothing():
    settings = BenchSettings(rounds=20, null=True, shades=("violet",))
    assert settings.changed({"rounds": None, "shades": (), "variants": []}) == settings
    given = settings.changed({"rounds": 3, "null": False, "shades": ("blue",)})
    assert (given.rounds, given.null, given.shades) == (3, False, ("blue",))
