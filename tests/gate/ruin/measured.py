"""Measure the ruined and the harmless variants; what was measured once is read again."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from hairopt.datasets import Dataset
from hairopt.errors import HairoptError
from hairopt.gate.snapshot import Snapshot, read_snapshot, snapshot
from hairopt.gate.stored import save_baseline
from hairopt.measure.bench import run_bench
from hairopt.measure.plan import DEFAULT_SHADES, BenchPlan
from hairopt.measure.run_tables import read_cases
from hairopt.stages.decode import decode
from hairopt.types import Shade
from hairopt.variants.load import load_variant
from hairopt.variants.schema import Variant
from tests.gate.ruin import stages

HERE = Path(__file__).parent
BATCH = 6
"""Variants in one run: each has a process of its own."""

MISSED_TYPE = ("hair_type", "curly")
"""The tag whose photos ``hair-type-missed`` does not find."""


def variants(kind: Literal["ruined", "harmless"]) -> list[Variant]:
    """The variants of a folder, by name."""
    return [load_variant(str(file)) for file in sorted((HERE / kind).glob("*.toml"))]


def measured(
    chosen: Sequence[Variant],
    dataset: Dataset,
    folder: Path,
    shades: tuple[Shade, ...] = DEFAULT_SHADES,
) -> dict[str, Snapshot]:
    """The scores of each variant; a variant that failed has none.

    Args:
        chosen: the variants.
        dataset: the photos.
        folder: keeps a file for each variant that was measured, and the runs with their pictures.
        shades: the colours asked for.
    """
    folder.mkdir(parents=True, exist_ok=True)
    waiting = [one for one in chosen if not (folder / f"{one.name}.json").is_file()]
    with _missed_photos(folder / "missed.photos", dataset):
        for start in range(0, len(waiting), BATCH):
            batch = tuple(waiting[start : start + BATCH])
            _measure(batch, dataset, folder, shades)
    files = {one.name: folder / f"{one.name}.json" for one in chosen}
    return {name: read_snapshot(file) for name, file in files.items() if file.is_file()}


def _measure(
    batch: tuple[Variant, ...], dataset: Dataset, folder: Path, shades: tuple[Shade, ...]
) -> None:
    plan = BenchPlan(
        batch,
        dataset,
        folder / "runs",
        shades=shades,
        rounds=1,
        starts=1,
        warmup=0,
        after_pause=False,
        rehearse=False,
    )
    run = run_bench(plan)
    rows = read_cases(folder / "runs" / run.id, run)
    for variant in batch:
        try:
            found = snapshot(run, rows, variant.name)
        except HairoptError as error:
            sys.stderr.write(f"{variant.name}: {error}\n")
        else:
            save_baseline(folder, variant.name, found)
            sys.stderr.write(f"measured {variant.name}\n")


@contextmanager
def _missed_photos(file: Path, dataset: Dataset) -> Iterator[None]:
    """Tell the stages which photos are of the hair type that one variant does not find."""
    tag, value = MISSED_TYPE
    of_type = [case for case in dataset.cases if case.tags.get(tag) == value]
    file.write_text(json.dumps([stages.crc(decode(case.photo_bytes())) for case in of_type]))
    os.environ["RUIN_PHOTOS"] = str(file.resolve())
    try:
        yield
    finally:
        del os.environ["RUIN_PHOTOS"]
