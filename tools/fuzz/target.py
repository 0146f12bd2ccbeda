"""The process that libFuzzer drives: one reader, as many inputs as fit into the time.

Broken rules are written down and fuzzing goes on; only a crash of native code, an input that
never ends, or memory without end stop the process, and libFuzzer then leaves that input behind.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import sys
import time
from pathlib import Path
from random import Random

import atheris

from tools.fuzz.reader import Reader, prepared

INSTRUMENTED = ["hairopt", "tomllib", "tomli", "json", "csv", "PIL", "flatbuffers"]
NOT_INSTRUMENTED = ["hairopt.metrics"]
"""Numba compiles functions of these from their bytecode."""

_WALL_LIMIT_S = 60
"""For an input that never ends; the rule is about processor time, and stricter."""
_STRUCTURED = 0.7
_WRITE_EVERY_S = 2.0


class _Target:
    """What libFuzzer calls for each input."""

    def __init__(self, reader: Reader, folder: Path, out: Path) -> None:
        self._reader, self._folder, self._out = reader, folder, out
        self._inputs, self._written = 0, time.monotonic()

    def one_input(self, data: bytes) -> None:
        from tools.fuzz.rule import check

        self._inputs += 1
        fault = check(self._reader, data, self._folder)
        if fault is not None:
            number = hashlib.sha256(fault.where.encode()).hexdigest()[:12]
            file = self._out / "faults" / number
            if not file.exists():
                file.with_suffix(".txt").write_text(f"{fault.where}\n{fault.detail}")
                file.write_bytes(data)
        if time.monotonic() - self._written > _WRITE_EVERY_S:
            self._written = time.monotonic()
            (self._out / "count.json").write_text(json.dumps({"inputs": self._inputs}))

    def mutate(self, data: bytes, max_size: int, seed: int) -> bytes:
        rng = Random(seed)
        if rng.random() < _STRUCTURED:
            try:
                changed = self._reader.mutate(data, rng)
                if rng.random() < 0.3:
                    changed = self._reader.mutate(changed, rng)
                return changed[:max_size]
            except Exception:  # bytes that the format's own library cannot read
                pass
        return bytes(atheris.Mutate(data, max_size))


def main() -> None:
    """``python -m tools.fuzz.target READER OUT SECONDS``; OUT holds ``corpus`` and ``faults``."""
    name, out, seconds = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    os.environ["HAIROPT_HOME"] = str(out / "home")
    with atheris.instrument_imports(include=INSTRUMENTED, exclude=NOT_INSTRUMENTED):
        reader = importlib.import_module("tools.fuzz.readers").READERS[name]
        rule = importlib.import_module("tools.fuzz.rule")
        with prepared(reader) as folder:
            for seed in reader.seeds:  # everything that is imported late, is imported now
                rule.check(reader, seed.read_bytes(), folder)
    with prepared(reader) as folder:
        target = _Target(reader, folder, out)
        options = [
            f"-max_total_time={seconds}",
            f"-max_len={reader.max_bytes}",
            f"-timeout={_WALL_LIMIT_S}",
            "-rss_limit_mb=4096",
            "-len_control=0",
            "-print_final_stats=1",
            f"-artifact_prefix={out / 'crashes'}/",
        ]
        folders = [str(out / "corpus")]
        atheris.Setup(
            [sys.argv[0], *options, *folders], target.one_input, custom_mutator=target.mutate
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
