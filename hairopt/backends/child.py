"""Programs of a user: started as the user would start them, with the user's own environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from hairopt.backends.errors import BackendError
from hairopt.offline import guard

_STDERR_BYTES = 4096
_STDERR_LINES = 4
_PR_SET_PDEATHSIG, _SIGTERM = 1, 15


def start(
    command: Sequence[str],
    cwd: str,
    environment: Mapping[str, str],
    *,
    stdin: int,
    stdout: int,
    stderr: IO[bytes],
    new_session: bool = False,
    ends_with_parent: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a program.

    It may use the network, as it does without hairopt.

    Args:
        command: its words.
        cwd: its working directory.
        environment: its variables.
        stdin: as of ``subprocess.Popen``.
        stdout: as of ``subprocess.Popen``.
        stderr: where its messages go.
        new_session: whether it can be killed with all that it starts.
        ends_with_parent: whether it is asked to end when this process dies (Linux); that makes its
            start slower.

    Raises:
        BackendError: there is no such program or folder.
    """
    if not Path(cwd).is_dir():
        raise BackendError("no contact", f"backend.cwd, {cwd}, is no folder")

    def begin() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            list(command),
            cwd=cwd,
            env=dict(environment),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=new_session,
            preexec_fn=_end_with_parent if ends_with_parent and sys.platform == "linux" else None,
        )

    try:
        return guard.run(begin, with_network=True)
    except OSError as error:
        hint = "" if "/" in command[0] else " (it was looked up in PATH)"
        raise BackendError(
            "no contact", f"{command[0]} cannot be started: {error.strerror}{hint}"
        ) from error


def last_words(stderr: IO[bytes]) -> str:
    """The end of what a program wrote to its standard error, as a sentence; empty for nothing."""
    stderr.flush()
    size = os.fstat(stderr.fileno()).st_size
    data = os.pread(stderr.fileno(), _STDERR_BYTES, max(0, size - _STDERR_BYTES))
    lines = [line.strip() for line in data.decode(errors="replace").split("\n") if line.strip()]
    return f" Its last output: {' | '.join(lines[-_STDERR_LINES:])}" if lines else ""


def how_it_ended(code: int) -> str:
    """``ended with exit status 3``, or the name of a signal."""
    if code >= 0:
        return f"ended with exit status {code}"
    import signal

    name = signal.Signals(-code).name
    return f"was ended by signal {name}" + (
        ", most likely for lack of memory" if name == "SIGKILL" else ""
    )


def _end_with_parent() -> None:
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGTERM, 0, 0, 0)
