"""``hairopt dataset`` through the real command, and what other commands say of its findings."""

import json

import numpy as np
from PIL import Image

from tests.cli.conftest import QUICK, add_case


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


def test_triage_ranks_photos_and_writes_all_of_them(hairopt, dataset, tmp_path):
    add_case(dataset, "third", size=128)
    done = hairopt("dataset", "triage", dataset / "images", "--top", 1, COLUMNS="100")
    assert done.returncode == 0, done.stderr
    assert "looked at by hairnet; all are in triage.csv" in done.stdout
    lines = (tmp_path / "triage.csv").read_text().splitlines()
    assert lines[0].startswith("rank,photo,worth,expected_iou,")
    assert len(lines) == 4
    known = hairopt("dataset", "triage", dataset, "--labelled", dataset, "--json")
    assert {one["reason"] for one in json.loads(known.stdout)} == {"labelled already"}


def test_triage_refuses_an_empty_folder_and_three_networks(hairopt, dataset, tmp_path):
    (tmp_path / "none").mkdir()
    empty = hairopt("dataset", "triage", "none", COLUMNS="200")
    assert (empty.returncode, "no photo" in empty.stderr) == (2, True)
    three = [part for name in "abc" for part in ("--model", name)]
    many = hairopt("dataset", "triage", dataset, *three, COLUMNS="200")
    assert (many.returncode, "one or two different networks" in many.stderr) == (2, True)
