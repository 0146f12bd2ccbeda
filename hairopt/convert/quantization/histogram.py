"""Histogram of the values of one tensor, filled batch by batch in constant memory."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BINS = 2048
_LEVELS = 128
_SAMPLES = 1 << 15
"""Most values counted per tensor and photo, evenly spread; the extremes are exact."""


class Histogram:
    """Counts of values in bins of equal width over ``[-limit, limit)``, limit a power of two.

    If a value does not fit, the limit is doubled and bins are joined in pairs, so that every photo
    is read only once.
    """

    def __init__(self) -> None:
        self.minimum = math.inf
        self.maximum = -math.inf
        self._limit = 2.0**-20
        self._counts = np.zeros(_BINS, np.int64)

    def add(self, values: NDArray[Any]) -> None:
        """Count values of any shape; infinities and NaN change only the extremes."""
        low, high = float(values.min()), float(values.max())
        # min() and max() of Python would lose a NaN.
        self.minimum = float(np.minimum(self.minimum, low))
        self.maximum = float(np.maximum(self.maximum, high))
        if not math.isfinite(low) or not math.isfinite(high):
            return
        while max(-low, high) >= self._limit:
            self._double()
        flat = values.reshape(-1)
        some = flat[:: max(1, flat.size // _SAMPLES)].astype(np.float64)
        places = np.floor((some / self._limit + 1) * (_BINS / 2)).astype(np.int64)
        self._counts += np.bincount(np.clip(places, 0, _BINS - 1), minlength=_BINS)

    def percentile(self, share: float) -> tuple[float, float]:
        """The range that leaves ``1 - share`` of the values outside, half of them on each side."""
        outside = (1 - share) / 2 * self._counts.sum()
        total = np.cumsum(self._counts)
        first = int(np.searchsorted(total, outside, side="right"))
        last = int(np.searchsorted(total, total[-1] - outside))
        edges = np.linspace(-self._limit, self._limit, _BINS + 1)
        low, high = edges[first], edges[min(last, _BINS - 1) + 1]
        return self._within(float(low)), self._within(float(high))

    def entropy(self) -> tuple[float, float]:
        """The symmetric range whose quantisation loses least information, limited to the extremes.

        Of the ranges ``[-t, t]`` the one with the smallest Kullback-Leibler divergence between the
        magnitudes clipped at t and the same in 128 steps (Migacz 2017, "8-bit inference
        with TensorRT").
        """
        half = _BINS // 2
        magnitudes = (self._counts[half:] + self._counts[:half][::-1]).astype(np.float64)
        # ReLU puts most values exactly at zero, which every range represents.
        magnitudes[0] = magnitudes[1]
        used = int(np.flatnonzero(magnitudes)[-1]) + 1 if magnitudes.any() else 1
        candidates = (used, *range(min(_LEVELS, used), used, 4))
        best = min(candidates, key=lambda kept: _divergence(magnitudes, kept))
        limit = self._limit * best / half
        return self._within(-limit), self._within(limit)

    def _within(self, value: float) -> float:
        """The value, limited to the extremes: a bin's edge may be beyond all values in it."""
        return min(max(value, self.minimum), self.maximum)

    def _double(self) -> None:
        joined = self._counts.reshape(-1, 2).sum(axis=1)
        self._counts = np.zeros(_BINS, np.int64)
        self._counts[_BINS // 4 : 3 * _BINS // 4] = joined
        self._limit *= 2


def _divergence(magnitudes: NDArray[np.float64], kept: int) -> float:
    clipped = magnitudes[:kept].copy()
    present = clipped > 0
    clipped[-1] += magnitudes[kept:].sum()
    level = np.arange(kept) * _LEVELS // kept
    mass = np.bincount(level, magnitudes[:kept], minlength=_LEVELS)
    bins = np.bincount(level, present.astype(np.float64), minlength=_LEVELS)
    spread = np.where(present, mass[level] / np.maximum(bins[level], 1), 0)
    if not spread.any():
        return math.inf
    first, second = clipped / clipped.sum(), spread / spread.sum()
    # If the clipped tail is in an empty bin, the divergence would be infinite.
    both = (first > 0) & (second > 0)
    lost = first[(first > 0) & (second == 0)].sum()
    return float((first[both] * np.log(first[both] / second[both])).sum() + lost * 10)
