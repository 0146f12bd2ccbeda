"""CPU time and memory of a process and all that it has started, read from outside."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

_MB = 1e6


class ProcessTree:
    """A process with its children, and theirs. Members are looked up only by ``refresh``."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._members: dict[int, psutil.Process] = {}
        self.refresh()

    def refresh(self) -> None:
        """Look for children that have come and gone."""
        found: dict[int, psutil.Process] = {}
        with suppress(psutil.Error):
            root = psutil.Process(self.pid)
            for one in (root, *root.children(recursive=True)):
                found[one.pid] = self._members.get(one.pid, one)
        self._members = found

    def cpu_ms(self) -> float:
        """CPU time so far, of all members and of their children that have ended."""
        return sum(map(_cpu_ms, self._members.values()))

    def resident_mb(self) -> float:
        """Resident memory now; pages that members share are counted in each."""
        found = 0.0
        for one in self._members.values():
            with suppress(psutil.Error):
                found += float(one.memory_info().rss) / _MB
        return found

    def peak_mb(self) -> float:
        """Sum of the highest resident memory of each member; of now, if the kernel cannot tell."""
        return sum(_peak_mb(one) for one in self._members.values())

    def reset_peak(self) -> bool:
        """Reset the peaks to the memory of now; False if the kernel cannot."""
        done = bool(self._members)
        for pid in self._members:
            try:
                Path(f"/proc/{pid}/clear_refs").write_text("5")
            except OSError:
                done = False
        return done


def _cpu_ms(process: psutil.Process) -> float:
    """CPU time of a process, to the nanosecond on Linux, and of its children that have ended."""
    with suppress(psutil.Error, OSError):
        times = process.cpu_times()
        ended_s = getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
        own_ms = 1000 * float(times.user + times.system)
        if sys.platform == "linux":
            # clock_getcpuclockid(3): the clock of a process is a number made of its id.
            own_ms = time.clock_gettime_ns((~process.pid << 3) | 2) / 1e6
        return own_ms + 1000 * float(ended_s)
    return 0.0


def _peak_mb(process: psutil.Process) -> float:
    """The high-water mark (Linux, Windows), else the memory of now."""
    with suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / _MB
    with suppress(psutil.Error):
        memory = process.memory_info()
        return float(getattr(memory, "peak_wset", memory.rss)) / _MB
    return 0.0


def listener_on(port: int) -> psutil.Process | None:
    """The process of this machine that listens on a TCP port, if the system tells; else None.

    Of a process and its children, which may share the socket, the parent.
    """
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            for one in process.net_connections(kind="tcp"):
                if one.status == psutil.CONN_LISTEN and one.laddr.port == port:
                    found.append(process)
                    break
    pids = {process.pid for process in found}
    for process in found:
        with suppress(psutil.Error):
            if process.ppid() not in pids:
                return process
    return found[0] if found else None


def end(process: psutil.Process, grace_s: float = 3.0) -> None:
    """End a process and its children: asked first, then killed."""
    with suppress(psutil.Error):
        members = [*process.children(recursive=True), process]
        for one in reversed(members):
            with suppress(psutil.Error):
                one.terminate()
        _, alive = psutil.wait_procs(members, timeout=grace_s)
        for one in alive:
            with suppress(psutil.Error):
                one.kill()
        psutil.wait_procs(alive, timeout=grace_s)
