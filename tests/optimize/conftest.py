from __future__ import annotations

import time

import cv2
import numpy as np
import pytest

from hairopt.datasets import load_dataset
from hairopt.optimize.knobs import Knob
from hairopt.optimize.request import OptimizeRequest
from hairopt.optimize.screened import Screened
from hairopt.optimize.target import Target
from hairopt.stages import STAGES
from hairopt.types import Shade
from hairopt.variants.load import load_variant
from tests.plugins import install_plugin

STRANGE = """
import os
import numpy as np

class Disc:
    def __init__(self, **settings): pass
    def __call__(self, image):
        y, x = np.mgrid[-1:1:64j, -1:1:64j]
        return (np.hypot(y, x) < 0.6).astype(np.float32)
    def close(self): pass

class Dies(Disc):
    def __call__(self, image):
        os._exit(3)

def disc(**settings): return Disc()
def dies(**settings): return Dies()
"""


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """An installed package with a segmenter that finds a disc, and one that ends its process."""
    site = tmp_path / "site"
    points = [f"segment.{name} = strange_knobs:{name}" for name in ("disc", "dies")]
    install_plugin(site, "strange_knobs", STRANGE, "hairopt.stages", points)
    monkeypatch.syspath_prepend(site)
    # A process reads the entry points once; this test wants them read again, and forgotten.
    monkeypatch.setattr(STAGES, "_entries", dict(STAGES._entries))
    monkeypatch.setattr(STAGES, "_plugins_seen", False)


@pytest.fixture
def small_dataset(tmp_path):
    """Three photos of 200 px with a disc of hair each."""
    folder = tmp_path / "data"
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name in ("a", "b", "c"):
        photo = cv2.GaussianBlur(rng.integers(0, 256, (200, 200, 3), dtype=np.uint8), (31, 31), 9)
        cv2.imwrite(str(folder / "images" / f"{name}.png"), photo)
        y, x = np.mgrid[-1:1:200j, -1:1:200j]
        cv2.imwrite(
            str(folder / "masks" / f"{name}.png"), (np.hypot(y, x) < 0.6).astype(np.uint8) * 255
        )
    return load_dataset(folder)


def knob(name, key, *values, risk="low", effort_days=0.5):
    return Knob(
        name=name, key=key, values=values, family="process", source="this run",
        technique=f"turn {name}", risk=risk, risk_note="it may",
        effort_days=effort_days, reversal="one line", test="a test",
    )  # fmt: skip


def candidate(changes, latency, retention=1.0, cost=None):
    """A screened candidate whose CPU time and cost follow its latency."""
    return Screened(
        changes=changes, origin="alone", status="ok", latency=latency, cpu=latency,
        cost=latency if cost is None else cost, memory=1.0,
        retention=retention,
    )  # fmt: skip


@pytest.fixture
def asks(plugin, small_dataset, tmp_path):
    """Makes a request for a disc pipeline that wastes its time on PNG and full frames."""

    def make(knobs, *, budget_s=300.0, target="p50<10000ms", **changes):
        base = load_variant("baseline")
        segment = base.segment.model_copy(update={"method": "disc", "runtime": "onnxruntime"})
        asked = {
            "baseline": base.model_copy(update={"segment": segment}),
            "dataset": small_dataset,
            "out": tmp_path / "out",
            "budget_s": budget_s,
            "now": time.monotonic,
            "target": Target.parse(target) if target else None,
            "shades": (Shade.parse("violet"),),
            "knobs": tuple(knobs),
            "min_retention": 0.5,
        }
        return OptimizeRequest(**{**asked, **changes})

    return make
