"""System calls of a command and all that it starts, by strace: what it opened and what it wrote.

Every call is stopped at on its way in, so a socket that hairopt's guard refuses is seen too
(``strace --seccomp-bpf``, which is faster, would not see it). What counts:

- a socket that is not local (AF_UNIX, AF_NETLINK), whether or not the kernel gave it;
- a file or folder that was created, opened for writing, moved, linked, changed or removed outside
  the folders that are given. Shared memory under /dev/shm is a file like any other. No file is
  what nothing is kept in: /dev/null and terminals, pipes, sockets, anonymous memory, and the
  switches of a process itself under /proc.

Nothing that is traced can send anything: strace answers every connect and send itself.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SENDING = "connect,sendto,sendmsg,sendmmsg"
_OPENING = "open,openat,openat2,creat"
_CHANGING = (
    "mkdir,mkdirat,mknod,mknodat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,"
    "unlinkat,rmdir,truncate,chmod,fchmodat,chown,lchown,fchownat,setxattr,utimensat"
)
_OTHERS = "socket,io_uring_setup,seccomp,execve,chdir"
STRACE = (
    "strace", "-ff", "-ttt", "-q", "-y", "-s", "4096", "-e", "signal=none",
    "-e", f"trace={_SENDING},{_OPENING},{_CHANGING},{_OTHERS}",
    "-e", f"inject={_SENDING}:error=ENETUNREACH",
)  # fmt: skip

_LOCAL = ("AF_UNIX", "AF_NETLINK")
_NO_FILE = re.compile(r"/dev/(null|zero|full|tty|pts/\d+|u?random)(<.*>)?|/proc/\d+/.*|\w+:.*")
_LINE = re.compile(r"(?P<time>\d+\.\d+) (?P<call>\w+)\((?P<arguments>.*)\) += (?P<result>.*)")
_TEXT = re.compile(r'(?:(?:AT_FDCWD|\d+)<(?P<folder>[^>]*)>, )?"(?P<path>(?:[^"\\]|\\.)*)"')
_WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_TMPFILE")


@dataclass(frozen=True)
class Call:
    """One system call that ended, as strace wrote it."""

    time_s: float
    name: str
    arguments: str
    result: str

    @property
    def succeeded(self) -> bool:
        return not self.result.startswith("-1")

    def __str__(self) -> str:
        return f"{self.name}({self.arguments}) = {self.result}"


@dataclass(frozen=True)
class Process:
    """One process or thread: its calls in order, and where it began."""

    folder: Path
    calls: tuple[Call, ...]
    ended_s: float

    @property
    def program(self) -> str:
        """Path of the program it became; empty where it stayed what its parent was."""
        starts = [c for c in self.calls if c.name == "execve" and c.succeeded]
        return starts[-1].arguments.split('"')[1] if starts else ""

    @property
    def age_s(self) -> float:
        """How long it lived after it had become its program."""
        starts = [c.time_s for c in self.calls if c.name == "execve" and c.succeeded]
        return self.ended_s - starts[-1] if starts else 0.0


@dataclass(frozen=True)
class Trace:
    """What a command and all that it started did."""

    status: int
    stdout: str
    stderr: str
    processes: tuple[Process, ...]

    def python_processes(self) -> list[Process]:
        return [one for one in self.processes if Path(one.program).name.startswith("python")]

    def sockets(self, *, opened_only: bool = False) -> list[str]:
        """Sockets that lead out of the machine, and io_uring, which opens them unseen."""
        return [
            str(call)
            for process in self.processes
            for call in process.calls
            if _leads_out(call) and (call.succeeded or not opened_only)
        ]

    def addresses(self) -> list[str]:
        """Whom it wanted to reach, for a message."""
        return [
            str(call)
            for process in self.processes
            for call in process.calls
            if call.name in _SENDING.split(",") and "AF_INET" in call.arguments
        ]

    def written(self, *allowed: Path) -> list[str]:
        """Files and folders that were changed outside these folders."""
        found = {
            path
            for process in self.processes
            for path in _written(process)
            if not any(path.is_relative_to(folder) for folder in allowed)
        }
        return sorted(map(str, found))

    def loaded(self, library: str) -> bool:
        """Whether a file whose path contains this was opened."""
        calls = (call for process in self.processes for call in process.calls)
        return any(c.name == "openat" and c.succeeded and library in c.result for c in calls)


@dataclass(frozen=True)
class Tracing:
    """A command that is running under strace."""

    process: subprocess.Popen[bytes]
    folder: Path
    start_in: Path

    def finish(self) -> Trace:
        """Wait for the command and read what it did."""
        status = self.process.wait()
        return Trace(
            status,
            (self.folder / "stdout").read_text(errors="replace"),
            (self.folder / "stderr").read_text(errors="replace"),
            tuple(read_processes(self.folder, self.start_in)),
        )


def start(
    command: Sequence[str],
    folder: Path,
    start_in: Path,
    environment: Mapping[str, str],
    niceness: int = 0,
) -> Tracing:
    """Start a command under strace.

    Args:
        command: the program and its arguments.
        folder: an empty folder for what strace writes.
        start_in: the folder the command starts in.
        environment: all of its environment.
        niceness: how far it gives way to others.
    """
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        process = subprocess.Popen(
            ["nice", "-n", str(niceness), *STRACE, "-o", str(folder / "trace"), *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=start_in,
            env=dict(environment),
        )
    return Tracing(process, folder, start_in)


def read_processes(folder: Path, start_in: Path) -> Iterator[Process]:
    """Read the files of ``strace -ff -ttt -y -o FOLDER/trace``: one a process or thread."""
    for file in sorted(folder.glob("trace.*")):
        lines = file.read_text(errors="replace").splitlines()
        matches = [match for line in lines if (match := _LINE.fullmatch(line))]
        calls = tuple(
            Call(float(m["time"]), m["call"], m["arguments"], m["result"]) for m in matches
        )
        yield Process(start_in, calls, float(lines[-1].split()[0]) if lines else 0.0)


def _leads_out(call: Call) -> bool:
    if call.name == "socket":
        return not call.arguments.startswith(_LOCAL)
    return call.name == "io_uring_setup"


def _written(process: Process) -> Iterator[Path]:
    here = process.folder
    for call in process.calls:
        if not call.succeeded:
            continue
        if call.name == "chdir":
            here = next(_paths(call, here))
        elif call.name in _OPENING.split(","):
            opened = re.fullmatch(r"\d+<(.*?)>(\(deleted\))?", call.result)
            if opened and (call.name == "creat" or _WRITING.search(call.arguments)):
                yield from _if_file(opened[1])
        elif call.name in _CHANGING.split(","):
            for path in _paths(call, here):
                yield from _if_file(str(path))


def _paths(call: Call, here: Path) -> Iterator[Path]:
    """The paths among the arguments, whole: relative ones begin in the folder that is given."""
    matches = list(_TEXT.finditer(call.arguments))
    if call.name.startswith("symlink"):
        del matches[0]  # what the link says
    for match in matches:
        yield Path(os.path.normpath(Path(match["folder"] or here, match["path"])))


def _if_file(path: str) -> Iterator[Path]:
    if not _NO_FILE.fullmatch(path):
        yield Path(path)
