"""The evidence of one side's mean over source photos."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hairopt.evidence.evidence import Evidence, too_few
from hairopt.evidence.sources import source_means
from hairopt.evidence.studentised import Smooth, studentised

FEWEST_FOR_A_MEAN = 12
"""Least number of sources for the interval of a mean. A mean is harder than a change: scores have a
long tail, and with fewer photos no method that we tried holds 90 % ("What it can detect" in
docs/gate.md)."""


def mean_of(values: Sequence[float | None], sources: Sequence[str]) -> Evidence:
    """The mean over source photos, with an interval from ``FEWEST_FOR_A_MEAN`` sources on.

    The interval is the studentised bootstrap with equal tails.

    Args:
        values: one per case; None where it is undefined.
        sources: the source photo of each case.

    Raises:
        UsageError: the lengths differ, or a value is NaN or infinite.
    """
    means, n_cases = source_means([values], sources)
    n = means.shape[1]
    if n == 0:
        return Evidence(None, None, None, 0, 0, reason="it is defined in no case")
    if n < FEWEST_FOR_A_MEAN:
        reason = too_few(n, FEWEST_FOR_A_MEAN)
        return Evidence(float(means.mean()), None, None, n_cases, n, reason=reason)
    found = studentised(Smooth(means, lambda m: m[..., 0], np.ones_like))
    return Evidence(found.value, found.tails(), None, n_cases, n)
