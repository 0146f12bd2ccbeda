"""What no file may do to hairopt, whatever its bytes: the rule that every input is held to."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from hairopt.errors import HairoptError
from hairopt.measure.memory import peak_mb, reset_peak
from tools.fuzz.reader import ROOT, Reader

MAX_CPU_S = 5.0
MAX_MB = 1000.0
"""Resident memory of the whole process, libraries included."""


@dataclass(frozen=True)
class Fault:
    """A broken rule.

    Attributes:
        where: the kind of fault and the line of hairopt that it comes from; faults of one ``where``
            count as one.
        detail: traceback, or the number that was too large.
    """

    where: str
    detail: str


def check(reader: Reader, data: bytes, folder: Path) -> Fault | None:
    """Read one input; None where the rule was kept.

    A crash of native code ends the process instead, so whoever calls this has to expect that.
    """
    reset_peak()
    start = time.process_time()
    try:
        reader.read(data, folder)
    except HairoptError as error:
        str(error).encode("utf-8", "backslashreplace")
    except Exception as error:
        return Fault(f"{type(error).__name__} in {_place(error)}", traceback.format_exc())
    spent_s, used_mb = time.process_time() - start, peak_mb()
    if spent_s > MAX_CPU_S:
        return Fault(f"more than {MAX_CPU_S:g} s", f"{spent_s:.1f} s of processor time")
    if used_mb > MAX_MB:
        return Fault(f"more than {MAX_MB:g} MB", f"{used_mb:.0f} MB resident at the highest")
    return None


def _place(error: Exception) -> str:
    """The innermost line of hairopt in a traceback."""
    inside = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(ROOT / "hairopt")
    ]
    if not inside:
        return "no line of hairopt"
    last = inside[-1]
    return f"{Path(last.filename).relative_to(ROOT)}:{last.name}"
