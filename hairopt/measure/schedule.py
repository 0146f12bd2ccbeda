"""The schedule of a bench: process starts, turns, requests, and when the timing ends.

Every variant is measured in several processes, one after the other: a *start*. In a start the
processes of all variants exist side by side and take *turns*, of which only one computes at a time.
A turn is a few requests that are not counted (they find the caches full of another process's data),
then the counted ones back to back, then one request after a pause. Counted requests are numbered by
*round*: in a round every variant answers the same request.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

import numpy as np

from hairopt.evidence.times import FEWEST_STARTS

T = TypeVar("T")

Regime: TypeAlias = Literal["back to back", "after a pause"]
"""What a process did just before a request: answered another one, or nothing for ``PAUSE_S``."""

Stop: TypeAlias = Literal["rounds", "precise", "limit"]
"""Why the timing ended: all rounds asked for, intervals narrow enough, or the time was over."""

PAUSE_S = 0.2
"""Idle time before a request of the second regime."""

COUNTED = 6
"""Counted requests of a turn."""

TURNS = 2
"""Turns of a start, where the number of rounds is chosen by hairopt."""

AUTOMATIC_STARTS = 9
"""Least number of starts then: of 12 rounds each, which are enough for a 95th percentile."""

_UNCOUNTED_MS = 60.0
_MOST_UNCOUNTED = 6
_FEWEST_ROUNDS_OF_START = 3
_ROUNDS_OF_START = COUNTED * TURNS
_USUAL_STARTS = 20
_MOST_ROUNDS_OF_START = 50

PRECISE = 0.03
"""Half width of an interval, as a share of its number, with which automatic timing ends."""


@dataclass(frozen=True)
class Turn:
    """One turn of every variant: its number, its start, and its rounds, each of them from 0."""

    number: int
    start: int
    rounds: range


@dataclass
class Schedule:
    """Which start comes next, and with which turns.

    Attributes:
        rounds: counted requests per variant; None: as many as the limits below ask for.
        limit_s: with ``rounds`` None, seconds after which the timing ends.
        starts_asked: process starts for a number of rounds; None: as ``starts_for``.
        stop: why it ended; None until then.
    """

    rounds: int | None
    limit_s: float
    starts_asked: int | None = None
    stop: Stop | None = None
    _start: int = 0
    _turns: int = 0
    _rounds_done: int = 0
    _last_start_s: float = 0.0
    _begun_s: float = 0.0

    @property
    def rounds_expected(self) -> int:
        """Rounds of the whole schedule, as far as it is known."""
        if self.rounds is not None:
            return self.rounds
        if self.stop is not None:
            return self._rounds_done
        return max(AUTOMATIC_STARTS, self._start) * TURNS * COUNTED

    @property
    def starts_expected(self) -> int:
        """Process starts per variant, as far as they are known."""
        if self.rounds is not None:
            return self.starts_asked or starts_for(self.rounds)
        return self._start if self.stop else max(AUTOMATIC_STARTS, self._start)

    def goes_on(self, spent_s: float, is_precise: Callable[[], bool]) -> bool:
        """Whether another start follows.

        Args:
            spent_s: seconds of the timing so far.
            is_precise: whether every interval is within ``PRECISE``.
        """
        if self.stop is not None:
            return False
        self._last_start_s, self._begun_s = spent_s - self._begun_s, spent_s
        self.stop = self._reason(spent_s, is_precise)
        return self.stop is None

    def turns(self, spent_s: Callable[[], float], round_s: float) -> Iterator[Turn]:
        """The turns of the next start.

        Args:
            spent_s: seconds of the timing so far.
            round_s: seconds of one request of every variant, about.
        """
        start, self._start = self._start, self._start + 1
        if self.rounds is not None:
            share = rounds_of_starts(self.rounds, self.starts_expected)[start]
            yield from self._split(start, share, COUNTED)
            return
        # With requests of seconds a turn is short, so that the starts fit into the time.
        most_s = self.limit_s / AUTOMATIC_STARTS
        counted = COUNTED if round_s * (COUNTED + 2) <= most_s else 1
        for _ in range(TURNS):
            before = spent_s()
            yield from self._split(start, counted, counted)
            left_s = self._begun_s + most_s - spent_s()
            if left_s < spent_s() - before:
                return

    def _split(self, start: int, rounds: int, most: int) -> Iterator[Turn]:
        while rounds:
            counted = min(rounds, most)
            first, self._rounds_done = self._rounds_done, self._rounds_done + counted
            number, self._turns = self._turns, self._turns + 1
            yield Turn(number, start, range(first, first + counted))
            rounds -= counted

    def _reason(self, spent_s: float, is_precise: Callable[[], bool]) -> Stop | None:
        if self.rounds is not None:
            return "rounds" if self._start >= self.starts_expected else None
        if self._start >= AUTOMATIC_STARTS and is_precise():
            return "precise"
        if self._start and spent_s + self._last_start_s > self.limit_s:
            return "limit"
        return None


def starts_for(rounds: int) -> int:
    """The process starts over which a number of rounds is spread, at least one."""
    usual = min(_USUAL_STARTS, rounds // _ROUNDS_OF_START)
    useful = max(FEWEST_STARTS, usual, rounds // _MOST_ROUNDS_OF_START)
    return max(1, min(useful, rounds // _FEWEST_ROUNDS_OF_START))


def pauses_s(rounds: int) -> float:
    """Seconds of idle time per variant in the pauses of a number of rounds."""
    starts = starts_for(rounds)
    return sum(math.ceil(share / COUNTED) for share in rounds_of_starts(rounds, starts)) * PAUSE_S


def rounds_of_starts(rounds: int, starts: int) -> list[int]:
    """The rounds of every start; two of them differ by at most one."""
    return [(rounds + starts - 1 - start) // starts for start in range(starts)]


def uncounted_requests(request_ms: float) -> int:
    """How many requests at the start of a turn are not counted.

    The caches are full again after some tens of milliseconds, which is one request of a slow
    variant and several of a fast one.

    Args:
        request_ms: time of a request of the variant, about.
    """
    if request_ms <= 0:
        return _MOST_UNCOUNTED
    return min(_MOST_UNCOUNTED, math.ceil(_UNCOUNTED_MS / request_ms))


def request_sequence(n_cases: int, n_combinations: int, rounds: int, seed: int) -> list[int]:
    """The request of every round, as ``case * n_combinations + combination``.

    Cases come in shuffled laps, so that the counts of two cases differ by at most one; so do the
    combinations of shade and intensity. The two kinds of laps are shuffled independently.

    Args:
        n_cases: at least 1.
        n_combinations: shades times intensities, at least 1.
        rounds: number of requests.
        seed: seed of the shuffles.

    Returns:
        One number per round, in [0, n_cases * n_combinations).
    """
    rng = np.random.default_rng([seed, 1])
    cases = _laps(n_cases, rounds, rng)
    combinations = _laps(n_combinations, rounds, rng)
    return [
        case * n_combinations + combination
        for case, combination in zip(cases, combinations, strict=True)
    ]


def order_of_turn(lanes: Sequence[T], turn: int, seed: int) -> list[T]:
    """The order of the lanes in a turn.

    A shuffled order is rotated by one every second turn and reversed in every odd one. Two lanes
    thus alternate A B, B A, A B, B A, ...; of n lanes each is at every position equally often in
    2 n turns, and every pair is half of the time in either order. So a drift of the machine, and
    the effects of one lane on the next (caches, clock speed), are equal for all lanes.
    """
    start = [lanes[i] for i in np.random.default_rng([seed, 2]).permutation(len(lanes))]
    shift = (turn // 2) % len(start)
    order = start[shift:] + start[:shift]
    return order[::-1] if turn % 2 else order


def _laps(n: int, length: int, rng: np.random.Generator) -> list[int]:
    laps = (rng.permutation(n).tolist() for _ in itertools.count())
    return list(itertools.islice(itertools.chain.from_iterable(laps), length))
