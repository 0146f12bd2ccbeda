"""The kind ``python``: whatever the callable does, the request has an answer or a reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from hairopt.backends.errors import BackendError, BackendGoneError
from hairopt.backends.python import PythonClient
from hairopt.backends.request import Request
from hairopt.backends.schema import PythonBackend
from hairopt.backends.session import Session
from hairopt.types import Shade
from tests.pictures import photo, saved

PLUM = Shade("#5b2a4d", "plum")

CODE = """
import os, subprocess, sys, time

READY = []

def setup():
    READY.append(True)
    print("ready")

def process(photo, shade, intensity):
    print("print", shade, intensity)
    os.write(1, b"bytes to file 1, " * 3)
    subprocess.run(["echo", "a child prints"])
    what = photo.decode()
    if what == "exit":
        sys.exit(3)
    if what == "end":
        os._exit(4)
    if what == "raise":
        raise ValueError("bad photo")
    if what == "hang":
        time.sleep(60)
    if what == "fork":
        if os.fork() == 0:
            return b"answer of the child"
        time.sleep(0.2)
    if what == "nothing":
        return None
    if what == "key":
        return {"picture": b""}
    return f"{what} {shade} {intensity} {READY}".encode()

async def later(photo, shade, intensity):
    return photo

def array(photo, shade, intensity):
    import numpy as np
    image = np.zeros((4, 6, 3), np.uint8)
    image[..., 0] = 200
    mask = np.linspace(0, 1, 24, dtype=np.float64).reshape(4, 6)
    answer = {"image": image[::-1], "mask": mask.T.T, "stage_ms": {"segment": 3, "x": float("nan")}}
    if intensity == 1:
        answer["image"] = image[..., 0]
    if intensity == 2:
        answer["mask"] = mask * 2
    if intensity == 3:
        answer["mask"] = (mask * 255).astype(np.uint8)
    return answer

def where(photo, shade, intensity):
    import json
    try:
        import hairopt
    except ImportError:
        hairopt = None
    told = sys.prefix, hairopt is None, os.getcwd(), os.environ.get("OMP_NUM_THREADS")
    return json.dumps(told).encode()
