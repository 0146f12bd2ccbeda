"""Tests of a paired change, and the conditions for calling it proven."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from hairopt.evidence.paired import PairedSample

ALPHA = 0.05
"""Level of significance of the tests."""

FEWEST_IMAGES = 6
"""Least number of source images that can prove a change: even if every one of them changes in the
same direction, a sign test at 5 % (two-sided, 2 * 0.5 ** n) needs six. A bootstrap of fewer gives
intervals that are far too short.
"""


def is_beyond_chance(
    ci95: tuple[float, float] | None, n_images: int, no_change: float = 0.0
) -> bool:
    """Whether the interval of a change excludes "no change", with enough source photos."""
    return n_images >= FEWEST_IMAGES and ci95 is not None and not ci95[0] <= no_change <= ci95[1]


def is_significant(p: float, n_images: int) -> bool:
    """Whether the p of a test is below ``ALPHA``, with enough source photos."""
    return n_images >= FEWEST_IMAGES and p < ALPHA


def non_inferiority_p(sample: PairedSample, margin: float) -> float:
    """One-sided p of "the candidate is worse than the margin", if higher is better.

    The hypothesis on a ratio of means is linear: the drop is below ``margin`` exactly when
    ``mean(candidate - (1 - margin) * baseline) > 0``. It is tested with the paired t statistic over
    clusters (Sasabuchi's construction; see Laster & Johnson 2003, Statistics in Medicine 22,
    187-200).

    Returns:
        0..1; small means that non-inferiority is shown. 1.0 with fewer than two clusters.
    """
    from scipy.special import stdtr  # scipy.stats takes four times as long to import

    if sample.n_clusters < 2:
        return 1.0
    gains = sample.candidate - (1.0 - margin) * sample.baseline
    error = float(gains.std(ddof=1)) / math.sqrt(gains.size)
    if error == 0.0:
        return 0.0 if gains.max() > 0 else 1.0
    return float(stdtr(gains.size - 1, -gains.mean() / error))


def no_change_p(sample: PairedSample) -> float:
    """Two-sided p of "candidate and baseline have the same mean": the paired t test."""
    from scipy.special import stdtr  # scipy.stats takes four times as long to import

    changes = sample.candidate - sample.baseline
    if sample.n_clusters < 2:
        return 1.0
    error = float(changes.std(ddof=1)) / math.sqrt(changes.size)
    if error == 0.0:
        return 0.0 if changes.any() else 1.0
    return float(2 * stdtr(changes.size - 1, -abs(changes.mean()) / error))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment for several tests at once.

    Source: Holm, S. (1979), A simple sequentially rejective multiple test procedure,
    Scandinavian Journal of Statistics 6, 65-70.
    """
    order = np.argsort(p_values, kind="stable")
    weighted = np.asarray(p_values)[order] * np.arange(len(order), 0, -1)
    adjusted = np.empty(len(order))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(weighted))
    return [float(p) for p in adjusted]
