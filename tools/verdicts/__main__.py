"""``python -m tools.verdicts``: do the intervals hold, and what does the gate say?

Prints the tables of docs/gate.md. Every finished cell is kept in ``build/verdicts``; a second call
goes on where the first one stopped, ``--fresh`` starts again. ``--cases`` and ``--pair``
take the distribution from a run of yours.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from hairopt.gate.verdict import Verdict
from tools.verdicts.comparisons import SCENES, Scene, rates
from tools.verdicts.coverage import (
    Held,
    change_held,
    clustered_change_held,
    kept_held,
    mean_held,
)
from tools.verdicts.photos import Array, Pairs, from_run, measured, pairs

FOLDER = Path(__file__).parents[2] / "build" / "verdicts"

PHOTOS = (8, 20, 50, 200)
GATE_PHOTOS = (20, 50, 100)
LEAST = 0.975
"""Limit of retention in the row on false failures."""

FIRST_SEED = 10_000
"""The methods were chosen with smaller seeds."""


class Cells:
    """Finished cells, kept in a file."""

    def __init__(self, file: Path, fresh: bool) -> None:
        self._file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        if fresh:
            file.unlink(missing_ok=True)
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        self._known: dict[str, str] = dict(json.loads(line) for line in lines)

    def of(self, key: str, compute: Callable[[], str]) -> str:
        """The text of a cell, computed unless it is known."""
        if key not in self._known:
            self._known[key] = compute()
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps([key, self._known[key]]) + "\n")
        return self._known[key]


def main() -> None:
    """Compute all cells that are not known yet, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tools.verdicts", description=__doc__)
    parser.add_argument("--trials", type=int, default=2000, help="trials per cell of an interval")
    parser.add_argument("--comparisons", type=int, default=400, help="trials per cell of verdicts")
    parser.add_argument("--cases", type=Path, help="cases.parquet of a run")
    parser.add_argument("--pair", nargs=2, metavar=("BASELINE", "CANDIDATE"), help="its variants")
    parser.add_argument("--fresh", action="store_true", help="forget what is known")
    asked = parser.parse_args()
    if bool(asked.cases) != bool(asked.pair):
        parser.error("--cases and --pair go together")
    name = "-".join(["cells", *(asked.pair or ())])
    cells = Cells(FOLDER / f"{name}-{asked.trials}-{asked.comparisons}.jsonl", asked.fresh)
    own = from_run(asked.cases, *asked.pair) if asked.cases else None
    sys.stdout.write(_intervals(cells, asked.trials, own) + "\n")
    if own is None:
        sys.stdout.write(_verdicts(cells, asked.comparisons))


def _intervals(cells: Cells, trials: int, own: Pairs | None) -> str:
    rows = [("95 % interval of", *(f"{n} photos" for n in PHOTOS), "33 x 1 + 2 x 11 cases")]
    if own is not None:
        return _table([rows[0], *_rows("your pair", own, cells, trials)])
    networks = pairs("mediapipe")
    rows += _rows("a change: two networks", networks, cells, trials)
    for drop in (0.0, 0.05, 0.10):
        rows += _rows(f"the same, true drop {drop:.0%}", pairs("mediapipe", drop), cells, trials)
    rows += _rows("a change: float32 to int8", pairs("int8"), cells, trials)
    for variant in ("mediapipe", "hairnet"):
        scores = measured()[f"iou.{variant}"]
        texts = [cells.of(f"mean {variant} {n}", partial(_mean, scores, n, trials)) for n in PHOTOS]
        rows.append((f"a mean: {variant}'s IoU", *texts, ""))
    for title, population in (
        ("`kept`, two networks", networks),
        ("`kept`, the same, no metric truly lost", pairs("mediapipe", 0.0)),
        ("`kept`, float32 to int8", pairs("int8")),
    ):
        texts = [cells.of(f"{title} {n}", partial(_kept, population, n, trials)) for n in PHOTOS]
        rows.append((title, *texts, ""))
    return _table(rows)


def _rows(title: str, population: Pairs, cells: Cells, trials: int) -> list[tuple[str, ...]]:
    iou = population["iou"]
    texts = [cells.of(f"{title} {n}", partial(_change, iou, n, trials)) for n in PHOTOS]
    clustered = cells.of(
        f"{title} clusters", lambda: _shown(clustered_change_held(iou, trials, FIRST_SEED))
    )
    return [(title, *texts, clustered)]


def _change(population: Array, photos: int, trials: int) -> str:
    return _shown(change_held(population, photos, trials, FIRST_SEED))


def _mean(population: Array, photos: int, trials: int) -> str:
    return _shown(mean_held(population, photos, trials, FIRST_SEED))


def _shown(held: Held | None) -> str:
    return "none printed" if held is None else f"{held.share:.1%}"


def _kept(population: Pairs, photos: int, trials: int) -> str:
    found = kept_held(population, photos, trials // 2, FIRST_SEED, LEAST)
    return f"{found.held:.1%}; FAIL at {LEAST:.1%}: {found.failed:.1%}"


def _verdicts(cells: Cells, trials: int) -> str:
    rows = [("true change", *(f"{n} photos: pass / fail / inconclusive" for n in GATE_PHOTOS))]
    for scene in SCENES:
        texts = []
        for photos in GATE_PHOTOS:
            key = f"verdict {scene.title} {photos}"
            texts.append(cells.of(key, partial(_rates, scene, photos, trials)))
        rows.append((scene.title, *texts))
    return _table(rows)


def _rates(scene: Scene, photos: int, trials: int) -> str:
    found = rates(scene.draw, photos, trials)
    order = (Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE)
    return " / ".join(f"{100 * found[verdict]:.0f}" for verdict in order) + " %"


def _table(rows: list[tuple[str, ...]]) -> str:
    ruler = ("---", *["---:"] * (len(rows[0]) - 1))
    return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], ruler, *rows[1:])) + "\n"


if __name__ == "__main__":
    main()
