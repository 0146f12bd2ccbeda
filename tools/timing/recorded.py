"""Recorded times of one variant against itself, and simulations of claims with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hairopt.measure.latency import paired_ratio
from hairopt.measure.run_model import Ratio
from hairopt.measure.schedule import rounds_of_starts, starts_for

_FOLDER = Path(__file__).parents[2] / "tests" / "measure" / "recorded"
RECORDED = (_FOLDER / "quiet.csv", _FOLDER / "busy.csv")
"""``float32`` and its twin in 40 process starts of 18 rounds, two cores: with a whole core for the
measured process, and on a machine with a load of 10."""


@dataclass(frozen=True)
class Recorded:
    """Times of two identical programs.

    Attributes:
        times_ms: float64 (2, starts, rounds of a start).
    """

    times_ms: NDArray[np.float64]

    @classmethod
    def read(cls, file: Path) -> Recorded:
        """Read a CSV file with the columns side, start, round and total_ms, or a run folder."""
        import pandas as pd

        if file.is_dir():
            from hairopt.measure.run_tables import read_timings

            found = read_timings(file)
            assert found is not None, f"{file} has no times"
            frame = found.rename(columns={"variant": "side"})
        else:
            frame = pd.read_csv(file)
        wide = frame.pivot_table(index=["side", "start"], columns="round", values="total_ms")
        sides = sorted(frame["side"].unique())
        starts = [np.stack([row.dropna() for _, row in wide.loc[one].iterrows()]) for one in sides]
        return cls(np.stack(starts))

    def trial(self, rounds: int, rng: np.random.Generator, slowdown: float = 0.0) -> Ratio:
        """The ratio that a bench of so many rounds finds, by hairopt's own estimator.

        Process starts are drawn without, their rounds with replacement; which of the two programs
        is the candidate is drawn for every start, so that without a slowdown nothing differs.
        """
        shares = rounds_of_starts(rounds, starts_for(rounds))
        drawn = rng.permutation(self.times_ms.shape[1])[: len(shares)]
        sides: tuple[dict[int, dict[int, float]], ...] = ({}, {})
        for start, (place, share) in enumerate(zip(drawn, shares, strict=True)):
            chosen = rng.integers(self.times_ms.shape[2], size=share)
            order = rng.permutation(2)
            for side, which in zip(sides, order, strict=True):
                side[start] = dict(enumerate(self.times_ms[which, place, chosen].tolist()))
        before, after = sides
        slower = {
            start: {number: ms * (1 + slowdown) for number, ms in times.items()}
            for start, times in after.items()
        }
        found = paired_ratio(slower, before)
        assert found is not None, "a recorded time is zero"
        return found


def false_claims(recorded: Recorded, rounds: int, trials: int, seed: int = 0) -> float:
    """Share of A/A comparisons in which a change is called proven."""
    return sum(one.change.is_proven for one in _trials(recorded, rounds, trials, seed)) / trials


def covered(
    recorded: Recorded, rounds: int, slowdown: float, trials: int, seed: int = 0
) -> tuple[int, int]:
    """Trials whose interval contains an injected slowdown, and those that prove one."""
    inside = proven = 0
    for found in _trials(recorded, rounds, trials, seed, slowdown):
        low, high = found.ci95 or (1.0, 1.0)
        inside += low <= 1 + slowdown <= high
        proven += found.change.is_proven and found.median > 1
    return inside, proven


def _trials(
    recorded: Recorded, rounds: int, trials: int, seed: int, slowdown: float = 0.0
) -> Iterator[Ratio]:
    rng = np.random.default_rng([seed, rounds, round(1000 * slowdown)])
    return (recorded.trial(rounds, rng, slowdown) for _ in range(trials))
