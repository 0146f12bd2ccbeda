"""Measured scores of three variants on the same photos, and samples of them with a known truth.

``photos.csv`` has one line per photo: the guarded metrics of the bundled network (``hairnet``), of
MediaPipe's hair model (``mediapipe``) and of the bundled network in int8 (``int8``), all as in the
built-in variant ``float32``, on 168 photos of Figaro-1k (Svanera et al. 2016; 24 of each of seven
hair types), in random order. These are our own measurements; nothing of the photos is in it.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Pairs = Mapping[str, Array]
"""Metric -> float64 (photos, 2): baseline and candidate."""

METRICS = ("iou", "boundary_iou", "lock_de00", "texture_structure", "bleed_de00")
"""Five metrics to guard, as they were measured."""


@lru_cache(maxsize=1)
def measured() -> dict[str, Array]:
    """``METRIC.VARIANT`` -> float64 (photos,)."""
    with (Path(__file__).parent / "photos.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def pairs(candidate: str, drop: float | None = None) -> dict[str, Array]:
    """The bundled network against another variant.

    Args:
        candidate: ``mediapipe`` or ``int8``.
        drop: scale every metric of the candidate to this relative change of its mean, for the
            worse; None for the measured values.
    """
    found = {}
    for metric in METRICS:
        before = measured()[f"{metric}.hairnet"]
        after = measured()[f"{metric}.{candidate}"].copy()
        if drop is not None:
            sign = -1 if metric in ("iou", "boundary_iou", "texture_structure") else 1
            after *= (1 + sign * drop) * before.mean() / after.mean()
        found[metric] = np.stack([before, after], axis=1)
    return found


def from_run(cases: Path, baseline: str, candidate: str) -> dict[str, Array]:
    """The same of two variants of a run: means by source photo, where all metrics are defined."""
    import pandas as pd

    table = pd.read_parquet(cases)
    by_case = table.groupby(["variant", "source", "case"], observed=True)[list(METRICS)].mean()
    by_photo = by_case.groupby(["variant", "source"], observed=True).mean()
    before, after = by_photo.loc[baseline], by_photo.loc[candidate]
    both = before.dropna().index.intersection(after.dropna().index)
    return {
        metric: np.stack([before.loc[both, metric], after.loc[both, metric]], axis=1)
        for metric in METRICS
    }
