"""What a run tells of a back-end beside its numbers: where the photos went, and if it leaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from hairopt.backends.hosts import is_local, shown_url
from hairopt.backends.schema import Backend, CommandBackend, HttpBackend, PythonBackend
from hairopt.evidence.times import t_reach
from hairopt.measure.lane import Lane, Timed
from hairopt.measure.run_model import BackendInfo

if TYPE_CHECKING:
    from hairopt.measure.case_scorer import Scored

_FEWEST = 6
"""Requests of a start through which a line of its memory is laid."""


def backend_info(lane: Lane, scored: Sequence[Scored]) -> BackendInfo | None:
    """What a lane's back-end was asked; None for a pipeline of hairopt's stages."""
    spec = lane.variant.backend
    if spec is None:
        return None
    served = [start.served for start in lane.starts.values() if start.served is not None]
    repeats: Counter[str] = Counter()
    for one in served:
        repeats.update(one.repeats)
    own = [one.timing.own_ms for one in lane.timed if one.timing.own_ms is not None]
    is_told = any(one.scores.get("alpha_iou") is not None for one in scored)
    mask: Literal["told", "unknown"] = "told" if is_told else "unknown"
    sent_to = shown_url(spec.url) if isinstance(spec, HttpBackend) else ""
    return BackendInfo(
        kind=spec.kind,
        target=target_of(spec),
        sent_to=sent_to,
        is_remote=bool(sent_to) and not is_local(sent_to),
        note=lane.loaded.note if lane.loaded else "",
        asked=sum(one.asked for one in served),
        repeats=dict(repeats),
        own_ms=float(np.median(own)) if own else None,
        mask=mask,
    )


def target_of(spec: Backend) -> str:
    """The URL, callable or program of a back-end."""
    if isinstance(spec, HttpBackend):
        return spec.url
    if isinstance(spec, PythonBackend):
        return spec.call
    assert isinstance(spec, CommandBackend)
    return " ".join(spec.command)


def memory_growth(
    timed: Sequence[Timed],
) -> tuple[float, tuple[float, float] | None] | None:
    """By how many MB the memory of the processes grows with every request.

    In every start the slope of a line through the timed requests, in the order of time, fitted by
    the median of the slopes of all pairs (Theil and Sen), which a single step does not change.

    Returns:
        The median over starts, and the interval of the mean over starts; None where no start has
        six requests of known memory.
    """
    by_start: dict[int, list[tuple[int, float]]] = {}
    for one in timed:
        if one.timing.resident_mb is not None:
            by_start.setdefault(one.start, []).append((one.timing.number, one.timing.resident_mb))
    slopes = [_slope(points) for points in by_start.values() if len(points) >= _FEWEST]
    if not slopes:
        return None
    reach = t_reach(slopes)
    mean = float(np.mean(slopes))
    return float(np.median(slopes)), None if reach is None else (mean - reach, mean + reach)


def _slope(points: Sequence[tuple[int, float]]) -> float:
    numbers, values = (np.array(side, np.float64) for side in zip(*points, strict=True))
    first, second = np.triu_indices(len(points), 1)
    apart = numbers[second] - numbers[first]
    known = apart != 0
    return float(np.median((values[second] - values[first])[known] / apart[known]))
