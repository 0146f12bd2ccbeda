"""A slowdown that is burned for real: one variant whose recolouring computes longer."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from hairopt.datasets import Dataset
from hairopt.measure.bench import run_bench
from hairopt.measure.plan import BenchPlan
from hairopt.measure.run_model import Protocol, Ratio
from hairopt.types import Shade
from hairopt.variants.load import load_variant
from hairopt.variants.schema import Variant
from tools.timing.alone import INTENSITY, SHADE, time_alone, written

_METHOD = '''"""hsv, and then some work for nothing."""
import time

from hairopt.stages.recolor.hsv import recolor_hsv


def dye(photo, mask, shade, intensity, burn_ms=0.0):
    layer = recolor_hsv(photo, shade, intensity)
    began = time.thread_time()
    while 1000 * (time.thread_time() - began) < burn_ms:
        pass
    return layer
'''
_VARIANT = """
name = "{name}"
extends = "float32"
[recolor]
method = "file:burns.py:dye"
[recolor.options]
burn_ms = {burn_ms}
"""


@dataclass(frozen=True)
class Burned:
    """What a bench found of a variant that burns a share of the other's time.

    Attributes:
        ratio: what the bench found.
        wanted: the true ratio: 1 and the share of the time that was burned.
    """

    ratio: Ratio
    wanted: float
    protocol: Protocol


def burn(dataset: Dataset, share: float = 0.07, limit_s: float = 120.0) -> Burned:
    """Bench a variant beside itself with some work for nothing, with automatic rounds.

    Args:
        dataset: the photos.
        share: what is burned, as a share of the time of a request by itself.
        limit_s: the limit of the timing.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "burns.py").write_text(_METHOD)
        plain = _variant(place, "plain", 0.0)
        time_ms = time_alone(plain, written(dataset, place), requests=60).wall_ms
        burns = _variant(place, "burns", share * time_ms)
        plan = BenchPlan(
            (plain, burns),
            dataset,
            place / "runs",
            shades=(Shade.parse(SHADE),),
            intensities=(INTENSITY,),
            timing_limit_s=limit_s,
        )
        run = run_bench(plan)
    found = run.variants["burns"].latency_ratio
    assert found is not None, "nothing was timed"
    wanted = 1 + share * time_ms / run.variants["plain"].latency_ms["total"].p50
    return Burned(found, wanted, run.protocol)


def _variant(folder: Path, name: str, burn_ms: float) -> Variant:
    file = folder / f"{name}.toml"
    file.write_text(_VARIANT.format(name=name, burn_ms=burn_ms))
    return load_variant(str(file))
