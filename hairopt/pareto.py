"""The Pareto front: what nothing else beats."""

from __future__ import annotations

from collections.abc import Sequence


def non_dominated(points: Sequence[tuple[float, ...]]) -> list[bool]:
    """For each point, whether none is at least as small everywhere and smaller somewhere.

    Equal points are kept or left out together.
    """
    return [
        not any(
            other != point and all(a <= b for a, b in zip(other, point, strict=True))
            for other in points
        )
        for point in points
    ]
