"""Time two loaded networks in turns, in one process, so that drift of the machine affects both."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from hairopt.errors import UsageError
from hairopt.measure.latency import paired_ratio
from hairopt.quantities import number_of
from hairopt.runtimes.protocol import Segmenter
from hairopt.types import ImageU8

_WARMUP = 3
_SEED = 0


@dataclass(frozen=True)
class TimeRatio:
    """Ratio of the times of two networks: median over pairs, with its bootstrap interval."""

    median: float
    ci95: tuple[float, float]


def time_in_turns(
    first: Segmenter, second: Segmenter, photos: Sequence[ImageU8], rounds: int = 20
) -> TimeRatio:
    """Ratio of the second network's time to the first's; they alternate in starting.

    Args:
        first: a loaded network.
        second: another one.
        photos: uint8 (H, W, 3) RGB, at least one; they are used in turn.
        rounds: pairs of runs, at least two.

    Raises:
        UsageError: fewer than two rounds, so that there is no interval.
    """
    for segmenter in (first, second):
        for _ in range(_WARMUP):
            segmenter(photos[0])
    before, after = [], []
    for turn in range(rounds):
        photo = photos[turn % len(photos)]
        order = (first, second) if turn % 2 == 0 else (second, first)
        times = {id(segmenter): _seconds(segmenter, photo) for segmenter in order}
        before.append(times[id(first)])
        after.append(times[id(second)])
    found = paired_ratio(after, before, _SEED)
    if found is None or found.ci95 is None:
        turns = number_of(rounds, "round has", "rounds have")
        raise UsageError(f"{turns} no interval; at least 2 are needed")
    return TimeRatio(found.median, found.ci95)


def _seconds(segmenter: Segmenter, photo: ImageU8) -> float:
    start = time.perf_counter()
    segmenter(photo)
    return time.perf_counter() - start
