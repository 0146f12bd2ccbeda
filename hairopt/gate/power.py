"""What a comparison could have seen: the smallest drop it can show, and the images that needs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hairopt.gate.statistics import PairedSample

ALPHA = 0.05
POWER = 0.8


@dataclass(frozen=True)
class Sensitivity:
    """Answers to "how much data would have settled it?".

    Attributes:
        detectable_drop: smallest true relative drop that this many images show with 80 % power
            in a one-sided 5 % test; None with fewer than two source images.
        images_needed: source images at which an unchanged candidate passes the limit with 80 %
            power; None where it cannot be known.
    """

    detectable_drop: float | None
    images_needed: int | None


def sensitivity(sample: PairedSample, limit: float) -> Sensitivity:
    """Detectable drop and images needed for a limit on the relative drop.

    Normal approximation of the paired test over clusters: ``(z_0.95 + z_0.80) * sd / sqrt(n)``,
    relative to the baseline's mean per cluster.
    """
    from scipy.special import ndtri

    scale = float(sample.baseline.mean())
    if sample.n_clusters < 2 or scale == 0:
        return Sensitivity(None, None)
    spread = float((sample.candidate - sample.baseline).std(ddof=1)) / abs(scale)
    quantiles = float(ndtri(1 - ALPHA) + ndtri(POWER))
    detectable = quantiles * spread / math.sqrt(sample.n_clusters)
    needed = math.ceil((quantiles * spread / limit) ** 2) if limit > 0 else None
    return Sensitivity(detectable, max(2, needed) if needed is not None else None)
