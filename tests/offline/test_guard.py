"""The kernel's refusal of the internet to a process: what it takes, and what it leaves."""

import ctypes
import errno
import json
import socket
import subprocess
import sys
import urllib.error
from pathlib import Path
from types import SimpleNamespace

import pytest

from hairopt.offline import guard

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
REFUSED = str(errno.EACCES)
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the guard is seccomp's")


def tried(*arguments: str) -> dict:
    done = subprocess.run(
        [sys.executable, str(HERE / "in_guarded_process.py"), *arguments],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def answers() -> dict:
    return tried("out")


@linux_only
class TestProcess:
    def test_nothing_that_leads_out_of_the_machine_can_be_opened(self, answers):
        assert answers["installed"] is True
        families = answers["families"]
        assert families.pop("unix") == families.pop("netlink") == "opened"
        assert set(families.values()) == {REFUSED}

    def test_nor_in_its_threads_and_children(self, answers):
        assert (answers["thread"], answers["child"]) == (REFUSED, REFUSED)

    def test_asyncio_and_multiprocessing_work(self, answers):
        assert answers["socketpair"] == "x"
        assert answers["loop"] == 7
        assert answers["pools"].pop("manager") == [1, 2]
        assert {"fork", "spawn", "forkserver"} <= set(answers["pools"])
        assert all(found == [1, 2] for found in answers["pools"].values())

    def test_the_way_out_has_a_network_and_gives_it_to_what_it_starts(self, answers):
        assert answers["outside"] == answers["outside child"] == "opened"
        assert answers["outside again"] == "opened"
        assert answers["inside"] == REFUSED
        assert answers["raised"] is True

    def test_without_a_way_out_there_is_none(self):
        assert tried()["outside"] == REFUSED


def test_a_function_runs_where_it_is_where_nothing_was_refused():
    assert guard.run(lambda: 7, with_network=True) == 7
    assert guard._outside is None


@pytest.mark.parametrize(("system", "machine"), [("darwin", "arm64"), ("linux", "riscv64")])
def test_elsewhere_it_says_so_and_everything_goes_on(monkeypatch, system, machine):
    monkeypatch.setattr(guard.sys, "platform", system)
    monkeypatch.setattr(guard.os, "uname", lambda: SimpleNamespace(machine=machine))
    assert guard.refuse_internet() is False
    socket.socket().close()


def test_a_kernel_without_seccomp_is_no_error(monkeypatch):
    """As in a container whose profile forbids the call."""
    libc = SimpleNamespace(prctl=lambda *_: 0, syscall=lambda *_: -1)
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: libc)
    assert guard.refuse_internet() is False


@pytest.mark.parametrize(
    ("error", "is_so"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), True),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), True),
        (PermissionError(errno.EACCES, "Permission denied", "photo.jpg"), False),
        (FileNotFoundError(errno.ENOENT, "No such file"), False),
        (ValueError("x"), False),
    ],
)
def test_a_refusal_is_recognised_whatever_it_was_wrapped_in(monkeypatch, error, is_so):
    monkeypatch.setattr(guard, "_is_refusing", True)
    assert guard.was_refused(error) is is_so
    by_cause, by_context = urllib.error.URLError(error), RuntimeError("it failed")
    by_cause.__cause__ = by_context.__context__ = error
    assert guard.was_refused(by_cause) is is_so
    assert guard.was_refused(by_context) is is_so
    monkeypatch.setattr(guard, "_is_refusing", False)
    assert guard.was_refused(error) is False
