"""The kind ``python``: a callable in an interpreter of its own, asked over pipes."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hairopt.backends import child
from hairopt.backends.answer import Answer, cleaned, decoded_mask, require_mask_of
from hairopt.backends.client import Opened
from hairopt.backends.errors import BackendError
from hairopt.backends.process_tree import ProcessTree
from hairopt.backends.request import Request
from hairopt.backends.schema import PythonBackend
from hairopt.types import ImageU8, MaskF32

HOST = Path(__file__).with_name("python_host.py")
_RUN = """import sys
__file__ = sys.argv.pop(1)
exec(compile(open(__file__).read(), __file__, "exec"))"""
_SET_PIPE_SIZE, _PIPE_BYTES = 1031, 1 << 20
_CHUNK = 1 << 20
_LOOK_S = 0.1
"""How often it is looked whether the process has ended: a child of it may keep the pipe open."""

_MOST_BYTES = 1 << 30
_FLOATS = ("float16", "float32", "float64")


class PythonClient:
    """A host process with the callable; it is started again after it has ended."""

    def __init__(self, spec: PythonBackend, environment: Mapping[str, str]) -> None:
        self._spec = spec
        self._environment = environment
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        self._process: subprocess.Popen[bytes] | None = None
        self.tree: ProcessTree | None = None

    def open(self) -> Opened:
        """Start the interpreter, import the callable, call ``setup``."""
        began = time.monotonic()
        spec = self._spec
        command = [spec.python or sys.executable, "-c", _RUN, str(HOST)]
        self._process = child.start(
            command,
            spec.cwd,
            self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            new_session=True,
        )
        for pipe in (self._process.stdin, self._process.stdout):
            _enlarge(pipe)
        self.tree = ProcessTree(self._process.pid)
        head = {"call": spec.call, "setup": spec.setup, "path": [*spec.path, spec.cwd]}
        deadline_s = began + spec.start_timeout_s
        try:
            self._write(head, (), deadline_s)
            told = self._read(deadline_s, "while loading")[0]
        except BackendError:
            self._end()
            raise
        if not told["ok"]:
            self._end()
            raise BackendError("raised", f"{spec.call} cannot be loaded: {self._reason(told)}")
        whole_ms = (time.monotonic() - began) * 1000
        self.tree.refresh()
        return Opened(
            import_ms=max(0.0, whole_ms - told["load_ms"]),
            load_ms=told["load_ms"],
            is_cold=True,
            note=f"{spec.call} in Python {told['python']}, {told['executable']}",
        )

    def ask(self, request: Request, deadline_s: float) -> Answer:
        """Call the callable once."""
        if self._process is None:
            self.open()
        head = {"shade": request.shade.hex, "intensity": float(request.intensity)}
        self._write(head, (request.photo,), deadline_s)
        told, parts = self._read(deadline_s, "while answering")
        if not told["ok"]:
            raise BackendError("raised", f"{self._spec.call} failed: {self._reason(told)}")
        image = _image(told["image"], parts[0])
        mask = _mask(told["mask"], parts[1]) if "mask" in told else None
        return Answer(
            image,
            mask,
            cleaned(told["stage_ms"]),
            inside_ms=told["inside_ms"],
            cpu_ms=told["cpu_ms"],
        )

    def describe(self, request: Request) -> tuple[str, ...]:
        """The call."""
        shade, intensity = request.shade.hex, float(request.intensity)
        return (f'{self._spec.call}(<{len(request.photo):,} bytes>, "{shade}", {intensity:g})',)

    def close(self) -> None:
        """End the interpreter."""
        self._end()
        self._stderr.close()

    def _reason(self, told: Mapping[str, Any]) -> str:
        where = f" ({told['where']})" if told["where"] else ""
        missing = ""
        if told["missing"]:
            python = self._spec.python or sys.executable
            missing = f"; it has to be installed where {python} finds it"
            if self._spec.python is None:
                missing += ", or backend.python has to name another interpreter"
        return f"{told['error']}{where}{missing}"

    def _write(self, head: Mapping[str, Any], parts: tuple[bytes, ...], deadline_s: float) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        data = json.dumps({**head, "sizes": [len(part) for part in parts]}).encode()
        target = self._process.stdin.fileno()
        os.set_blocking(target, False)
        for part in (struct.pack(">Q", len(data)) + data, *parts):
            rest = memoryview(part)
            while rest:
                try:
                    rest = rest[os.write(target, rest[:_CHUNK]) :]
                except BlockingIOError:
                    self._wait([], [target], deadline_s, "while reading the photo")
                except OSError as error:
                    raise self._lost("while reading the photo") from error

    def _read(self, deadline_s: float, doing: str) -> tuple[dict[str, Any], list[bytes]]:
        size = struct.unpack(">Q", self._exactly(8, deadline_s, doing))[0]
        head: dict[str, Any] = json.loads(self._exactly(size, deadline_s, doing))
        return head, [bytes(self._exactly(n, deadline_s, doing)) for n in head["sizes"]]

    def _exactly(self, length: int, deadline_s: float, doing: str) -> bytearray:
        assert self._process is not None
        assert self._process.stdout is not None
        if length > _MOST_BYTES:
            self._end()
            raise BackendError("answer", f"{self._spec.call} answered more than 1 GB")
        source = self._process.stdout.fileno()
        data = bytearray(length)
        view, done = memoryview(data), 0
        while done < length:
            self._wait([source], [], deadline_s, doing)
            n = os.readv(source, [view[done:]])
            if not n:
                raise self._lost(doing)
            done += n
        return data

    def _wait(self, reads: list[int], writes: list[int], deadline_s: float, doing: str) -> None:
        """Wait until a pipe is ready.

        Raises:
            BackendError: the process has ended, or it takes too long and was ended.
        """
        assert self._process is not None
        while True:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                self._end()
                raise BackendError(
                    "timeout",
                    f"{self._spec.call} did not end in time {doing} and was stopped."
                    f"{child.last_words(self._stderr)}",
                )
            if any(select.select(reads, writes, [], min(left_s, _LOOK_S))):
                return
            if self._process.poll() is not None and not any(select.select(reads, [], [], 0)):
                raise self._lost(doing)

    def _lost(self, doing: str) -> BackendError:
        """The error of a process that has ended; the next request starts another one."""
        process = self._process
        assert process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_S)
        code = process.poll()
        ended = "closed its connection" if code is None else child.how_it_ended(code)
        self._end()
        words = child.last_words(self._stderr)
        return BackendError("ended", f"the process of {self._spec.call} {ended} {doing}.{words}")

    def _end(self) -> None:
        process, self._process, self.tree = self._process, None, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):
                pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_S)
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@dataclass(frozen=True)
class _Array:
    """An array of a callable, as its bytes."""

    dtype: str
    shape: tuple[int, ...]

    def of(self, data: bytes) -> np.ndarray[Any, np.dtype[Any]]:
        return np.frombuffer(data, np.dtype(self.dtype)).reshape(self.shape)

    def __str__(self) -> str:
        return f"a {self.dtype} array {self.shape}"


def _image(told: Mapping[str, Any], data: bytes) -> bytes | ImageU8:
    """A picture, as bytes or pixels.

    Raises:
        BackendError: an array of another type or shape.
    """
    if told["kind"] == "bytes":
        return data
    array = _Array(told["dtype"], tuple(told["shape"]))
    is_rgb = len(array.shape) == 3 and array.shape[2] == 3 and all(array.shape)
    if array.dtype != "uint8" or not is_rgb:
        raise BackendError(
            "picture", f"the answer's image is {array}; needed is uint8 (H, W, 3), RGB, or bytes"
        )
    return array.of(data)


def _mask(told: Mapping[str, Any], data: bytes) -> MaskF32:
    """A mask, float32 (h, w).

    Raises:
        BackendError: neither a picture of coverage nor an array of floats in [0, 1].
    """
    if told["kind"] == "bytes":
        return decoded_mask(data, "the answer's mask")
    array = _Array(told["dtype"], tuple(told["shape"]))
    if array.dtype not in (*_FLOATS, "bool"):
        raise BackendError(
            "answer", f"the answer's mask is {array}; needed are floats in [0, 1], or PNG bytes"
        )
    return require_mask_of(np.ascontiguousarray(array.of(data), dtype=np.float32))


def _enlarge(pipe: Any) -> None:  # noqa: ANN401 - a pipe of subprocess
    """Let a pipe hold a whole photo, so that its two ends need not take turns (Linux)."""
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe.fileno(), _SET_PIPE_SIZE, _PIPE_BYTES)
