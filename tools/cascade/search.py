"""Thresholds of a cascade: the best on one half of the photos at a limit of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from hairopt.datasets.dataset import Dataset
from tools.cascade.prefixes import Prefix
from tools.cascade.views import View

BAD_IOU = 0.6
"""Below it a customer notices."""

_QUANTILES = np.linspace(0, 1, 21)
SEED = 15


@dataclass(frozen=True)
class Outcome:
    """A cascade with thresholds, on some photos.

    Attributes:
        thresholds: softness above which step 2, 3, ... is asked.
        asked: share of photos for which each step was asked.
        cost: mean time of a photo, as a share of the reference's.
        n_bad: photos below ``BAD_IOU``, of ``n``.
    """

    thresholds: tuple[float, ...]
    asked: tuple[float, ...]
    cost: float
    iou: float
    boundary_iou: float
    n_bad: int
    n: int

    @property
    def worth(self) -> float:
        """What is maximised: IoU and Boundary IoU count alike."""
        return self.iou + self.boundary_iou


def halves(dataset: Dataset) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The places of the cases for fitting and for confirming, split by source photo."""
    sources = sorted({case.source for case in dataset.cases})
    order = np.random.default_rng(SEED).permutation(len(sources))
    fitting = {sources[i] for i in order[: len(sources) // 2]}
    places = np.array([case.source in fitting for case in dataset.cases])
    return np.flatnonzero(places), np.flatnonzero(~places)


def outcome(
    steps: Sequence[Prefix], costs: Sequence[float], thresholds: Sequence[float]
) -> Outcome:
    """What a cascade does; ``thresholds`` must not fall from step to step."""
    places, n_asked = paths(steps, thresholds)
    n = len(places)
    iou = np.stack([step.iou for step in steps])[places, np.arange(n)]
    edge = np.stack([step.boundary_iou for step in steps])[places, np.arange(n)]
    asked = tuple(float((n_asked > i).mean()) for i in range(len(steps)))
    return Outcome(
        tuple(thresholds),
        asked,
        float(np.dot(asked, costs)),
        float(iou.mean()),
        float(edge.mean()),
        int((iou < BAD_IOU).sum()),
        n,
    )


def paths(
    steps: Sequence[Prefix], thresholds: Sequence[float]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For every photo the prefix it ends with, and the number of steps that were asked."""
    ends = np.zeros(len(steps[0].iou), np.intp)
    for i, threshold in enumerate(thresholds):
        goes_on = (ends == i) & (steps[i].softness > threshold)
        ends[goes_on] = i + 1
    return ends, ends + 1


def fit(steps: Sequence[Prefix], costs: Sequence[float], most: float) -> Outcome | None:
    """The thresholds with the most worth at a cost of at most ``most``; None without any."""
    grids = []
    for step in steps[:-1]:
        soft = step.softness[np.isfinite(step.softness)]
        grids.append([round(float(t), 3) for t in np.unique(np.quantile(soft, _QUANTILES))])
    grids = [[0.0, *grid] for grid in grids]
    best: Outcome | None = None
    for thresholds in product(*grids):
        if any(low > high for low, high in pairwise(thresholds)):
            continue
        found = outcome(steps, costs, thresholds)
        if found.cost <= most and (best is None or found.worth > best.worth):
            best = found
    return best


def costs_of(views: Sequence[View], times: Mapping[View, float]) -> list[float]:
    """The cost of every step."""
    return [times[view] for view in views]
