"""The kind ``command``: a program that is started for every photo."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from hairopt.backends import child
from hairopt.backends.answer import Answer
from hairopt.backends.client import Opened
from hairopt.backends.errors import BackendError
from hairopt.backends.process_tree import ProcessTree
from hairopt.backends.request import Hidden, Request
from hairopt.backends.schema import IN_COMMAND, CommandBackend
from hairopt.backends.template import Template

_LOOK_S = 0.003
"""How often the memory of a program is read while it runs; only where it is asked for."""


class CommandClient:
    """Starts the program; the photo is a file, the answer is a file or standard output."""

    tree: ProcessTree | None = None

    def __init__(self, spec: CommandBackend, environment: Mapping[str, str]) -> None:
        self._spec = spec
        self._environment = environment
        self._words = [Template.parse(word, IN_COMMAND) for word in spec.command]
        self._has_answer = any("{answer}" in word for word in spec.command)
        self._folder = tempfile.TemporaryDirectory(prefix="hairopt-", dir=_memory_folder())
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        self.watches_memory = False

    def open(self) -> Opened:
        """Nothing is started: the first request is as cold as all others."""
        return Opened(note="started for every photo")

    def ask(self, request: Request, deadline_s: float) -> Answer:
        """Start the program and wait for its end."""
        folder = Path(self._folder.name)
        photo, answer = folder / request.name, folder / "answer"
        photo.write_bytes(request.photo)
        answer.unlink(missing_ok=True)
        paths = {"photo": str(photo), "answer": str(answer)}
        values = request.values(self._environment, paths)
        command = [word.fill(values) for word in self._words]
        self._stderr.seek(0)
        self._stderr.truncate()
        began = time.perf_counter()
        process = child.start(
            command,
            self._spec.cwd,
            self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            new_session=True,
        )
        printed, code, cpu_ms, peak_mb = self._finished(process, deadline_s)
        if code:
            raise BackendError(
                "ended", f"{command[0]} {child.how_it_ended(code)}.{child.last_words(self._stderr)}"
            )
        image = self._image(answer, printed, command[0])
        inside_ms = (time.perf_counter() - began) * 1000
        return Answer(image, inside_ms=inside_ms, cpu_ms=cpu_ms, peak_mb=peak_mb)

    def describe(self, request: Request) -> tuple[str, ...]:
        """The words of the command."""
        paths = {"photo": request.name, "answer": "answer"}
        values = request.values(Hidden(), paths)
        return (shlex.join(word.fill(values) for word in self._words),)

    def close(self) -> None:
        """Delete the files."""
        self._folder.cleanup()
        self._stderr.close()

    def _image(self, answer: Path, printed: bytes, program: str) -> bytes:
        if not self._has_answer:
            data, place = printed, "to standard output, and the command has no {answer}"
        else:
            place = "to {answer}"
            try:
                data = answer.read_bytes()
            except OSError:
                data = b""
        if not data:
            words = child.last_words(self._stderr)
            raise BackendError("answer", f"{program} wrote nothing {place}.{words}")
        return data

    def _finished(
        self, process: subprocess.Popen[bytes], deadline_s: float
    ) -> tuple[bytes, int, float, float | None]:
        """What it printed, its exit status, CPU time and the peak of its memory."""
        assert process.stdout is not None
        late = threading.Event()

        def stop() -> None:
            late.set()
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)

        timer = threading.Timer(max(0.0, deadline_s - time.monotonic()), stop)
        timer.daemon = True
        timer.start()
        try:
            with _Watch(process.pid if self.watches_memory else None) as watch:
                printed = process.stdout.read()
                _, status, usage = os.wait4(process.pid, 0)
        finally:
            timer.cancel()
            process.stdout.close()
        process.returncode = code = os.waitstatus_to_exitcode(status)
        if late.is_set():
            raise BackendError(
                "timeout",
                f"{self._spec.command[0]} did not end within {self._spec.timeout_s:g} s and was "
                f"stopped.{child.last_words(self._stderr)}",
            )
        return printed, code, 1000 * (usage.ru_utime + usage.ru_stime), watch.peak_mb


class _Watch:
    """Context manager: the largest memory of a process and its children meanwhile."""

    def __init__(self, pid: int | None) -> None:
        self.peak_mb: float | None = None
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> _Watch:
        if self._pid is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._pid is not None:
            self._thread.join()

    def _look(self) -> None:
        assert self._pid is not None
        tree = ProcessTree(self._pid)
        while not self._done.wait(_LOOK_S):
            tree.refresh()
            found = tree.peak_mb()
            if found:
                self.peak_mb = max(self.peak_mb or 0.0, found)


def _memory_folder() -> str | None:
    """A folder in memory, so that no disk is measured; None for the usual one."""
    folder = "/dev/shm"
    return folder if sys.platform == "linux" and os.access(folder, os.W_OK | os.X_OK) else None
