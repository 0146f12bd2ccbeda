"""Fit the map from a mask's features to its IoU, and state its error on photos held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairopt.certainty.expectation import (
    FEATURES,
    LARGEST_Z,
    UNSURE_BELOW,
    HeldOut,
    Map,
    logit,
)
from hairopt.certainty.features import MaskFeatures
from hairopt.errors import DataError

Array = NDArray[np.float64]

FEWEST_SOURCES = 40
"""A 95 % interval needs the 1st and the 40th of 40 errors."""

FOLDS = 10

_SMOOTH = 0.01
"""Absolute errors are counted as ``sqrt(error**2 + _SMOOTH**2)``, which has a derivative."""

_SHRINK = 1e-3
"""Weight of the squared weights, so that a feature without use gets none."""

_LEAST_SPREAD = 0.01


@dataclass(frozen=True)
class Labelled:
    """One labelled photo: the features of its mask, its true IoU, and its source photo."""

    features: MaskFeatures
    iou: float
    source: str


def fit(photos: Sequence[Labelled]) -> tuple[Map, HeldOut]:
    """The map over all photos, and its error over photos held out, source by source.

    Deterministic. Each source photo counts once, however many cases it has.

    Raises:
        DataError: fewer than ``FEWEST_SOURCES`` source photos, or all with one IoU.
    """
    names = sorted({photo.source for photo in photos})
    if len(names) < FEWEST_SOURCES:
        raise DataError(
            f"{len(names)} source photos with hair are too few to calibrate with; at least "
            f"{FEWEST_SOURCES} are needed"
        )
    data = _Data.of(photos)
    if float(np.ptp(data.iou)) < 1e-6:
        raise DataError("every photo has the same IoU, so nothing can be learned from them")
    order = np.random.default_rng(0).permutation(len(names))
    fold_of = {name: int(place) % FOLDS for name, place in zip(names, order, strict=True)}
    folds = np.array([fold_of[photo.source] for photo in photos])
    expected = np.zeros(len(photos))
    for fold in range(FOLDS):
        expected[folds == fold] = _line(data.part(folds != fold)).predict(
            data.values[folds == fold]
        )
    errors = data.iou - expected
    inside = np.zeros(len(photos), bool)
    for fold in range(FOLDS):
        own, others = folds == fold, folds != fold
        spread, quantiles = _interval(expected[others], errors[others])
        scaled = errors[own] / _spread_at(spread, expected[own])
        inside[own] = (scaled >= quantiles[0]) & (scaled <= quantiles[1])
    spread, quantiles = _interval(expected, errors)
    found = _line(data)
    by_source = [float((errors * data.weight)[data.places == n].sum()) for n in range(len(names))]
    whole = Map(
        intercept=found.intercept,
        weights=dict(zip(FEATURES, map(float, found.weights), strict=True)),
        spread=spread,
        quantiles=quantiles,
        bias_se=float(np.std(by_source, ddof=1) / np.sqrt(len(names))),
    )
    is_bad = data.iou < UNSURE_BELOW
    return whole, HeldOut(
        mae=float(np.average(np.abs(errors), weights=data.weight)),
        auc=area_under_curve(-expected, is_bad),
        coverage=float(np.average(inside, weights=data.weight)),
        n_cases=len(photos),
        n_sources=len(names),
        n_below=int(is_bad.sum()),
    )


def area_under_curve(scores: Array, is_hit: NDArray[np.bool_]) -> float | None:
    """Chance that a hit has a higher score than another one; None without both kinds."""
    from scipy.stats import rankdata

    n_hits, n_others = int(is_hit.sum()), int((~is_hit).sum())
    if not n_hits or not n_others:
        return None
    ranks = rankdata(scores)
    return float((ranks[is_hit].sum() - n_hits * (n_hits + 1) / 2) / (n_hits * n_others))


@dataclass(frozen=True)
class _Data:
    values: Array
    iou: Array
    weight: Array
    places: NDArray[np.intp]

    @classmethod
    def of(cls, photos: Sequence[Labelled]) -> _Data:
        names = sorted({photo.source for photo in photos})
        places = np.array([names.index(photo.source) for photo in photos], np.intp)
        values = [[getattr(photo.features, name) for name in FEATURES] for photo in photos]
        counts = np.bincount(places, minlength=len(names))
        return cls(
            np.array(values, np.float64),
            np.array([photo.iou for photo in photos], np.float64),
            1 / counts[places],
            places,
        )

    def part(self, chosen: NDArray[np.bool_]) -> _Data:
        return _Data(
            self.values[chosen], self.iou[chosen], self.weight[chosen], self.places[chosen]
        )


@dataclass(frozen=True)
class _Line:
    intercept: float
    weights: Array

    def predict(self, values: Array) -> Array:
        return _iou_of(self.intercept + values @ self.weights)


def _iou_of(z: Array) -> Array:
    found: Array = 1 / (1 + np.exp(-np.clip(z, -LARGEST_Z, LARGEST_Z)))
    return found


def _line(data: _Data) -> _Line:
    """The weights with the least absolute error; each has the sign that its feature must have."""
    from scipy.optimize import minimize

    middle, scale = data.values.mean(axis=0), data.values.std(axis=0) + 1e-9
    signs = np.array(list(FEATURES.values()))
    standard = (data.values - middle) / scale * signs
    weight = data.weight / data.weight.sum()

    def loss(parameters: Array) -> float:
        error = data.iou - _iou_of(parameters[0] + standard @ parameters[1:])
        absolute = float((weight * np.sqrt(error**2 + _SMOOTH**2)).sum())
        return absolute + _SHRINK * float((parameters[1:] ** 2).sum())

    start = logit(float(np.clip(np.average(data.iou, weights=weight), 0.05, 0.95)))
    bounds = [(-8.0, 8.0), *[(0.0, 20.0)] * len(FEATURES)]
    tries = (
        minimize(loss, [start, *[first] * len(FEATURES)], bounds=bounds, method="L-BFGS-B")
        for first in (0.2, 1.0)
    )
    best = min(tries, key=lambda found: float(found.fun)).x
    weights = signs * best[1:] / scale
    return _Line(float(best[0] - middle @ weights), weights)


def _interval(expected: Array, errors: Array) -> tuple[tuple[float, float], tuple[float, float]]:
    """How the size of an error depends on the expected IoU, and the quantiles of the rest."""
    slope, base = np.polyfit(1 - expected, np.abs(errors), 1) if np.ptp(expected) > 0 else (0, 0)
    spread = (max(float(base), _LEAST_SPREAD), max(float(slope), 0.0))
    scaled = errors / _spread_at(spread, expected)
    low, high = np.quantile(scaled, (0.025, 0.975), method="median_unbiased")
    return spread, (float(min(low, 0.0)), float(max(high, 0.0)))


def _spread_at(spread: tuple[float, float], expected: Array) -> Array:
    found: Array = spread[0] + spread[1] * (1 - expected)
    return found
