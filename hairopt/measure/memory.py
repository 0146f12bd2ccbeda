"""Resident memory of this process and its peak, from the kernel."""

from __future__ import annotations

import sys
from pathlib import Path

_MB = 1e6
_STATUS = Path("/proc/self/status")
_CLEAR_REFS = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"  # proc(5): writing 5 resets VmHWM to the current resident set size


def resident_mb() -> float:
    """Resident set size now, in MB (10**6 bytes)."""
    from_kernel = _status_mb("VmRSS")
    if from_kernel is not None:
        return from_kernel
    import psutil

    return float(psutil.Process().memory_info().rss) / _MB


def peak_mb() -> float:
    """Largest resident set size since the process started or the peak was reset, in MB.

    Linux: ``VmHWM``, which is that of this program only. ``ru_maxrss`` would be wrong there,
    because exec does not reset it: it starts at the size of the parent process.
    """
    from_kernel = _status_mb("VmHWM")
    if from_kernel is not None:
        return from_kernel
    if sys.platform == "win32":
        import psutil

        return float(psutil.Process().memory_info().peak_wset) / _MB
    import resource

    unit_bytes = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit_bytes / _MB


def reset_peak() -> bool:
    """Reset the peak to the current resident set size; False if the kernel cannot."""
    try:
        _CLEAR_REFS.write_text(_RESET_PEAK)
    except OSError:
        return False
    return True


def _status_mb(key: str) -> float | None:
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024 / _MB  # kB in this file means 1024 bytes
    return None
