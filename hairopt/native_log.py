"""Keeping the chatter of native libraries off stderr without losing what explains a failure."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_TAIL_CHARACTERS = 800
_ONE_AT_A_TIME = threading.RLock()
"""A process has one stderr: two threads that both sent it elsewhere would lose it."""


class NativeLog:
    """What was written to stderr while it was kept quiet.

    Calling it gives the last 800 characters, for an error message.
    """

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def __call__(self) -> str:
        """The last 800 characters, without white space at the end."""
        return self.text()[-_TAIL_CHARACTERS:]

    def text(self) -> str:
        """All of it, without white space at both ends."""
        return self.data().decode(errors="replace").strip()

    def data(self) -> bytes:
        """All of it, byte for byte."""
        if self._descriptor is None:
            return b""
        size = os.fstat(self._descriptor).st_size
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        data = os.read(self._descriptor, size) if size else b""
        os.lseek(self._descriptor, 0, os.SEEK_END)
        return data


@contextmanager
def quiet_stderr() -> Iterator[NativeLog]:
    """Send what is written to file descriptor 2 meanwhile, by any thread, to a file in memory.

    Threads that want the same wait for each other.

    Yields:
        What was written so far.
    """
    with _ONE_AT_A_TIME:
        try:
            saved = os.dup(2)
        except OSError:  # started without stderr: nothing to keep quiet
            yield NativeLog(None)
            return
        log = _memory_file()
        _flush()
        os.dup2(log, 2)
        try:
            yield NativeLog(log)
        finally:
            _flush()
            os.dup2(saved, 2)
            os.close(saved)
            os.close(log)


def _memory_file() -> int:
    """The descriptor of a nameless file; in memory where the system can (in 10 us)."""
    if sys.platform == "linux":
        return os.memfd_create("hairopt-stderr")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _flush() -> None:
    # Python's own lines must not change sides between its buffer and the descriptor.
    if sys.stderr is not None and not sys.stderr.closed:
        sys.stderr.flush()
