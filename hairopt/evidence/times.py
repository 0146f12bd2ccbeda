"""The evidence of a time or another cost: one value per process start, Student's t over starts.

Identical programs differ by some per cent from one start to the next, and all requests of a process
share that difference. So the independent measurements are the starts, not the requests.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from hairopt.evidence.evidence import Evidence, Interval
from hairopt.evidence.significance import FEWEST_IMAGES
from hairopt.quantities import number_of

FEWEST_STARTS = FEWEST_IMAGES
"""Least number of process starts that can prove a change."""


def change_over_starts(ratios: Sequence[float], n: int) -> Evidence:
    """The relative change that ratios to the baseline show, each measured in another start.

    Args:
        ratios: candidate over baseline, positive, one per start, at least one; 1.05 is 5 % more.
        n: the measurements of which they are made, such as timed requests.
    """
    logs = np.log(np.asarray(ratios, dtype=np.float64))
    middle = float(logs.mean())
    reach = t_reach(logs)
    if reach is None:
        return change_of_ratio(math.exp(middle), None, None, n, len(ratios))
    ends = math.exp(middle - reach), math.exp(middle + reach)
    return change_of_ratio(math.exp(middle), ends, _p_of_zero(logs), n, len(ratios))


def change_of_ratio(
    ratio: float, ci95: Interval | None, p: float | None, n: int, starts: int
) -> Evidence:
    """The relative change that a ratio to the baseline is.

    Args:
        ratio: candidate over baseline; 1.05 is 5 % more.
        ci95: its 95 % interval.
        p: two-sided p of "no change".
        n: the measurements of which it is made.
        starts: the process starts in which they were made.
    """
    ends = None if ci95 is None else (ci95[0] - 1, ci95[1] - 1)
    reason = "" if starts >= FEWEST_STARTS else _too_few(starts)
    return Evidence(ratio - 1, ends, p, n, starts, reason=reason)


def t_reach(values: Sequence[float] | np.ndarray) -> float | None:
    """Half the width of the 95 % interval of a mean, by Student's t; None with fewer than two."""
    from scipy.special import stdtrit

    n = len(values)
    if n < 2:
        return None
    return float(stdtrit(n - 1, 0.975) * np.std(values, ddof=1) / math.sqrt(n))


def _p_of_zero(values: np.ndarray) -> float:
    from scipy.special import stdtr

    error = float(values.std(ddof=1)) / math.sqrt(values.size)
    if error == 0:
        return 0.0 if values.any() else 1.0
    return float(2 * stdtr(values.size - 1, -abs(values.mean()) / error))


def _too_few(starts: int) -> str:
    made = number_of(starts, "process start") if starts else "an unknown number of process starts"
    return f"{made} of each side; a claim needs {FEWEST_STARTS}"
