"""Measure the ruined and the harmless variants; what was measured once is read again."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from hairopt.datasets import Dataset
from hairopt.datasets.combined import chosen_dataset
from hairopt.gate.snapshot import Snapshot, read_snapshot, snapshot
from hairopt.gate.stored import save_baseline
from hairopt.measure.bench import run_bench
from hairopt.measure.plan import BenchPlan
from hairopt.measure.run_tables import read_cases
from hairopt.stages.decode import decode
from hairopt.variants.load import load_variant
from hairopt.variants.schema import Variant
from tests.gate.ruin import stages

HERE = Path(__file__).parent
BATCH = 6
"""Variants in one run: each has a process of its own."""

MISSED_TYPE = ("hair_type", "curly")
"""The tag whose photos ``hair-type-missed`` does not find."""


def variants(kind: str) -> list[Variant]:
    """The variants of the folder ``ruined`` or ``harmless``."""
    return [load_variant(str(file)) for file in sorted((HERE / kind).glob("*.toml"))]


def tell_missed(folder: Path, dataset: Dataset) -> None:
    """List the photos of the hair type that one variant does not find."""
    tag, value = MISSED_TYPE
    missed = [
        stages.crc(decode(case.photo_bytes()))
        for case in dataset.cases
        if case.tags.get(tag) == value
    ]
    photos = folder / "missed.json"
    photos.write_text(json.dumps(missed))
    os.environ["RUIN_PHOTOS"] = str(photos)


def measured(
    chosen: Sequence[Variant], folder: Path, dataset_folder: Path | None
) -> dict[str, Snapshot]:
    """The scores of each variant, over all photos and the default shades.

    Args:
        chosen: the variants.
        folder: keeps one file for each variant that was measured, and the runs with their pictures.
        dataset_folder: folder of cases; None for the shipped ones.
    """
    dataset = chosen_dataset(dataset_folder)
    folder.mkdir(parents=True, exist_ok=True)
    tell_missed(folder, dataset)
    waiting = [one for one in chosen if not (folder / f"{one.name}.json").is_file()]
    for start in range(0, len(waiting), BATCH):
        batch = tuple(waiting[start : start + BATCH])
        plan = BenchPlan(
            batch, dataset, folder / "runs", rounds=1, warmup=0, rehearse=False, command="ruin"
        )
        run = run_bench(plan)
        rows = read_cases(folder / "runs" / run.id, run)
        for variant in batch:
            try:
                found = snapshot(run, rows, variant.name)
            except Exception as error:
                sys.stderr.write(f"{variant.name}: {error}\n")
                continue
            save_baseline(folder, variant.name, found)
        sys.stderr.write(f"measured {', '.join(one.name for one in batch)}\n")
    files = {one.name: folder / f"{one.name}.json" for one in chosen}
    return {name: read_snapshot(file) for name, file in files.items() if file.is_file()}
