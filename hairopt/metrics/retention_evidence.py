"""Retention with its interval, from the values of every case on both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from hairopt.evidence.evidence import too_few
from hairopt.evidence.significance import FEWEST_IMAGES
from hairopt.evidence.sources import Array, means_of_all_sources
from hairopt.evidence.studentised import Smooth
from hairopt.evidence.worst import Losses, losses
from hairopt.metrics.catalog import Metric
from hairopt.metrics.retention import (
    COLOR_METRIC,
    DEFAULT_GUARDED,
    Retention,
    guarded_metrics,
    metric_retention,
)

Values: TypeAlias = Sequence[float | None]

NO_END = "the photos differ too much for an interval"


@dataclass(frozen=True)
class RetentionEvidence:
    """What every guarded metric keeps, over the cases in which both sides have a value.

    Attributes:
        parts: one per guarded metric.
        losses: what each of them loses, with bounds; None with too few sources, or where a metric
            cannot be known.
    """

    parts: tuple[_Part, ...]
    losses: Losses | None

    @classmethod
    def of(
        cls,
        values: Mapping[str, tuple[Values, Values]],
        sources: Sequence[str],
        guarded: Sequence[str] = DEFAULT_GUARDED,
        shades: Mapping[str, tuple[Values, Values]] | None = None,
    ) -> RetentionEvidence:
        """The evidence of one comparison.

        Args:
            values: metric -> values of baseline and candidate, one per case; None is undefined.
            sources: the source photo of each case.
            guarded: the metrics that must be kept; an optional one is not judged where fewer
                than six of more photos have a value, on both sides alike.
            shades: shade -> values of ``COLOR_METRIC``, as in ``values``: each shade with enough
                sources is judged by itself, so that a better black does not pay for a worse blond.

        Raises:
            UsageError: where nothing is guarded, a name is unknown, or a value is NaN or infinite.
        """
        nothing: Values = [None] * len(sources)
        parts: list[_Part] = []
        for name, metric in guarded_metrics(guarded).items():
            both = values.get(name, (nothing, nothing))
            by_shade = [
                part
                for shade, of_shade in (shades or {}).items()
                if name == COLOR_METRIC
                and (part := _Part.of(metric, *of_shade, sources, shade)).n_sources >= FEWEST_IMAGES
            ]
            if not _is_left_out(metric, both, sources):
                parts += by_shade or [_Part.of(metric, *both, sources)]
        is_enough = all(part.n_sources >= FEWEST_IMAGES for part in parts)
        if not is_enough or any(part.kept is None for part in parts):
            return cls(tuple(parts), None)
        return cls(tuple(parts), losses([part.loss() for part in parts]))

    @property
    def retention(self) -> Retention:
        """The worst of the guarded metrics, never an average: a mask does not pay for bleeding."""
        unknown = next((part for part in self.parts if part.kept is None), None)
        if unknown is not None:
            name = unknown.metric.name
            reason = f"{name} is undefined, or the baseline has no quality to keep"
            return Retention(
                None, name, None, unknown.n_cases, unknown.n_sources, reason, unknown.shade
            )
        if self.losses is not None:
            return self.seen_from(self.losses.worst)
        worst = min(self.parts, key=lambda part: part.kept or 0.0)
        reason = too_few(min(part.n_sources for part in self.parts), FEWEST_IMAGES)
        return Retention(
            worst.kept, worst.metric.name, None, worst.n_cases, worst.n_sources, reason, worst.shade
        )

    def proven_below(self, least: float) -> Retention | None:
        """The worst metric that keeps less than ``least`` and is shown to lose, if there is one."""
        place = None if self.losses is None else self.losses.proven_beyond(1 - least)
        return None if place is None else self.seen_from(place)

    def seen_from(self, place: int) -> Retention:
        """Retention by one of the metrics, with the interval of the worst true retention."""
        part = self.parts[place]
        ends = self.losses.interval(place) if self.losses else None
        return Retention(
            part.kept,
            part.metric.name,
            None if ends is None else (1 - ends[1], 1 - ends[0]),
            part.n_cases,
            part.n_sources,
            "" if ends else NO_END,
            part.shade,
        )


def _is_left_out(metric: Metric, both: tuple[Values, Values], sources: Sequence[str]) -> bool:
    """Whether an optional metric is defined in too few photos to be judged, on both sides alike."""
    lost = any((one is None) is not (other is None) for one, other in zip(*both, strict=True))
    if lost or not metric.is_optional:
        return False
    defined = {source for source, value in zip(sources, both[0], strict=True) if value is not None}
    return len(defined) < min(FEWEST_IMAGES, len(set(sources)))


@dataclass(frozen=True)
class _Part:
    """One guarded metric: means by source, 0 where no case counts, and the cases that count."""

    metric: Metric
    baseline: Array
    candidate: Array
    counts: Array
    shade: str = ""

    @classmethod
    def of(
        cls,
        metric: Metric,
        baseline: Values,
        candidate: Values,
        sources: Sequence[str],
        shade: str = "",
    ) -> _Part:
        (before, after), counts = means_of_all_sources([baseline, candidate], sources)
        return cls(metric, before, after, counts.astype(np.float64), shade)

    @property
    def n_cases(self) -> int:
        return int(self.counts.sum())

    @property
    def n_sources(self) -> int:
        return int((self.counts > 0).sum())

    @property
    def kept(self) -> float | None:
        """What is kept of the baseline's mean over sources."""
        n = self.n_sources
        if n == 0:
            return None
        before, after = float(self.baseline.sum()) / n, float(self.candidate.sum()) / n
        return metric_retention(self.metric, before, after)

    def loss(self) -> Smooth:
        """``1 - kept`` as a function of means over all sources."""
        if self.metric.higher_is_better and self.metric.target is None:
            both = np.stack([self.baseline, self.candidate])
            return Smooth(both, _loss_of_ratio, _gradient_of_ratio)
        columns = np.stack([self.baseline, self.candidate, self.counts > 0])
        return Smooth(columns, self._loss, self._gradient)

    def _loss(self, means: Array) -> Array:
        before, after, share = np.moveaxis(means, -1, 0)
        scale = self.metric.scale
        kept = (scale + self._distance(before / share)) / (scale + self._distance(after / share))
        return 1 - kept

    def _gradient(self, means: Array) -> Array:
        before, after, share = np.moveaxis(means, -1, 0)
        before, after = before / share, after / share
        top = self.metric.scale + self._distance(before)
        bottom = self.metric.scale + self._distance(after)
        of_before = -self._slope(before) / bottom / share
        of_after = top * self._slope(after) / bottom**2 / share
        return np.stack([of_before, of_after, -(before * of_before + after * of_after)], axis=-1)

    def _distance(self, value: Array) -> Array:
        """``Metric.loss`` of an array."""
        if self.metric.target is not None:
            return np.abs(value - self.metric.target)
        return value - (self.metric.lower_bound or 0.0)

    def _slope(self, value: Array) -> Array:
        """Derivative of ``_distance``."""
        if self.metric.target is not None:
            return np.sign(value - self.metric.target)
        return np.ones_like(value)


def _loss_of_ratio(means: Array) -> Array:
    return 1 - np.maximum(0.0, means[..., 1]) / means[..., 0]


def _gradient_of_ratio(means: Array) -> Array:
    before, after = means[..., 0], means[..., 1]
    return np.stack([after / before**2, -1 / before], axis=-1)
