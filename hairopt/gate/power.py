"""Statistical power: the smallest drop that a comparison can detect, and the images it needs."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass

from hairopt.evidence.paired import PairedSample
from hairopt.evidence.significance import ALPHA

POWER = 0.8
MOST_IMAGES = 1_000_000


@dataclass(frozen=True)
class Sensitivity:
    """The amount of data that a clear verdict needs.

    Attributes:
        detectable_drop: smallest true relative drop that this number of images detects with 80 %
            power by a 95 % interval; None with fewer than two source images.
        images_needed: number of source images, of the same spread, that would show with 80 % power
            whether a loss of the measured size is above or below the limit; None if unknown or
            a million or more.
    """

    detectable_drop: float | None
    images_needed: int | None


def sensitivity(sample: PairedSample, limit: float) -> Sensitivity:
    """Detectable drop and images needed for a limit on the relative drop.

    ``(t_0.975 + t_0.80) * sd / sqrt(n)`` with n - 1 degrees of freedom, the usual approximation of
    the paired test's power over sources, relative to the baseline's mean; ``sd`` is that of the
    differences that a drop of ``measured`` leaves.
    """
    scale = abs(float(sample.baseline.mean())) if sample.n_sources else 0.0
    if sample.n_sources < 2 or scale == 0:
        return Sensitivity(None, None)
    measured = 1 - float(sample.candidate.mean()) / float(sample.baseline.mean())
    residual = sample.candidate - (1 - measured) * sample.baseline
    spread = float(residual.std(ddof=1)) / scale
    gap = abs(limit - measured)
    return Sensitivity(_detectable(spread, sample.n_sources), _images_needed(spread, gap))


def _detectable(spread: float, images: int) -> float:
    from scipy.special import stdtrit

    quantiles = stdtrit(images - 1, 1 - ALPHA / 2) + stdtrit(images - 1, POWER)
    return float(quantiles) * spread / math.sqrt(images)


def _images_needed(spread: float, gap: float) -> int | None:
    """The smallest number of images whose detectable drop is at most ``gap``; it falls with n."""
    counts = range(2, MOST_IMAGES)
    place = bisect_left(counts, True, key=lambda images: _detectable(spread, images) <= gap)
    return counts[place] if place < len(counts) else None
