from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hairopt.files import lock as file_lock
from hairopt.files import whole_folder
from hairopt.files.whole_folder import (
    carry_over,
    keep,
    recover,
    remove_leftovers,
    scratch_folder,
)
from hairopt.files.whole_folder import (
    whole_folder as whole,
)
from tests.killed import every_kill, is_killed, needs_fork, waiting


def write(path: Path, content: str, *, replace: bool = True, complete: bool = False) -> None:
    """A folder of three files that all say the same."""
    with whole(path, replace=replace) as new:
        for name in ("a", "b", "in/c"):
            (new / name).parent.mkdir(exist_ok=True)
            (new / name).write_text(content)
        if complete:
            keep(new)


def content(path: Path) -> str:
    """What all files of a folder say; fails where they differ or one is missing."""
    (said,) = {(path / name).read_text() for name in ("a", "b", "in/c")}
    assert sorted(entry.name for entry in path.iterdir()) == ["a", "b", "in"]
    return said


@pytest.fixture(params=["exchange", "two steps"])
def way(request, monkeypatch):
    """Both ways of replacing: in one step, and where the file system knows no exchange."""
    if request.param == "two steps":
        monkeypatch.setattr(whole_folder, "exchange", lambda *_: False)
    return request.param


def test_a_folder_appears_when_it_is_whole(tmp_path):
    with whole(tmp_path / "deep" / "set") as new:
        (new / "a").write_text("x")
        assert not (tmp_path / "deep" / "set").exists()
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["set"]
    assert [path.name for path in (tmp_path / "deep" / "set").iterdir()] == ["a"]


def test_what_is_there_is_replaced_when_asked_for(tmp_path, way):
    write(tmp_path / "set", "old")
    (tmp_path / "set").chmod(0o750)
    write(tmp_path / "set", "new")
    assert content(tmp_path / "set") == "new"
    assert stat.S_IMODE((tmp_path / "set").stat().st_mode) == 0o750
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take two steps")
def test_this_file_system_exchanges_in_one_step(tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    assert whole_folder.exchange(tmp_path / "first", tmp_path / "second")
    assert (tmp_path / "first" / "second").exists()
    assert not whole_folder.exchange(tmp_path / "first", tmp_path / "absent")


def test_nothing_is_replaced_unasked(tmp_path, way):
    write(tmp_path / "set", "old")
    with pytest.raises(FileExistsError) as caught:
        write(tmp_path / "set", "new", replace=False)
    assert caught.value.filename == str(tmp_path / "set")
    assert content(tmp_path / "set") == "old"
    (tmp_path / "empty").mkdir()
    write(tmp_path / "empty", "new", replace=False)
    assert content(tmp_path / "empty") == "new"
    (tmp_path / "file").write_text("mine")
    with pytest.raises(FileExistsError):
        write(tmp_path / "file", "new")
    assert (tmp_path / "file").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file", "set"]


@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_what_was_there_survives_a_failure(tmp_path, way, monkeypatch, fault):
    write(tmp_path / "set", "old")

    def fail(_):
        raise fault

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(type(fault)):
        write(tmp_path / "set", "new")
    assert content(tmp_path / "set") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_an_interruption_between_the_two_steps_loses_neither(tmp_path, monkeypatch):
    write(tmp_path / "set", "old")
    monkeypatch.setattr(whole_folder, "exchange", lambda *_: False)
    rename = Path.rename

    def interrupted(self, target):
        done = rename(self, target)
        if "old" in target.name:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "set", "new")
    assert content(tmp_path / "set") == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_check_right_before_the_end_may_refuse(tmp_path):
    def refuse():
        raise ValueError("not any more")

    with pytest.raises(ValueError, match="not any more"), whole(tmp_path / "set", check=refuse):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_is_kept_outlives_its_block(tmp_path):
    def measure():
        with whole(tmp_path / "set") as new:
            (new / "a").write_text("measured")
            keep(new)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure()
    assert (tmp_path / "set" / "a").read_text() == "measured"
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_everything_is_on_the_disk_before_it_moves_and_the_move_after_it(tmp_path, steps):
    write(tmp_path / "set", "old")
    path = tmp_path / "set"
    moved = steps.index(("rename", path))
    written = {where.name for what, where in steps[:moved] if what == "fsync"}
    assert written >= {"a", "b", "in", "c", "new"}
    assert ("fsync", tmp_path) in steps[moved:]


