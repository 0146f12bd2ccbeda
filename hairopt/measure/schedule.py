"""The schedule of a bench: order of the variants and request of every round, fixed in advance."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


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


def rotations(lanes: Sequence[T], rounds: int, seed: int) -> Iterator[list[T]]:
    """The order of the lanes in every round.

    A shuffled order is rotated by one every second round and reversed in every odd one. Two lanes
    thus alternate A B, B A, B A, A B ...; of n lanes each is at every position equally often in
    2 n rounds, and every pair is half of the time in either order. So a drift of the machine, and
    the effects of one lane on the next (caches, clock speed), are equal for all lanes.
    """
    start = [lanes[i] for i in np.random.default_rng([seed, 2]).permutation(len(lanes))]
    for index in range(rounds):
        shift = (index // 2) % len(start)
        order = start[shift:] + start[:shift]
        yield order[::-1] if index % 2 else order


def _laps(n: int, length: int, rng: np.random.Generator) -> list[int]:
    laps = (rng.permutation(n).tolist() for _ in itertools.count())
    return list(itertools.islice(itertools.chain.from_iterable(laps), length))
