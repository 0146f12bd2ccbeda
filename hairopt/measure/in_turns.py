"""Time two loaded networks in turns, in one process, so that drift of the machine affects both."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hairopt.errors import UsageError
from hairopt.evidence.times import change_over_starts
from hairopt.measure.latency import medians_of_pairs
from hairopt.measure.schedule import rounds_of_starts
from hairopt.quantities import number_of
from hairopt.runtimes.protocol import Segmenter
from hairopt.types import ImageU8

_WARMUP = 3
_COUNTED = 4
"""Counted runs of a turn."""


@dataclass(frozen=True)
class TimeRatio:
    """Ratio of the times of two networks, with its 95 % interval over turns.

    It is the ratio of these two loaded networks: how much it differs from load to load is not in
    the interval.
    """

    median: float
    ci95: tuple[float, float]


def time_in_turns(
    first: Segmenter, second: Segmenter, photos: Sequence[ImageU8], rounds: int = 20
) -> TimeRatio:
    """Ratio of the second network's time to the first's.

    A turn is one run that is not counted, because it finds the caches full of the other network's
    data, and a few that are. The two alternate in starting.

    Args:
        first: a loaded network.
        second: another one.
        photos: uint8 (H, W, 3) RGB, at least one; they are used in turn.
        rounds: counted runs of each, at least two.

    Raises:
        UsageError: fewer than two rounds, so that there is no interval, or a clock too coarse.
    """
    if rounds < 2:
        turns = number_of(rounds, "round has", "rounds have")
        raise UsageError(f"{turns} no interval; at least 2 are needed")
    for segmenter in (first, second):
        for _ in range(_WARMUP):
            segmenter(photos[0])
    before: dict[int, dict[int, float]] = {}
    after: dict[int, dict[int, float]] = {}
    for turn, counted in enumerate(_turns(rounds)):
        order = ((first, before), (second, after))
        for segmenter, times in order if turn % 2 == 0 else order[::-1]:
            segmenter(photos[counted[0] % len(photos)])
            times[turn] = {
                index: _seconds(segmenter, photos[index % len(photos)]) for index in counted
            }
    ratios, n = medians_of_pairs(after, before)
    if not ratios:
        raise UsageError("the clock of this machine is too coarse for the time of one run")
    found = change_over_starts(ratios, n)
    assert found.estimate is not None
    assert found.ci95 is not None
    return TimeRatio(1 + found.estimate, (1 + found.ci95[0], 1 + found.ci95[1]))


def _turns(rounds: int) -> Iterator[range]:
    first = 0
    for counted in rounds_of_starts(rounds, max(2, rounds // _COUNTED)):
        yield range(first, first + counted)
        first += counted


def _seconds(segmenter: Segmenter, photo: ImageU8) -> float:
    start = time.perf_counter()
    segmenter(photo)
    return time.perf_counter() - start
