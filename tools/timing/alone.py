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
from typing import NamedTuple

from hairopt.datasets import Dataset
from hairopt.measure.bench import run_bench
from hairopt.measure.plan import BenchPlan
from hairopt.measure.run_tables import read_timings
from hairopt.types import Shade
from hairopt.variants.schema import Variant

SHADE = "violet"
INTENSITY = 70.0

_ALONE = f"""
import json, sys, time, gc
variant, photos, requests, pause_s, only_recodes = json.load(sys.stdin)
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
    def answer(photo):
        pipeline.recode(photo) if only_recodes else pipeline.run(photo, shade, {INTENSITY})
    for photo in photos[:6]:
        answer(photo)
    gc.collect()
    gc.freeze()
    for index in range(requests):
        if pause_s:
            time.sleep(pause_s)
        cpu_began, began = time.process_time(), time.perf_counter()
        answer(photos[index % len(photos)])
        ended, cpu_ended = time.perf_counter(), time.process_time()
        times_ms.append((1000 * (ended - began), 1000 * (cpu_ended - cpu_began)))
json.dump(times_ms, sys.stdout)
"""


class Times(NamedTuple):
    """Median times of the requests of a process."""

    wall_ms: float
    cpu_ms: float


@dataclass(frozen=True)
class Compared:
    """One variant in one bench, and by itself.

    Attributes:
        others: number of variants beside it.
        bench: what the bench found, a median.
        alone: medians of the starts of a process by itself.
    """

    variant: str
    others: int
    bench: Times
    alone: tuple[Times, ...]

    @property
    def difference(self) -> float:
        """The bench's time over the median of the others, less 1."""
        return self.bench.wall_ms / statistics.median(one.wall_ms for one in self.alone) - 1

    @property
    def cpu_difference(self) -> float:
        """The same for CPU time, which a busy machine changes less."""
        return self.bench.cpu_ms / statistics.median(one.cpu_ms for one in self.alone) - 1


def time_alone(
    variant: Variant,
    photos: Sequence[Path],
    requests: int,
    pause_s: float = 0.0,
    *,
    only_recodes: bool = False,
) -> Times:
    """Median times of requests in a new process without hairopt's worker, schedule or pipes.

    ``only_recodes``: of decoding and encoding the photos instead, with nothing in between.
    """
    asked = variant.model_dump(mode="json"), [str(photo) for photo in photos]
    environment = {
        **os.environ,
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"), "1"),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    done = subprocess.run(
        [sys.executable, "-c", _ALONE],
        input=json.dumps([*asked, requests, pause_s, only_recodes]),
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    wall_ms, cpu_ms = zip(*json.loads(done.stdout), strict=True)
    return Times(statistics.median(wall_ms), statistics.median(cpu_ms))


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
    alone: dict[str, list[Times]] = {one.name: [] for one in chosen}
    with tempfile.TemporaryDirectory() as folder:
        photos = written(dataset, Path(folder))

        def measure_alone(count: int) -> None:
            for _ in range(count):
                for one in chosen:
                    alone[one.name].append(time_alone(one, photos, rounds))

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
        found = read_timings(plan.out / run.id)
        assert found is not None, "nothing was timed"
        medians = found.groupby("variant")[["total_ms", "cpu_ms"]].median()
        measure_alone(starts - starts // 2)
    return [
        Compared(
            one.name,
            len(variants) - 1,
            Times(*medians.loc[one.name]),
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
