from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hairopt.files import lock as file_lock
from hairopt.files.lock import abandoned, locked
from tests.killed import waiting

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")


@contextmanager
def holder(path: Path) -> Iterator[None]:
    """Another process that holds the lock; killed at the end."""

    def hold(wait):
        with locked(path):
            wait()

    with waiting(hold):
        yield


def test_a_lock_is_gone_afterwards(tmp_path):
    with locked(tmp_path / "store"):
        assert [path.name for path in tmp_path.iterdir()] == [".store.hairopt-lock"]
    assert list(tmp_path.iterdir()) == []


def test_who_does_not_wait_is_told(tmp_path):
    with (
        holder(tmp_path / "store"),
        pytest.raises(BlockingIOError),
        locked(tmp_path / "store", wait=False),
    ):
        raise AssertionError("two at once")


def test_the_lock_of_a_killed_process_is_taken_over_and_others_of_it_removed(tmp_path):
    with holder(tmp_path / "store"), holder(tmp_path / "other"):
        pass
    assert len(list(tmp_path.iterdir())) == 2
    (tmp_path / "mine.lock").touch()
    with holder(tmp_path / "held"), locked(tmp_path / "store", wait=False):
        names = sorted(path.name for path in tmp_path.iterdir())
        assert names == [".held.hairopt-lock", ".store.hairopt-lock", "mine.lock"]


def test_one_works_at_a_time_however_many_there_are(tmp_path):
    count = tmp_path / "count"
    count.write_text("0")
    workers = []
    for _ in range(4):
        child = os.fork()
        if not child:
            for _ in range(50):
                with locked(count):
                    count.write_text(str(int(count.read_text()) + 1))
            os._exit(0)
        workers.append(child)
    assert {os.waitpid(child, 0)[1] for child in workers} == {0}
    assert count.read_text() == "200"
    assert [path.name for path in tmp_path.iterdir()] == ["count"]


def test_an_absent_or_deleted_file_has_no_owner_to_be_gone(tmp_path, monkeypatch):
    assert abandoned(tmp_path / "absent") is None
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")
    assert abandoned(tmp_path / "link") is None
    found = abandoned(tmp_path / "file")
    assert found is not None
    assert abandoned(tmp_path / "file") is None
    os.close(found)
    monkeypatch.setattr(file_lock, "is_still", lambda *_: False)
    assert abandoned(tmp_path / "file") is None


def test_where_there_are_no_locks_nobody_waits(tmp_path, monkeypatch):
    monkeypatch.setattr(file_lock, "take", lambda *_, **__: False)
    with locked(tmp_path / "store"), locked(tmp_path / "store"):
        assert abandoned(tmp_path / ".store.hairopt-lock") is None
