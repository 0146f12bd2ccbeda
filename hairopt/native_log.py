"""Keep the output of native libraries off stderr, but available for error messages."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_TAIL_CHARACTERS = 800
_ONE_AT_A_TIME = threading.RLock()
"""A process has one stderr, so only one thread at a time may redirect it."""


class NativeLog:
    """The text written to stderr while it was redirected.

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
    """Redirect file descriptor 2, for all threads, to a file in memory.

    Only one thread at a time can do this; others wait.

    Yields:
        The text written so far.
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
    """The descriptor of a nameless file; in memory if the system can (takes 10 us)."""
    if sys.platform == "linux":
        return os.memfd_create("hairopt-stderr")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _flush() -> None:
    # Lines in Python's buffer must be written before the descriptor changes.
    if sys.stderr is not None and not sys.stderr.closed:
        sys.stderr.flush()
