"""``python -m tools.cascade DATASET``: the tables of docs/cascade.md.

Thresholds are fitted on half of the photos, split by source with a fixed seed, and confirmed on
the other half with ``--final``. Masks, scores and times are kept in ``build/cascade``;
``--fresh-times`` measures the times again. The model mediapipe-hair has to be in the store.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from hairopt.datasets.dataset import Dataset
from hairopt.datasets.load import load_dataset
from tools.cascade.prefixes import Prefix, prefixes
from tools.cascade.search import Outcome, costs_of, fit, halves, outcome
from tools.cascade.times import relative_times
from tools.cascade.views import View, hairnet, mediapipe

FOLDER = Path(__file__).parents[2] / "build" / "cascade"

NO_LIMIT = 99.0
LIMITS = (0.25, 0.5, NO_LIMIT)
"""Times allowed per photo, as shares of MediaPipe's own runtime."""

BOTH = {
    "hairnet": (hairnet(),),
    "mediapipe-hair": (mediapipe("float32"),),
    "mediapipe-hair int8": (mediapipe(),),
    "+m": (hairnet(), mediapipe()),
    "+m384": (hairnet(), mediapipe(side_px=384)),
    "+m float32": (hairnet(), mediapipe("float32")),
    "+m384 +m": (hairnet(), mediapipe(side_px=384), mediapipe()),
    "+m +mirrored m": (hairnet(), mediapipe(), mediapipe(mirror=True)),
    "+352 mirrored +m": (hairnet(), hairnet(352, mirror=True), mediapipe()),
    "+m +352 mirrored": (hairnet(), mediapipe(), hairnet(352, mirror=True)),
    "+m +mirrored m +352 mirrored": (
        hairnet(), mediapipe(), mediapipe(mirror=True), hairnet(352, mirror=True),
    ),
    "+352 mirrored +m +mirrored m": (
        hairnet(), hairnet(352, mirror=True), mediapipe(), mediapipe(mirror=True),
    ),
}  # fmt: skip
OWN = {
    "+mirrored": (hairnet(), hairnet(mirror=True)),
    "+352 mirrored": (hairnet(), hairnet(352, mirror=True)),
    "+320 mirrored": (hairnet(), hairnet(320, mirror=True)),
    "+352 mirrored +256 mirrored": (
        hairnet(), hairnet(352, mirror=True), hairnet(256, mirror=True),
    ),
    "+352 mirrored +320": (hairnet(), hairnet(352, mirror=True), hairnet(320)),
    "+352 mirrored +mirrored": (hairnet(), hairnet(352, mirror=True), hairnet(mirror=True)),
}  # fmt: skip
FINAL = (
    ("hairnet int8", (hairnet(),), (), ()),
    ("mediapipe-hair", (mediapipe("float32"),), (), ()),
    ("cascade", (hairnet(), mediapipe("float32")), ("weighted",), (0.10,)),
    (
        "cascade-own",
        (hairnet(), hairnet(320, mirror=True), hairnet(224, mirror=True)),
        ("surer", "surer"),
        (0.087, 0.144),
    ),
    (
        "quarter",
        (hairnet(), hairnet(mirror=True), mediapipe("float32", side_px=384)),
        ("surer", "weighted"),
        (0.125, 0.197),
    ),
    (
        "best",
        (
            hairnet(),
            mediapipe("float32"),
            mediapipe("float32", mirror=True),
            hairnet(352, mirror=True),
        ),
        ("weighted", "weighted", "weighted"),
        (0.0, 0.0, 0.0),
    ),
)
"""Name, steps, choices and thresholds of what ships, or is in docs/cascade.md."""

CHOICES = ("surer", "weighted", "mean")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--fresh-times", action="store_true")
    parser.add_argument(
        "--final", action="store_true", help="only the chosen cascades, on both halves"
    )
    asked = parser.parse_args()
    import cv2

    cv2.setNumThreads(1)
    dataset = load_dataset(asked.dataset)
    cascades = {**BOTH, **OWN}
    both = [*cascades.values(), *(steps for _, steps, _, _ in FINAL)]
    views = list(dict.fromkeys(view for steps in both for view in steps))
    times = _times(views, asked.dataset, asked.folder, fresh=asked.fresh_times)
    _say("| view | CPU time |", "|---|---:|", *(f"| {v!s} | {times[v]:.3f} |" for v in views), "")
    if asked.final:
        _final(times, dataset, asked.folder)
        return
    _say("| steps | takes | limit | softness above | asked % | time | IoU | edge | < 0.6 |")
    _say("|---|---|---:|---|---|---:|---:|---:|---:|")
    for name, steps in cascades.items():
        costs = costs_of(steps, times)
        for choose in CHOICES if len(steps) > 1 else ("-",):
            whole = prefixes(steps, [choose] * (len(steps) - 1), dataset, asked.folder)
            for line in _fitted(whole, costs, dataset):
                _say(f"| {name} | {choose} | {line}")


def _fitted(whole: Sequence[Prefix], costs: Sequence[float], dataset: Dataset) -> Iterator[str]:
    """The best thresholds for each limit of time, as cells."""
    fitting, _ = halves(dataset)
    known = set()
    for most in LIMITS:
        found = fit([one.of(fitting) for one in whole], costs, most)
        if found is None or found.thresholds in known:
            continue
        known.add(found.thresholds)
        limit = f"{most:g}" if most < NO_LIMIT else "none"
        yield f"{limit} | {_cells(found)}"


def _final(times: dict[View, float], dataset: Dataset, folder: Path) -> None:
    """The chosen cascades on the half they were fitted on, on the other, and by hair type."""
    parts = {**dict(zip(("fitted on", "not seen"), halves(dataset), strict=True))}
    parts["all"] = np.arange(len(dataset.cases))
    types = [case.tags.get("hair_type", "") for case in dataset.cases]
    parts |= {kind: np.flatnonzero([one == kind for one in types]) for kind in sorted(set(types))}
    _say("| cascade | photos | softness above | asked % | time | IoU | edge | < 0.6 |")
    _say("|---|---|---|---|---:|---:|---:|---:|")
    for name, steps, chosen, thresholds in FINAL:
        whole = prefixes(steps, chosen, dataset, folder)
        for part, places in parts.items():
            found = outcome([one.of(places) for one in whole], costs_of(steps, times), thresholds)
            _say(f"| {name} | {part} | {_cells(found)}")


def _cells(found: Outcome) -> str:
    above = " ".join(f"{threshold:.3f}" for threshold in found.thresholds)
    shares = " ".join(f"{100 * share:.0f}" for share in found.asked)
    return (
        f"{above} | {shares} | {found.cost:.2f} | {found.iou:.4f} | {found.boundary_iou:.4f} | "
        f"{found.n_bad} of {found.n} |"
    )


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _times(views: list[View], dataset: Path, folder: Path, *, fresh: bool) -> dict[View, float]:
    path = folder / "times.json"
    if path.is_file() and not fresh:
        kept = json.loads(path.read_text())
        if all(str(view) in kept for view in views):
            return {view: kept[str(view)] for view in views}
    times = relative_times(views, load_dataset(dataset))
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({str(view): ratio for view, ratio in times.items()}, indent=1))
    return times


if __name__ == "__main__":
    main()
