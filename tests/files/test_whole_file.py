from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from hairopt.files import lock as file_lock
from hairopt.files import whole_file
from hairopt.files.whole_file import write_whole
from tests.killed import every_kill, is_killed, needs_fork


def test_writes_and_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    for content in (b"first", b"second, longer"):
        write_whole(file, content)
        assert file.read_bytes() == content
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_what_was_there_survives_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    def fail(_: int) -> None:
        raise fault

    file = tmp_path / "page.html"
    write_whole(file, b"first")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(type(fault)) as caught:
        write_whole(file, b"second")
    assert file.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [file]
    if isinstance(caught.value, OSError):
        assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(file))


def test_an_absent_folder_is_named_with_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        write_whole(tmp_path / "absent" / "page.html", b"x")
    assert caught.value.filename == str(tmp_path / "absent" / "page.html")


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("file")
    write_whole(tmp_path / "link", b"x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"x"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_what_is_no_plain_file_is_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, b"x")
    assert os.read(reader, 10) == b"x"
    os.close(reader)
    assert pipe.is_fifo()


def test_what_is_there_is_not_replaced_unasked(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    write_whole(file, b"first", replace=False)
    with pytest.raises(FileExistsError) as caught:
        write_whole(file, b"second", replace=False)
    assert caught.value.filename == str(file)
    assert file.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [file]


def test_nor_where_the_file_system_has_no_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "no links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    test_what_is_there_is_not_replaced_unasked(tmp_path)


def test_a_file_keeps_its_permissions(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    write_whole(file, b"first")
    file.chmod(0o640)
    write_whole(file, b"second")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_the_longest_name_a_file_can_have(tmp_path: Path) -> None:
    for name in ("x" * 255, "\N{PILE OF POO}" * 63):
        write_whole(tmp_path / name, b"x")
        assert (tmp_path / name).read_bytes() == b"x"


def test_it_is_on_the_disk_before_it_moves_and_the_move_after_it(
    tmp_path: Path, steps: list[tuple[str, Path]]
) -> None:
    write_whole(tmp_path / "page.html", b"x")
    (first, part), second, third = steps
    assert (first, part.suffix) == ("fsync", ".part")
    assert second == ("rename", tmp_path / "page.html")
    assert third == ("fsync", tmp_path)


@needs_fork
@pytest.mark.parametrize("replace", [True, False])
def test_killed_at_every_step_one_of_the_two_is_there_and_the_next_one_cleans_up(
    tmp_path: Path, replace: bool
) -> None:
    file = tmp_path / "page.html"
    found = []
    for _ in every_kill(lambda: write_whole(file, b"new", replace=replace), tmp_path):
        found.append(file.read_bytes() if file.exists() else b"old")
        write_whole(file, b"old")
        assert file.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [file]
        if not replace:
            file.unlink()
    assert found == sorted(found, reverse=True)  # old until it is new
    assert set(found) == {b"old", b"new"}


@needs_fork
def test_what_is_being_written_is_nobody_elses_to_remove(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    assert is_killed(lambda: write_whole(file, b"gone"), tmp_path, 3)
    whole_file._remove_leftovers.cache_clear()
    (leftover,) = tmp_path.iterdir()
    (tmp_path / ".mine.part").touch()
    with whole_file._part(file, b"slow") as part:
        write_whole(tmp_path / "other.html", b"quick")
        assert not leftover.exists()
        assert part.read_bytes() == b"slow"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".mine.part", "other.html"]


def test_where_there_are_no_locks_files_are_whole_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (file_lock, whole_file):
        monkeypatch.setattr(module, "take", lambda *_, **__: False)
    with whole_file._part(tmp_path / "other.html", b"slow") as part:
        write_whole(tmp_path / "page.html", b"x")
        assert part.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
