from __future__ import annotations

import inspect
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from hairopt.datasets import load_dataset
from hairopt.variants.schema import SegmentSpec, Variant

from . import strange_stages

HERE = Path(__file__).parent
METHODS = [name for name, member in vars(strange_stages).items() if inspect.isfunction(member)]


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """An installed package whose entry points are the segmenters of ``strange_stages``."""
    site = tmp_path / "site"
    info = site / "strange_stages-1.0.dist-info"
    info.mkdir(parents=True)
    shutil.copy(HERE / "strange_stages.py", site)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: strange-stages\nVersion: 1.0\n")
    points = "".join(f"segment.{name} = strange_stages:{name}\n" for name in METHODS)
    (info / "entry_points.txt").write_text(f"[hairopt.stages]\n{points}")
    monkeypatch.syspath_prepend(site)
    return site


@pytest.fixture
def strange():
    """Makes a variant that segments with a method of the plug-in."""
    return lambda name, method=None: Variant(name=name, segment=SegmentSpec(method=method or name))


@pytest.fixture
def small_dataset(tmp_path):
    """Three photos of 64, 48 and 64 rows with a disc of hair each."""
    folder = tmp_path / "data"
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name, rows in (("a", 64), ("b", 48), ("c", 64)):
        photo = rng.integers(0, 256, (rows, 64, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / "images" / f"{name}.png"), cv2.GaussianBlur(photo, (9, 9), 2))
        y, x = np.mgrid[-1 : 1 : rows * 1j, -1:1:64j]
        mask = (np.hypot(y, x) < 0.6).astype(np.uint8) * 255
        cv2.imwrite(str(folder / "masks" / f"{name}.png"), mask)
    (folder / "cases.csv").write_text("name,hair_type\na,curly\nb,curly\nc,straight\n")
    return load_dataset(folder)
