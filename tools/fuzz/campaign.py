"""Fuzzing one reader for a given time, whatever crashes meanwhile."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tools.fuzz.reader import ROOT, Reader
from tools.fuzz.replay import replay

_SHORTEST_S = 10
"""Less time than this is not worth the start of another process."""


@dataclass
class Result:
    """What one reader's fuzzing came to.

    Attributes:
        seconds: processor time, starts of processes included.
        inputs: how many were read.
        kept: how many of them reached new code, seeds included.
        faults: input file -> what it does in a fresh process; only what happened there again.
        unconfirmed: input files that broke the rule once, and not in a fresh process.
    """

    reader: str
    seconds: float = 0.0
    inputs: int = 0
    kept: int = 0
    faults: dict[str, str] = field(default_factory=dict)
    unconfirmed: list[str] = field(default_factory=list)

    def write(self, out: Path) -> None:
        """Keep it beside what was found."""
        (out / "result.json").write_text(json.dumps(asdict(self), indent=1) + "\n")


def fuzz(reader: Reader, seconds: float, work: Path) -> Result:
    """Fuzz one reader; what an earlier call has found out about its code is used again.

    Args:
        reader: what is fuzzed.
        seconds: processor time; a busy machine needs longer.
        work: ``work/READER`` holds the inputs that reached new code, and what was found.
    """
    out = work / reader.name
    for name in ("faults", "crashes"):
        shutil.rmtree(out / name, ignore_errors=True)
        (out / name).mkdir(parents=True)
    (out / "corpus").mkdir(exist_ok=True)
    for seed in reader.seeds:
        shutil.copy(seed, out / "corpus" / f"seed-{seed.name}")
    result = Result(reader.name)
    start = _cpu_s()
    while (left := seconds - (_cpu_s() - start)) > _SHORTEST_S:
        result.inputs += _one_process(reader, int(left), out)
        result.seconds = round(_cpu_s() - start, 1)
        result.write(out)
    result.kept = len(list((out / "corpus").iterdir()))
    _confirm(reader, out, result)
    result.write(out)
    return result


def _one_process(reader: Reader, seconds: int, out: Path) -> int:
    """Fuzz until the time is over or the process dies; how many inputs it has read."""
    count = out / "count.json"
    count.unlink(missing_ok=True)
    command = [sys.executable, "-m", "tools.fuzz.target", reader.name, str(out), str(seconds)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with (out / "libfuzzer.log").open("ab") as log:
        subprocess.run(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, check=False, timeout=None
        )
    return int(json.loads(count.read_text())["inputs"]) if count.exists() else 0


def _cpu_s() -> float:
    """Processor time of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _confirm(reader: Reader, out: Path, result: Result) -> None:
    """Every finding is read again, by itself, in a process without instruments."""
    found = [file for file in (out / "faults").iterdir() if file.suffix != ".txt"]
    for file in sorted([*found, *(out / "crashes").iterdir()]):
        outcome = replay([(reader.name, file)])[0]
        name = str(file.relative_to(out))
        if outcome.fault is None:
            result.unconfirmed.append(name)
        else:
            result.faults[name] = outcome.fault
