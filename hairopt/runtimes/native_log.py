"""Keeping the chatter of native libraries off stderr without losing what explains a failure."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_TAIL_CHARACTERS = 800


@contextmanager
def quiet_stderr() -> Iterator[Callable[[], str]]:
    """Send what is written to file descriptor 2 meanwhile, by any thread, to a temporary file.

    Yields:
        A function that gives the last 800 characters written so far, for an error message.
    """
    with tempfile.TemporaryFile() as log:
        try:
            saved = os.dup(2)
        except OSError:  # started without stderr: nothing to keep quiet
            yield str
            return

        def tail() -> str:
            length = log.seek(0, os.SEEK_END)
            log.seek(max(0, length - _TAIL_CHARACTERS))
            return log.read().decode(errors="replace").strip()

        _flush()
        os.dup2(log.fileno(), 2)
        try:
            yield tail
        finally:
            _flush()
            os.dup2(saved, 2)
            os.close(saved)


def _flush() -> None:
    # Python's own lines must not change sides between its buffer and the descriptor.
    if sys.stderr is not None and not sys.stderr.closed:
        sys.stderr.flush()
