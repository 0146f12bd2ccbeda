"""``python -m tools.fuzz``: fuzz the readers of hairopt, one after another."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from tools.fuzz.campaign import Result, fuzz
from tools.fuzz.reader import ROOT
from tools.fuzz.readers import READERS


def main() -> None:
    """Fuzz what the command line names; exit status 1 where the rule was broken."""
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description=__doc__)
    parser.add_argument("readers", nargs="*", metavar="READER", help=f"of: {', '.join(READERS)}")
    parser.add_argument(
        "--minutes", type=float, default=15.0, help="of processor time for each reader"
    )
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "fuzz")
    asked = parser.parse_args()
    unknown = [name for name in asked.readers if name not in READERS]
    if unknown:
        parser.error(f"unknown reader {', '.join(unknown)}; there are: {', '.join(READERS)}")
    os.nice(15)
    faults = 0
    for name in asked.readers or READERS:
        result = fuzz(READERS[name], asked.minutes * 60, asked.work.resolve())
        faults += len(result.faults)
        _print(result, _covered(name, asked.work.resolve()))
    sys.exit(1 if faults else 0)


def _covered(name: str, work: Path) -> str:
    """Lines of the reader's code that were reached; measured in a process of its own."""
    command = [sys.executable, "-m", "tools.fuzz.line_coverage", name, str(work / name / "corpus")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"lines not counted: {done.stderr.strip()[-300:]}"
    counts = json.loads(done.stdout.splitlines()[-1])
    reached, there = (sum(count[i] for count in counts.values()) for i in (0, 1))
    (work / name / "lines.json").write_text(json.dumps(counts, indent=1) + "\n")
    return f"{100 * reached / there:.0f} % of {there} lines"


def _print(result: Result, covered: str) -> None:
    sys.stdout.write(
        f"{result.reader:16} {result.seconds / 60:5.1f} min, {result.inputs:,} inputs, "
        f"{result.kept:5,} kept, {covered}, {len(result.faults)} faults, "
        f"{len(result.unconfirmed)} unconfirmed\n"
    )
    for file, fault in result.faults.items():
        sys.stdout.write(f"  {file}: {fault.splitlines()[0]}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
