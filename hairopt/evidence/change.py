"""The evidence of a change between two sides that answered the same cases."""

from __future__ import annotations

import math

import numpy as np

from hairopt.evidence.evidence import Evidence, too_few
from hairopt.evidence.paired import PairedSample
from hairopt.evidence.significance import FEWEST_IMAGES
from hairopt.evidence.sources import Array
from hairopt.evidence.studentised import Smooth, studentised

NO_CASE = "no case is defined on both sides"
ZERO_BASELINE = "the baseline is zero"
MOSTLY_ZERO = "the baseline is zero in too many photos for an interval"


def relative_change(sample: PairedSample) -> Evidence:
    """``(mean(candidate) - mean(baseline)) / abs(mean(baseline))``, the means over source photos.

    The interval is the symmetric studentised bootstrap of the ratio, over the sources.
    """
    if sample.n_cases == 0:
        return _undefined(sample, NO_CASE)
    if not _is_divisible(sample):
        return _undefined(sample, ZERO_BASELINE)
    columns = np.stack([sample.baseline, sample.candidate])
    change = ratio_change(columns)
    if sample.baseline.mean() < 0:
        change = change.negated()
    if int(columns.any(axis=0).sum()) < FEWEST_IMAGES <= sample.n_sources:
        return _without_interval(change, sample, MOSTLY_ZERO)
    return _evidence(change, sample)


def difference(sample: PairedSample) -> Evidence:
    """``mean(candidate) - mean(baseline)``, the means over source photos."""
    if sample.n_cases == 0:
        return _undefined(sample, NO_CASE)
    apart = (sample.candidate - sample.baseline)[None]
    return _evidence(Smooth(apart, lambda m: m[..., 0], np.ones_like), sample)


def ratio_change(columns: Array) -> Smooth:
    """``mean(second) / mean(first) - 1`` of two columns."""

    def gradient(means: Array) -> Array:
        before, after = means[..., 0], means[..., 1]
        return np.stack([-after / before**2, 1 / before], axis=-1)

    return Smooth(columns, lambda means: means[..., 1] / means[..., 0] - 1, gradient)


def _evidence(smooth: Smooth, sample: PairedSample) -> Evidence:
    n = sample.n_sources
    if n < FEWEST_IMAGES:
        return _without_interval(smooth, sample, too_few(n, FEWEST_IMAGES))
    found = studentised(smooth)
    half = found.reach()
    if not math.isfinite(half):
        return _without_interval(smooth, sample, MOSTLY_ZERO)
    ends = found.value - half, found.value + half
    p, same = found.p_of(0.0), sample.is_identical
    return Evidence(found.value, ends, p, sample.n_cases, n, same)


def _without_interval(smooth: Smooth, sample: PairedSample, reason: str) -> Evidence:
    value = float(smooth.value(smooth.columns.mean(axis=1)))
    n, same = sample.n_sources, sample.is_identical
    return Evidence(value, None, None, sample.n_cases, n, same, reason)


def _is_divisible(sample: PairedSample) -> bool:
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return bool(np.isfinite(sample.candidate.mean() / sample.baseline.mean() ** 2))


def _undefined(sample: PairedSample, reason: str) -> Evidence:
    same = sample.is_identical and sample.n_cases > 0
    return Evidence(None, None, None, sample.n_cases, sample.n_sources, same, reason)
