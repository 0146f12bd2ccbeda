"""The answer of the profiled process to one request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """One request, by stage; ``bytes_`` is stage -> bytes of input and output."""

    stage_ms: dict[str, float]
    stage_cpu_ms: dict[str, float]
    peak_mb: dict[str, float]
    bytes_: dict[str, tuple[int, int]]
    import_ms: float
    size_px: tuple[int, int]
