"""The bench's figure against the same requests back to back, in one process that runs alone."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hairopt.datasets import Dataset
from hairopt.measure.bench import run_bench
from hairopt.measure.plan import BenchPlan
from hairopt.types import Shade
from hairopt.variants.schema import Variant

SHADE = "violet"
INTENSITY = 70.0

_ALONE = f"""
import json, sys, time, gc
variant, photos, requests, pause_s = json.load(sys.stdin)
import cv2
from pathlib import Path
from hairopt.pipeline import Pipeline
from hairopt.types import Shade
from hairopt.variants.schema import Variant
cv2.setNumThreads(1)
photos = [Path(photo).read_bytes() for photo in photos]
shade = Shade.parse({SHADE!r})
times_ms = []
with Pipeline(Variant.model_validate(variant)) as pipeline:
    for photo in photos[:6]:
        pipeline.run(photo, shade, {INTENSITY})
    gc.collect()
    gc.freeze()
    for index in range(requests):
        if pause_s:
            time.sleep(pause_s)
        began = time.perf_counter()
        pipeline.run(photos[index % len(photos)], shade, {INTENSITY})
        times_ms.append(1000 * (time.perf_counter() - began))
json.dump(times_ms, sys.stdout)
"""


@dataclass(frozen=True)
class Compared:
    """One variant in one bench, and by itself.

    Attributes:
        others: number of variants beside it.
        bench_ms: median of the bench.
        alone_ms: medians of the starts of a process by itself.
    """

    variant: str
    others: int
    bench_ms: float
    alone_ms: tuple[float, ...]

    @property
    def difference(self) -> float:
        """The bench's figure over the median of the others, less 1."""
        return self.bench_ms / statistics.median(self.alone_ms) - 1


def alone_ms(
    variant: Variant, photos: Sequence[Path], requests: int, pause_s: float = 0.0
) -> float:
    """Median time of requests in a new process without hairopt's worker, schedule or pipes."""
    asked = variant.model_dump(mode="json"), [str(photo) for photo in photos]
    environment = {
        **os.environ,
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"), "1"),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    done = subprocess.run(
        [sys.executable, "-c", _ALONE],
        input=json.dumps([*asked, requests, pause_s]),
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    times_ms: list[float] = json.loads(done.stdout)
    return statistics.median(times_ms)


def compare(
    variants: Sequence[Variant],
    looked_at: Sequence[str],
    dataset: Dataset,
    *,
    rounds: int = 60,
    starts: int = 5,
) -> list[Compared]:
    """Bench some variants together, and look at some of them alone, half before and half after.

    Args:
        variants: what is benched together.
        looked_at: names of the variants that are also measured alone.
        dataset: the photos.
        rounds: rounds of the bench, and requests of every process alone.
        starts: processes alone, per variant.
    """
    chosen = [one for one in variants if one.name in looked_at]
    alone: dict[str, list[float]] = {one.name: [] for one in chosen}
    with tempfile.TemporaryDirectory() as folder:
        photos = written(dataset, Path(folder))

        def measure_alone(count: int) -> None:
            for _ in range(count):
                for one in chosen:
                    alone[one.name].append(alone_ms(one, photos, rounds))

        measure_alone(starts // 2)
        plan = BenchPlan(
            tuple(variants),
            dataset,
            Path(folder) / "runs",
            shades=(Shade.parse(SHADE),),
            intensities=(INTENSITY,),
            rounds=rounds,
            after_pause=False,
        )
        run = run_bench(plan)
        measure_alone(starts - starts // 2)
    return [
        Compared(
            one.name,
            len(variants) - 1,
            run.variants[one.name].latency_ms["total"].p50,
            tuple(alone[one.name]),
        )
        for one in chosen
    ]


def written(dataset: Dataset, folder: Path) -> list[Path]:
    """The encoded photos of a dataset as files."""
    files = [folder / f"{index}.photo" for index in range(len(dataset.cases))]
    for file, case in zip(files, dataset.cases, strict=True):
        file.write_bytes(case.photo_bytes())
    return files
