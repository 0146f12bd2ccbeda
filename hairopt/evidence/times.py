"""The evidence of a change of time or another cost, from a ratio that was measured in pairs."""

from __future__ import annotations

from hairopt.evidence.evidence import Evidence, Interval

NO_PAIRS = "too few measurements for an interval"


def change_of_ratio(ratio: float, ci95: Interval | None, n: int) -> Evidence:
    """The relative change that a ratio to the baseline is: 1.05 is 5 % more.

    Args:
        ratio: candidate over baseline.
        ci95: its 95 % interval.
        n: independent measurements it rests on.
    """
    ends = None if ci95 is None else (ci95[0] - 1, ci95[1] - 1)
    return Evidence(ratio - 1, ends, None, n, n, reason="" if ends else NO_PAIRS)
