"""Stored baselines: files, names, damage, and what was committed in a git revision."""

import json
import subprocess

import pytest

from hairopt.errors import DataError, UsageError
from hairopt.gate import stored
from hairopt.gate.snapshot import read_snapshot
from hairopt.gate.stored import (
    list_baselines,
    load_baseline,
    load_baseline_of_revision,
    promote_baseline,
    require_free,
    save_baseline,
)
from tests.gate.snapshots import snapshot
from tests.killed import every_kill, needs_fork


def test_what_is_saved_is_read_back(tmp_path):
    file = save_baseline(tmp_path / "new", "release", snapshot())
    assert load_baseline(tmp_path / "new", "release") == snapshot()
    assert list_baselines(tmp_path / "new") == ["release"]
    assert [path.name for path in file.parent.iterdir()] == ["release.json"]


def test_the_file_can_be_read_as_a_diff(tmp_path):
    before = save_baseline(tmp_path, "a", snapshot()).read_text().splitlines()
    ious = [0.5, *[case.scores["iou"] for case in snapshot().cases.values()][1:]]
    after = save_baseline(tmp_path, "b", snapshot(ious=ious)).read_text().splitlines()
    changed = [one for one, other in zip(before, after, strict=True) if one != other]
    assert len(changed) == 1
    assert "image-00" in changed[0]


def test_a_taken_name_is_not_overwritten_by_accident(tmp_path):
    save_baseline(tmp_path, "release", snapshot())
    with pytest.raises(UsageError, match="--replace"):
        save_baseline(tmp_path, "release", snapshot("int8"))
    save_baseline(tmp_path, "release", snapshot("int8"), replace=True)
    assert load_baseline(tmp_path, "release").variant == "int8"


def test_a_failed_save_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UsageError, match="No space left"):
        save_baseline(tmp_path, "release", snapshot())
    assert list(tmp_path.iterdir()) == []


def test_of_two_at_once_the_second_is_refused(tmp_path, monkeypatch):
    def overtaken(folder, name, **_):
        monkeypatch.undo()
        file = require_free(folder, name)
        save_baseline(folder, name, snapshot())
        return file

    monkeypatch.setattr(stored, "require_free", overtaken)
    with pytest.raises(UsageError, match="--replace overwrites it"):
        save_baseline(tmp_path, "release", snapshot("int8"))
    assert load_baseline(tmp_path, "release") == snapshot()
    assert [path.name for path in tmp_path.iterdir()] == ["release.json"]


@needs_fork
def test_killed_at_every_step_of_a_replacement_one_of_the_two_is_there(tmp_path):
    save_baseline(tmp_path, "release", snapshot())

    def replace():
        save_baseline(tmp_path, "release", snapshot("int8"), replace=True)

    found = [load_baseline(tmp_path, "release").variant for _ in every_kill(replace, tmp_path)]
    assert found == sorted(found)  # float32 until it is int8
    assert set(found) == {"float32", "int8"}


def test_promoting_copies_the_content(tmp_path):
    save_baseline(tmp_path, "next", snapshot("int8"))
    save_baseline(tmp_path, "release", snapshot())
    promote_baseline(tmp_path, "next", "release")
    assert load_baseline(tmp_path, "release") == load_baseline(tmp_path, "next")


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "-x", "x" * 81, "a\nb", "a b"])
def test_a_name_that_is_no_file_name_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match="baseline name"):
        save_baseline(tmp_path, name, snapshot())


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path):
    save_baseline(tmp_path, "release", snapshot())
    with pytest.raises(DataError, match="did you mean release"):
        load_baseline(tmp_path, "relaese")


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (lambda text: text[:-20], "no JSON"),
        (lambda text: text.replace("0.7,", "NaN,", 1), "NaN is no number"),
        (lambda text: text.replace("0.7,", "Infinity,", 1), "Infinity is no"),
        (lambda text: text.replace("hairopt.baseline/1", "hairopt.baseline/9"), "schema"),
        (lambda text: json.dumps({**json.loads(text), "extra": 1}), "extra"),
        (lambda _: "[]", "allowed is a table"),
        (lambda _: "\xff", "no UTF-8 text"),
    ],
)
def test_a_damaged_file_is_refused_by_name(tmp_path, damage, word):
    file = save_baseline(tmp_path, "release", snapshot())
    file.write_text(damage(file.read_text()), encoding="latin-1")
    with pytest.raises(DataError, match=word) as refused:
        read_snapshot(file)
    assert "release.json" in str(refused.value)


def git(folder, *arguments):
    settings = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


def test_a_revision_gives_what_was_committed_there(tmp_path):
    git(tmp_path, "init", "-q")
    save_baseline(tmp_path / "baselines", "release", snapshot())
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    save_baseline(tmp_path / "baselines", "release", snapshot("int8"), replace=True)
    found = load_baseline_of_revision(tmp_path / "baselines", "HEAD", "release")
    assert found.variant == "float32"
    with pytest.raises(DataError, match="git knows no baseline release in revision v9"):
        load_baseline_of_revision(tmp_path / "baselines", "v9", "release")
    with pytest.raises(DataError, match="git knows no baseline"):
        load_baseline_of_revision(tmp_path / "baselines", "--output=x", "release")
    assert not (tmp_path / "baselines" / "x").exists()


def test_outside_a_repository_there_is_no_revision(tmp_path):
    with pytest.raises(DataError, match="git knows no baseline"):
        load_baseline_of_revision(tmp_path, "HEAD", "release")
