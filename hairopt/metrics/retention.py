"""Retention: how much of the baseline's quality a candidate keeps, by the worst guarded metric."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hairopt.errors import UsageError
from hairopt.evidence.evidence import Interval
from hairopt.metrics.catalog import METRICS, Metric, known_metrics
from hairopt.registry import unknown_name

DEFAULT_GUARDED = tuple(name for name, metric in METRICS.items() if metric.guarded_by_default)
"""alpha_iou, alpha_boundary_iou, edge_roughness, lock_de00, dye_strength, texture_structure,
outside_structure, outside_de00."""

COLOR_METRIC = "lock_de00"
"""What is judged shade by shade where the values of the shades are known."""

TRUE_PICTURES = "true pictures"
"""In place of a shade: all true pictures of dyed heads together."""


@dataclass(frozen=True)
class Retention:
    """The worst retention of the guarded metrics.

    Attributes:
        value: 1 keeps everything, above 1 improves on it; None where it cannot be known, which
            never passes.
        worst_metric: the metric that gives it, or the one that is undefined.
        shade: the shade in which it is worst, where colour was judged shade by shade.
        ci95: 95 % interval of the worst retention; it knows that the worst of several was chosen.
            None with too few source photos.
        n_cases, n_sources: cases and source photos of that metric; 0 where only means are known.
        reason: why there is no value or no interval; empty if there are both.
    """

    value: float | None
    worst_metric: str | None
    ci95: Interval | None = None
    n_cases: int = 0
    n_sources: int = 0
    reason: str = ""
    shade: str = ""


def metric_retention(
    metric: Metric, baseline: float | None, candidate: float | None
) -> float | None:
    """Candidate quality over baseline quality for one metric.

    Higher is better: candidate / baseline. Lower is better, or two-sided: (s + loss of the
    baseline) / (s + loss of the candidate), s being the metric's ``scale``: half of a perfect
    answer's quality is gone when the loss is s. A plain baseline / candidate would be infinite or
    0 / 0 at a perfect 0, and would call 0.02 dE00 against 0.01 a loss of half the quality, which no
    eye can see.

    Returns:
        0 or more; None where a value is undefined, or the baseline has no quality to keep (where
        higher is better: 0, or so near it that the ratio is beyond the largest float64).

    Raises:
        UsageError: for NaN or infinity.
    """
    for side, value in (("baseline", baseline), ("candidate", candidate)):
        if value is not None and not math.isfinite(value):
            raise UsageError(f"{side} {metric.name} is {value}; undefined must be None, never NaN")
    if baseline is None or candidate is None:
        return None
    if metric.higher_is_better and metric.target is None:
        kept = max(0.0, candidate) / baseline if baseline > 0.0 else math.inf
        return kept if math.isfinite(kept) else None
    return (metric.scale + metric.loss(baseline)) / (metric.scale + metric.loss(candidate))


def retention(
    baseline: Mapping[str, float | None],
    candidate: Mapping[str, float | None],
    guarded: Sequence[str] = DEFAULT_GUARDED,
) -> Retention:
    """The worst of the guarded metrics where only means are known; without an interval.

    Args:
        baseline: metric name -> mean over the dataset.
        candidate: the same of the candidate.
        guarded: the metrics that must be kept.

    Raises:
        UsageError: where nothing is guarded, a name is unknown, or a value is NaN or infinite.
    """
    kept: dict[str, float] = {}
    unknown: list[str] = []
    for name, metric in guarded_metrics(guarded).items():
        if metric.is_optional and baseline.get(name) is candidate.get(name) is None:
            continue
        value = metric_retention(metric, baseline.get(name), candidate.get(name))
        if value is None:
            unknown.append(name)
        else:
            kept[name] = value
    if unknown:
        return Retention(None, unknown[0])
    worst = min(kept, key=kept.__getitem__)
    return Retention(kept[worst], worst)


def guarded_metrics(names: Sequence[str]) -> dict[str, Metric]:
    """The metrics of these names.

    Raises:
        UsageError: there is none, or a name is unknown.
    """
    if not names:
        raise UsageError("guarded names no metric; retention needs at least one")
    known = known_metrics()
    for name in names:
        if name not in known:
            raise UsageError(unknown_name("guarded metric", name, list(known)))
    return {name: known[name] for name in names}
