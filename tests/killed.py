"""Processes that are killed at every step on the disk, and processes that wait for each other."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from hairopt.files import whole_file, whole_folder

needs_fork = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")

_STEPS = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.truncate", "open"}


def every_kill(work: Callable[[], object], folder: Path) -> Iterator[int]:
    """Run ``work`` in processes of their own: the first is killed before its first step on the
    disk below ``folder``, the second before its second, and so on to the one that lives.

    A step is anything that renames, links, removes, makes, opens for writing or syncs.

    Yields:
        the number of the step, right after each process is gone; not for the last.
    """
    for step in itertools.count(1):
        if not is_killed(work, folder, step):
            assert step > 3, "nothing was written"
            return
        whole_file._remove_leftovers.cache_clear()  # as in the process that comes next
        yield step


def is_killed(work: Callable[[], object], folder: Path, step: int) -> bool:
    """Whether ``work`` had so many steps, and was killed before the last of them."""
    child = os.fork()
    if not child:
        _run(work, folder, step)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the process failed; what it said is above"
    return False


@contextmanager
def waiting(work: Callable[[Callable[[], None]], object]) -> Iterator[Callable[[], str]]:
    """Another process that has come to where ``work`` calls what it is given, and waits there.

    Yields:
        a function that lets the process go on to its end, and gives the name of the error that it
        ended with; empty where there was none.
    """
    (ready, say_ready), (go, say_go), (said, say) = os.pipe(), os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        os.close(say_go)

        def wait() -> None:
            os.write(say_ready, b"x")
            os.read(go, 1)

        try:
            work(wait)
        except BaseException as error:
            os.write(say, type(error).__name__.encode())
        os._exit(0)
    for end in (say_ready, go, say):
        os.close(end)

    gone = ExitStack()
    gone.callback(os.close, say_go)

    def go_on() -> str:
        gone.close()  # whoever reads from the other end is not kept waiting any more
        return os.read(said, 1000).decode()

    try:
        assert os.read(ready, 1), f"it did not come that far: {os.read(said, 1000).decode()}"
        yield go_on
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        gone.close()
        os.close(ready)
        os.close(said)


def _run(work: Callable[[], object], folder: Path, step: int) -> None:
    """In the child: never returns."""
    left = step
    below = os.fsencode(folder)

    def count() -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in _STEPS or not isinstance(arguments[0], (str, bytes, os.PathLike)):
            return
        # rmtree names what it removes relative to an open folder.
        path = os.fsencode(arguments[0])
        writes = event != "open" or (arguments[2] or 0) & (os.O_CREAT | os.O_WRONLY | os.O_RDWR)
        if writes and (path.startswith(below) or not path.startswith(b"/")):
            count()

    def synced(descriptor: int, fsync: Callable[[int], None] = os.fsync) -> None:
        count()
        fsync(descriptor)

    def exchanged(
        first: Path, second: Path, exchange: Callable[[Path, Path], bool] = whole_folder.exchange
    ) -> bool:
        count()
        return exchange(first, second)

    try:
        os.fsync = synced
        whole_folder.exchange = exchanged
        sys.addaudithook(audit)
        work()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
