"""How often an interval holds the truth, with the project's own functions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hairopt.evidence.change import relative_change
from hairopt.evidence.mean import mean_of
from hairopt.evidence.paired import PairedSample
from hairopt.metrics.retention import retention
from hairopt.metrics.retention_evidence import RetentionEvidence
from tools.verdicts.photos import METRICS, Array, Pairs

CLUSTERS = (1,) * 33 + (11, 11)
"""Cases of each photo: 33 photos with one and two with eleven, as the shipped set had."""

WITHIN_PHOTO = 0.05
"""Standard deviation of the scores of cases that were made from one photo."""


@dataclass(frozen=True)
class Held:
    """Share of the trials in which the interval held the truth, and its median width."""

    share: float
    width: float


def change_held(population: Array, photos: int, trials: int, seed: int) -> Held:
    """The interval of a relative change; ``population`` is float64 (photos, 2)."""
    truth = population[:, 1].mean() / population[:, 0].mean() - 1
    rng = np.random.default_rng(seed)
    ends = []
    for _ in range(trials):
        drawn = population[rng.integers(len(population), size=photos)]
        sample = PairedSample(drawn[:, 0], drawn[:, 1], photos, False)
        ends.append(relative_change(sample).ci95 or (np.nan, np.nan))
    return _held(ends, truth)


def clustered_change_held(population: Array, trials: int, seed: int) -> Held:
    """The same with ``CLUSTERS``: cases of one photo differ a little."""
    truth = population[:, 1].mean() / population[:, 0].mean() - 1
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(len(CLUSTERS)), CLUSTERS)
    sources = [str(index) for index in place]
    ends = []
    for _ in range(trials):
        drawn = population[rng.integers(len(population), size=len(CLUSTERS))][place]
        cases = drawn + rng.normal(0, WITHIN_PHOTO, drawn.shape)
        sample = PairedSample.of(cases[:, 0].tolist(), cases[:, 1].tolist(), sources)
        ends.append(relative_change(sample).ci95 or (np.nan, np.nan))
    return _held(ends, truth)


def mean_held(population: Array, photos: int, trials: int, seed: int) -> Held | None:
    """The interval of a mean; None where the project prints none."""
    rng = np.random.default_rng(seed)
    names = [str(index) for index in range(photos)]
    ends = []
    for _ in range(trials):
        drawn = population[rng.integers(len(population), size=photos)]
        found = mean_of(drawn.tolist(), names).ci95
        if found is None:
            return None
        ends.append(found)
    return _held(ends, float(population.mean()))


@dataclass(frozen=True)
class Kept:
    """Of trials of retention: how often its interval held, and how often it was called lost."""

    held: float
    failed: float


def kept_held(population: Pairs, photos: int, trials: int, seed: int, least: float) -> Kept:
    """The interval of the worst guarded metric, and the verdict at the limit ``least``."""
    before, after = (
        {metric: float(values[:, side].mean()) for metric, values in population.items()}
        for side in (0, 1)
    )
    truth = retention(before, after, METRICS).value or 0.0
    rng = np.random.default_rng(seed)
    names = [str(index) for index in range(photos)]
    size = len(next(iter(population.values())))
    held = failed = 0
    for _ in range(trials):
        drawn = rng.integers(size, size=photos)
        values = {
            metric: (pair[drawn, 0].tolist(), pair[drawn, 1].tolist())
            for metric, pair in population.items()
        }
        found = RetentionEvidence.of(values, names, METRICS)
        low, high = found.retention.ci95 or (np.nan, np.nan)
        held += bool(low <= truth <= high)
        failed += found.proven_below(least) is not None
    return Kept(held / trials, failed / trials)


def _held(ends: list[tuple[float, float]], truth: float) -> Held:
    low, high = np.array(ends).T
    inside = (low <= truth) & (truth <= high)
    return Held(float(inside.mean()), float(np.median(high - low)))
