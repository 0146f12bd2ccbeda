"""``python -m tools.large_pictures``: the peak memory of recolor and bench with 60 megapixels.

Every built-in variant, with a JPEG and with an 8-bit PNG; takes half an hour of two cores. Prints
a table in Markdown; exit status 1 if a command fails or a process takes 1 GB. Linux only.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from hairopt.measure.environment import cpu_model
from hairopt.variants.registry import VARIANTS
from tools.large_pictures.peaks import Measured, measure
from tools.large_pictures.pictures import ROOT, SIZE_PX, make_dataset

LIMIT_MB = 1000
KINDS = ("jpg", "png")
WORKER = "hairopt.measure.worker"
ASKED = ("--shade", "violet", "--intensity", "70")
_SHORT = ("--rounds", "2", "--warmup", "0", "--timeout", "10m")


def main() -> None:
    """Measure what the command line names and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tools.large_pictures", description=__doc__)
    parser.add_argument("variants", nargs="*", default=sorted(VARIANTS.names()), metavar="VARIANT")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "large_pictures")
    asked = parser.parse_args()
    os.nice(10)
    rows: dict[str, list[float]] = {variant: [] for variant in asked.variants}
    commands: list[float] = []
    for kind in KINDS:
        folder = asked.work.resolve() / kind
        photo = make_dataset(folder, kind)
        for variant in asked.variants:
            out = folder / f"{variant}{photo.suffix}"
            done = _hairopt(folder, "recolor", str(photo), "-o", str(out), "--variant", variant)
            rows[variant].append(done.largest_mb)
        chosen = [word for variant in asked.variants for word in ("--variant", variant)]
        options = ("--dataset", str(folder), "--out", str(folder / "reports"), *_SHORT)
        done = _hairopt(folder, "bench", *chosen, *options)
        for variant, mb in _workers(done, asked.variants).items():
            rows[variant].append(mb)
        commands.append(done.largest_of("hairopt"))
    _say(_table(rows, commands))
    sys.exit(max([*commands, *(mb for row in rows.values() for mb in row)]) >= LIMIT_MB)


def _hairopt(folder: Path, command: str, *arguments: str) -> Measured:
    """Run a command of hairopt.

    Raises:
        SystemExit: it failed.
    """
    environment = {**os.environ, "HAIROPT_HOME": str(folder.parent / "home")}
    line = [sys.executable, "-m", "hairopt", command, *arguments, *ASKED]
    done = measure(line, ROOT, environment, folder / f"{command}.log")
    _say(f"{command} {folder.name} {done.seconds:.0f} s, {done.largest_mb:.0f} MB: {done.words}")
    if done.status:
        sys.exit(f"{command} ended with {done.status}; see {folder / command}.log")
    return done


def _workers(done: Measured, variants: Sequence[str]) -> dict[str, float]:
    """Variant -> peak of its processes: bench starts one of each, twice, in this order."""
    peaks = [done.peak_mb[pid] for pid in done.own if done.programs[pid] == WORKER]
    if len(peaks) != 2 * len(variants):
        sys.exit(f"{len(peaks)} workers were seen, {2 * len(variants)} were expected")
    return {variant: max(peaks[i :: len(variants)]) for i, variant in enumerate(variants)}


def _table(rows: dict[str, list[float]], commands: list[float]) -> str:
    width, height = SIZE_PX
    lines = [
        f"Peak memory in MB, {width} x {height} pixels, {cpu_model()}, {date.today():%Y-%m-%d}:",
        "",
        "| variant | recolor, JPEG | worker of bench, JPEG | recolor, PNG | worker of bench, PNG |",
        "|---|---|---|---|---|",
    ]
    for variant, row in rows.items():
        lines.append(f"| {variant} | " + " | ".join(f"{mb:.0f}" for mb in row) + " |")
    jpeg, png = (f"{mb:.0f}" for mb in commands)
    lines += ["", f"bench itself, with all of them: {jpeg} (JPEG) and {png} (PNG)."]
    return "\n".join(lines)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
