"""The highest resident memory of a command and of every process that it starts. Linux only."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_PAUSE_S = 0.02
"""A peak is kept by the kernel until the process ends or, in a worker, asks for a new one."""


@dataclass(frozen=True)
class Measured:
    """One command.

    Attributes:
        status: what it ended with.
        peak_mb: process id -> its highest resident memory, in MB (10**6 bytes).
        own: the processes that the command started itself, in the order of their start.
        programs: process id -> what it runs, such as ``hairopt`` or ``hairopt.measure.worker``.
        seconds: how long it took.
        words: the last line of standard error.
    """

    status: int
    peak_mb: dict[int, float]
    own: list[int]
    programs: dict[int, str]
    seconds: float
    words: str

    @property
    def largest_mb(self) -> float:
        """Of the process with the highest peak."""
        return max(self.peak_mb.values())

    def largest_of(self, program: str) -> float:
        """Of the processes that run one program; 0 where none did."""
        return max(
            (mb for pid, mb in self.peak_mb.items() if self.programs[pid] == program), default=0.0
        )


def measure(
    command: Sequence[str], cwd: Path, environment: Mapping[str, str], log: Path
) -> Measured:
    """Run a command and look at its processes until it ends.

    Args:
        command: what is run.
        cwd: where.
        environment: all of it.
        log: a file for what it says.
    """
    peak_mb: dict[int, float] = {}
    programs: dict[int, str] = {}
    own: list[int] = []
    start = time.monotonic()
    with log.open("wb") as said:
        root = psutil.Popen(
            list(command), cwd=cwd, env=dict(environment), stdout=said, stderr=subprocess.STDOUT
        )
        while root.poll() is None:
            for process in _tree(root):
                program, mb = _program(process), _peak_mb(process.pid)
                if mb is None or not program:
                    continue
                # A process that was just forked is a copy of its parent until it runs a program.
                if programs.get(process.pid, program) != program:
                    del peak_mb[process.pid]
                peak_mb[process.pid] = max(peak_mb.get(process.pid, 0.0), mb)
                programs[process.pid] = program
                if process.pid not in own and _parent(process) == root.pid:
                    own.append(process.pid)
            time.sleep(_PAUSE_S)
    lines = log.read_text(errors="replace").strip().splitlines()
    return Measured(
        root.returncode,
        peak_mb,
        own,
        programs,
        time.monotonic() - start,
        lines[-1] if lines else "",
    )


def _tree(root: psutil.Process) -> list[psutil.Process]:
    try:
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _parent(process: psutil.Process) -> int | None:
    try:
        return process.ppid()
    except psutil.Error:
        return None


def _peak_mb(pid: int) -> float | None:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return None


def _program(process: psutil.Process) -> str:
    """The module of ``python -m``, or the program."""
    try:
        command = process.cmdline()
    except psutil.Error:
        return ""
    if "-m" in command[:3]:
        return command[command.index("-m") + 1]
    return Path(command[0]).name if command else ""
