"""Reading given inputs in a process of their own: whatever they do to it, the caller lives."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.fuzz.reader import ROOT, prepared

_WALL_LIMIT_S = 120


@dataclass(frozen=True)
class Outcome:
    """What one input did; ``fault`` is None where it kept the rule."""

    reader: str
    file: Path
    fault: str | None


def replay(inputs: Sequence[tuple[str, Path]]) -> list[Outcome]:
    """Read inputs one after another, in a fresh process after each one that crashed.

    Args:
        inputs: name of a reader, and a file for it.
    """
    outcomes: list[Outcome] = []
    while len(outcomes) < len(inputs):
        outcomes += _until_crash(inputs[len(outcomes) :])
    return outcomes


def _until_crash(inputs: Sequence[tuple[str, Path]]) -> list[Outcome]:
    """As many outcomes as the process lived for, and one more for what ended it."""
    asked = json.dumps([(name, str(file)) for name, file in inputs])
    command = [sys.executable, "-m", "tools.fuzz.replay"]
    try:
        done = subprocess.run(
            command, input=asked, capture_output=True, text=True, cwd=ROOT,
            errors="replace", timeout=_WALL_LIMIT_S + 10 * len(inputs), check=False,
        )  # fmt: skip
        said, end = done.stdout, f"the process ended with {done.returncode}: {done.stderr[-2000:]}"
    except subprocess.TimeoutExpired as error:
        said = error.stdout.decode() if isinstance(error.stdout, bytes) else error.stdout or ""
        end = "it does not end"
    told = [line.removeprefix(_MARK) for line in said.split("\n") if line.startswith(_MARK)]
    outcomes = [
        Outcome(name, file, json.loads(fault))
        for (name, file), fault in zip(inputs, told, strict=False)
    ]
    if len(outcomes) < len(inputs):
        name, file = inputs[len(outcomes)]
        outcomes.append(Outcome(name, file, end))
    return outcomes


_MARK = "outcome: "
"""Begins each line of an answer: what a library prints by itself does not."""


def _main() -> None:
    from tools.fuzz.readers import READERS
    from tools.fuzz.rule import check

    for name, file in json.load(sys.stdin):
        reader = READERS[name]
        with prepared(reader) as folder:
            fault = check(reader, Path(file).read_bytes(), folder)
        told = None if fault is None else f"{fault.where}\n{fault.detail}"
        sys.stdout.write(f"{_MARK}{json.dumps(told)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main()
