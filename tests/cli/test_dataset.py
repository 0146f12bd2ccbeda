"""``hairopt dataset`` through the real command, and what other commands say of its findings."""

import json

import numpy as np
from PIL import Image

from tests.cli.conftest import QUICK


def _as_indices(file, label=1):
    Image.fromarray((np.asarray(Image.open(file)) > 127).astype(np.uint8) * label).save(file)


def test_class_indices_are_refused_and_the_recipe_on_the_screen_repairs_them(hairopt, dataset):
    for mask in (dataset / "masks").iterdir():
        _as_indices(mask)
    done = hairopt("dataset", "check", dataset)
    assert done.returncode == 2
    assert done.stdout.count("class indices (0, 1)") == 2
    lines = done.stdout.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("  from pathlib"))
    assert lines.count(lines[start]) == 1
    exec("\n".join(line[2:] for line in lines[start : start + 3]))
    repaired = hairopt("dataset", "check", dataset)
    assert repaired.returncode == 0, repaired.stdout
    assert "2 of 2 cases can be measured" in repaired.stdout


def test_check_as_json(hairopt, dataset):
    _as_indices(dataset / "masks" / "first.png", 7)
    done = hairopt("dataset", "check", dataset, "--json")
    found = json.loads(done.stdout)
    assert [(bad["name"], "v in (7, 255)" in bad["fix"]) for bad in found["bad"]] == [
        ("first", True)
    ]
    assert [warning["rule"] for warning in found["warnings"]] == ["licence"]


def test_stats_and_resize_say_what_is_doubtful(hairopt, dataset):
    (dataset / "images" / "men").mkdir()
    for words in (("stats", dataset), ("resize", "small", "--side", "64", "--dataset", dataset)):
        done = hairopt("dataset", *words)
        assert done.returncode == 0, done.stderr
        assert "sub-folders: " in done.stderr
        assert "sub-folders: " not in done.stdout


def test_bench_and_compare_say_what_check_says(hairopt, dataset):
    (dataset / "images" / "men").mkdir()
    asked = ("--dataset", dataset, "--rounds", "2", "--shade", "violet")
    benched = hairopt("bench", *QUICK, "--dataset", dataset, "--variant", "float32")
    assert benched.returncode == 0, benched.stderr
    compared = hairopt("compare", "float32", "float16", *asked)
    for done in (benched, compared):
        assert "sub-folders: " in done.stdout
        assert "No licence is stated" in done.stdout
        before = done.stderr[: done.stderr.index("2/6 ")]
        assert "sub-folders: " in before
