"""The Pareto front: the points that no other point dominates."""

from __future__ import annotations

from collections.abc import Sequence


def non_dominated(points: Sequence[tuple[float, ...]]) -> list[bool]:
    """For each point, whether no other is at most equal in all values and smaller in one.

    Equal points get the same result.
    """
    return [
        not any(
            other != point and all(a <= b for a, b in zip(other, point, strict=True))
            for other in points
        )
        for point in points
    ]