"""


@pytest.fixture
def opened(tmp_path):
    """Opens a client for a callable of ``CODE``."""
    (tmp_path / "theirs.py").write_text(CODE)
    clients = []

    def start(call: str, **further) -> PythonClient:
        spec = PythonBackend(
            kind="python", call=f"theirs:{call}", cwd=str(tmp_path), timeout_s=0.5, **further
        )
        clients.append(PythonClient(spec, dict(os.environ)))
        clients[-1].open()
        return clients[-1]

    yield start
    for client in clients:
        client.close()
    assert not psutil.Process().children(recursive=True)


def ask(client, what: bytes = b"photo", intensity: float = 70.0, within_s: float = 20.0):
    return client.ask(Request(what, PLUM, intensity), time.monotonic() + within_s)


def test_the_callable_gets_photo_shade_and_intensity(opened):
    client = opened("process", setup="theirs:setup")
    assert ask(client).image == b"photo #5b2a4d 70.0 [True]"
    assert ask(client, b"x" * 3_000_000).image[:1] == b"x"


@pytest.mark.parametrize(
    ("what", "kind", "message"),
    [
        (b"exit", "raised", "it called sys.exit(3) (theirs.py:LINE)"),
        (b"end", "ended", "ended with exit status 4 while answering. Its last output: "),
        (b"raise", "raised", "ValueError: bad photo (theirs.py:LINE)"),
        (b"hang", "timeout", "did not end in time while answering and was stopped"),
        (b"nothing", "raised", "'image' of the answer is of type NoneType"),
        (b"key", "raised", "the dict has no key 'image', but ['picture']"),
    ],
)
def test_what_fails_is_told_and_the_next_photo_has_an_answer(opened, what, kind, message):
    client = opened("process")
    with pytest.raises(BackendError) as failure:
        ask(client, what, within_s=0.5 if what == b"hang" else 20.0)
    assert failure.value.kind == kind
    lines = CODE.splitlines()
    line = 2 + next(i for i, one in enumerate(lines) if f'what == "{what.decode()}"' in one)
    assert message.replace("LINE", str(line)) in str(failure.value)
    assert ask(client).image == b"photo #5b2a4d 70.0 []"


def test_a_child_that_returns_gives_no_second_answer(opened):
    client = opened("process")
    assert ask(client, b"fork").image == b"fork #5b2a4d 70.0 []"
    assert ask(client, b"next").image == b"next #5b2a4d 70.0 []"


def test_a_coroutine_is_awaited(opened):
    assert ask(opened("later")).image == b"photo"


def test_arrays_are_pictures_and_masks(opened):
    client = opened("array")
    answer = ask(client)
    assert answer.image.shape == (4, 6, 3)
    assert (answer.image[..., 0] == 200).all()
    assert answer.mask.dtype == np.float32
    np.testing.assert_allclose(answer.mask.ravel(), np.linspace(0, 1, 24), atol=1e-6)
    assert answer.stage_ms == {"segment": 3.0}
    assert 0 < answer.inside_ms < 5000
    assert answer.cpu_ms >= 0


@pytest.mark.parametrize(
    ("intensity", "message"),
    [(1, "a uint8 array (4, 6); needed is uint8 (H, W, 3)"), (2, "values from 0 to 2"),
     (3, "mask is a uint8 array (4, 6); needed are floats in [0, 1]")],
)  # fmt: skip
def test_arrays_of_other_types_are_refused(opened, intensity, message):
    client = opened("array")
    with pytest.raises(BackendError) as failure:
        ask(client, intensity=intensity)
    assert message in str(failure.value)


def test_it_runs_in_their_environment_and_not_in_ours(opened, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True
    )
    client = opened("where", python=str(tmp_path / "venv/bin/python"))
    told = json.loads(ask(client).image)
    assert told == [str(tmp_path / "venv"), True, str(tmp_path), None]


def test_a_package_that_is_missing_there_is_named(tmp_path):
    (tmp_path / "theirs.py").write_text("import no_such_package\n")
    spec = PythonBackend(kind="python", call="theirs:process", cwd=str(tmp_path), python="python3")
    client = PythonClient(spec, dict(os.environ))
    with pytest.raises(BackendError) as failure:
        client.open()
    client.close()
    assert "theirs:process cannot be loaded: ModuleNotFoundError: No module named" in str(
        failure.value
    )
    assert "(theirs.py:1); it has to be installed where python3 finds it" in str(failure.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"python": "/no/such/python"}, "/no/such/python cannot be started: No such file"),
        ({"cwd": "/no/such/folder"}, "backend.cwd, /no/such/folder, is no folder"),
        ({"call": "theirs:absent"}, "AttributeError: module 'theirs' has no attribute 'absent'"),
    ],
)
def test_what_does_not_start_is_told(tmp_path, change, message):
    (tmp_path / "theirs.py").write_text(CODE)
    spec = {"kind": "python", "call": "theirs:process", "cwd": str(tmp_path), **change}
    client = PythonClient(PythonBackend(**spec), dict(os.environ))
    with pytest.raises(BackendError) as failure:
        client.open()
    client.close()
    assert message in str(failure.value)


def test_what_always_hangs_is_given_up(tmp_path):
    (tmp_path / "theirs.py").write_text("import time\ndef process(*_): time.sleep(60)\n")
    spec = PythonBackend(kind="python", call="theirs:process", cwd=str(tmp_path), timeout_s=0.2)
    data = saved(photo(16), "PNG")
    with Session(spec, dict(os.environ)) as session:
        session.open()
        for _ in range(2):
            with pytest.raises(BackendError):
                session.ask(data, PLUM, 70.0)
        with pytest.raises(BackendGoneError, match="3 requests in a row had no answer"):
            session.ask(data, PLUM, 70.0)
