from __future__ import annotations

import inspect

import cv2
import numpy as np
import pytest

from hairopt.datasets import load_dataset
from hairopt.variants.schema import SegmentSpec, Variant
from tests.plugins import install_plugin

from . import strange_stages

METHODS = [name for name, member in vars(strange_stages).items() if inspect.isfunction(member)]


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """An installed package whose entry points are the segmenters of ``strange_stages``."""
    site = tmp_path / "site"
    points = [f"segment.{name} = strange_stages:{name}" for name in METHODS]
    code = inspect.getsource(strange_stages)
    install_plugin(site, "strange_stages", code, "hairopt.stages", points)
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