def test_a_link_stays_a_link(tmp_path):
    write(tmp_path / "else" / "set", "old")
    (tmp_path / "link").symlink_to("else/set")
    write(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert content(tmp_path / "else" / "set") == "new"


def test_what_others_put_there_is_carried_over(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    (old / "notes").mkdir(parents=True)
    (old / "notes" / "why.md").write_text("mine")
    (old / "made.json").write_text("ours")
    (old / "link").symlink_to("made.json")
    new.mkdir()
    carry_over(old, new, ours=lambda name: name == "made.json")
    assert (new / "notes" / "why.md").read_text() == "mine"
    assert (new / "link").is_symlink()
    assert sorted(path.name for path in new.iterdir()) == ["link", "notes"]
    carry_over(tmp_path / "absent", new, ours=lambda _: False)


@needs_fork
def test_killed_at_every_step_one_of_the_two_is_there_and_the_next_one_cleans_up(tmp_path, way):
    path = tmp_path / "set"
    found = set()
    write(path, "0")
    for step in every_kill(lambda: write(path, "new"), tmp_path):
        if way == "exchange":
            found.add(content(path))  # at any moment, without anybody's help
        recover(path)
        found.add(content(path))
        write(path, str(step))
        assert content(path) == str(step)
        assert [entry.name for entry in tmp_path.iterdir()] == ["set"], step
    assert "new" in found
    assert found - {"new"} == {str(number) for number in range(len(found) - 1)}


@needs_fork
def test_killed_at_every_step_a_new_folder_is_whole_or_not_there(tmp_path):
    path = tmp_path / "set"
    found = []
    for step in every_kill(lambda: write(path, "new", replace=False), tmp_path):
        found.append(content(path) if path.exists() else None)
        write(path, str(step))
        assert content(path) == str(step)
        assert [entry.name for entry in tmp_path.iterdir()] == ["set"]
        for file in ("a", "b", "in/c"):
            (path / file).unlink()
        (path / "in").rmdir()
        path.rmdir()
    assert found == sorted(found, key=lambda one: one is not None)
    assert set(found) == {None, "new"}


@needs_fork
def test_killed_at_every_step_what_was_complete_is_kept_and_said(tmp_path):
    path = tmp_path / "set"
    kept = []
    for _ in every_kill(lambda: write(path, "new", replace=False, complete=True), tmp_path):
        said: list[Path] = []
        was_there = path.exists()
        remove_leftovers(tmp_path, said.append)
        assert said == ([path] if path.exists() and not was_there else [])
        kept.append(path.exists())
        if path.exists():
            assert content(path) == "new"
            subprocess.run(["rm", "-r", str(path)], check=True)
        assert list(tmp_path.iterdir()) == []
    assert kept == sorted(kept)
    assert kept.count(True) > 3


@needs_fork
def test_killed_at_every_step_of_cleaning_up_the_next_one_goes_on(tmp_path):
    write(tmp_path / "set", "old")

    def leave() -> None:
        assert is_killed(lambda: write(tmp_path / "set", "new"), tmp_path, 10)
        assert len(list(tmp_path.iterdir())) == 2

    leave()
    for _ in every_kill(lambda: remove_leftovers(tmp_path), tmp_path):
        remove_leftovers(tmp_path)
        assert [entry.name for entry in tmp_path.iterdir()] == ["set"]
        leave()


def test_what_is_being_written_is_nobody_elses_to_remove(tmp_path):
    with whole(tmp_path / "set") as new:
        (new / "a").write_text("x")
        with scratch_folder(tmp_path):
            remove_leftovers(tmp_path)
            assert (new / "a").exists()
    assert (tmp_path / "set" / "a").exists()


def test_only_what_hairopt_left_is_removed(tmp_path):
    for name in (".partial-mine", ".partial-0123456789", ".partial-01234567"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.txt").touch()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "owner").touch()
    (tmp_path / ".partial-76543210").symlink_to("elsewhere")
    remove_leftovers(tmp_path)
    assert len(list(tmp_path.iterdir())) == 5
    assert (tmp_path / "elsewhere" / "owner").exists()


def test_where_there_are_no_locks_it_works_and_leftovers_stay(tmp_path, monkeypatch):
    for module in (file_lock, whole_folder):
        monkeypatch.setattr(module, "take", lambda *_, **__: False)
    with scratch_folder(tmp_path) as other:
        write(tmp_path / "set", "new")
        assert other.is_dir()
    assert [entry.name for entry in tmp_path.iterdir()] == ["set"]


@needs_fork
@pytest.mark.parametrize("replace", [False, True])
def test_of_two_at_once_each_is_whole_and_none_is_lost_unasked(tmp_path, way, replace):
    path = tmp_path / "set"

    def slow(wait):
        with whole(path, replace=replace, check=wait) as new:
            (new / "a").write_text("slow")

    with waiting(slow) as go_on:
        with whole(path, replace=replace) as new:
            (new / "a").write_text("quick")
        assert go_on() == ("" if replace else "FileExistsError")
    assert (path / "a").read_text() == ("slow" if replace else "quick")
    assert [entry.name for entry in tmp_path.iterdir()] == ["set"]
