"""The kind ``command``: a program for every photo."""

from __future__ import annotations

import os
import sys
import time

import psutil
import pytest

from hairopt.backends.command import CommandClient
from hairopt.backends.errors import BackendError
from hairopt.backends.request import Request
from hairopt.backends.schema import CommandBackend
from hairopt.types import Shade

PROGRAM = """
import os, pathlib, subprocess, sys, time
photo, answer, shade, intensity, token = sys.argv[1:]
what = pathlib.Path(photo).read_bytes()[4:].decode()
print("working", file=sys.stderr)
if what == "fail": sys.exit("no hair")
if what == "hang":
    subprocess.Popen(["sleep", "60"])
    time.sleep(60)
if what == "memory":
    kept = bytearray(b"x" * 60_000_000)
    time.sleep(0.2)
    sum(range(2_000_000))
text = f"{what} {pathlib.Path(photo).suffix} {shade} {intensity} {token} {os.getcwd()}"
if answer != "-": pathlib.Path(answer).write_text(text)
else: print(text, end="")
"""


@pytest.fixture
def client(tmp_path):
    (tmp_path / "dye.py").write_text(PROGRAM)
    clients = []

    def make(answer: str = "{answer}", **further) -> CommandClient:
        words = ["{photo}", answer, "{shade_hex}", "{intensity:int}", "x={env:TOKEN}{{}}"]
        spec = CommandBackend(
            kind="command",
            command=[sys.executable, "dye.py", *words],
            cwd=str(tmp_path),
            timeout_s=0.5,
            **further,
        )
        clients.append(CommandClient(spec, {**os.environ, "TOKEN": "t"}))
        return clients[-1]

    yield make
    for one in clients:
        one.close()
    assert not psutil.Process().children(recursive=True)


def ask(client, what: str = "hair", within_s: float = 20.0):
    data = b"\x89PNG" + what.encode()
    request = Request(data, Shade("#5b2a4d", "plum"), 69.7)
    return client.ask(request, time.monotonic() + within_s)


@pytest.mark.parametrize("answer", ["{answer}", "-"])
def test_the_answer_is_a_file_or_standard_output(client, tmp_path, answer):
    found = ask(client(answer))
    assert found.image == f"hair .png #5b2a4d 70 x=t{{}} {tmp_path}".encode()
    assert found.cpu_ms > 1
    assert found.inside_ms > 1


def test_an_answer_of_an_earlier_photo_is_never_taken(client):
    one = client()
    ask(one)
    with pytest.raises(BackendError) as failure:
        ask(one, "fail")
    assert failure.value.kind == "ended"
    assert "ended with exit status 1. Its last output: working | no hair" in str(failure.value)


def test_a_program_that_writes_nothing_is_told(tmp_path):
    spec = CommandBackend(
        kind="command", command=["true", "{photo}", "{answer}"], cwd=str(tmp_path)
    )
    one = CommandClient(spec, dict(os.environ))
    with pytest.raises(BackendError, match=r"true wrote nothing to \{answer\}"):
        ask(one)
    one.close()


def test_a_program_that_hangs_is_ended_with_its_children(client):
    began = time.monotonic()
    with pytest.raises(BackendError) as failure:
        ask(client(), "hang", within_s=0.6)
    assert failure.value.kind == "timeout"
    assert time.monotonic() - began < 5
    assert not [
        one
        for one in psutil.process_iter(["name", "ppid"])
        if one.info == {"name": "sleep", "ppid": os.getpid()}
    ]


def test_its_memory_is_watched_where_that_is_asked_for(client):
    one = client()
    assert ask(one, "memory").peak_mb is None
    one.watches_memory = True
    found = ask(one, "memory")
    assert 60 < found.peak_mb < 200
    assert found.cpu_ms > 5


def test_a_program_that_is_absent_is_told(tmp_path):
    spec = CommandBackend(kind="command", command=["no-such-dye", "{photo}"], cwd=str(tmp_path))
    one = CommandClient(spec, dict(os.environ))
    with pytest.raises(BackendError, match=r"no-such-dye cannot be started: No such file.*in PATH"):
        ask(one)
    one.close()
