"""The compiled loop of the edge width: walks along the normals of a contour. Import it lazily."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.compiled import compiled

_STEP_PX = 0.5
_FLAT = 1e-6


@compiled
def _sample(plane: NDArray[np.float32], x: float, y: float) -> float:
    """Bilinear interpolation between pixel centres; the frame is replicated."""
    x = min(max(x, 0.0), plane.shape[1] - 1.0)
    y = min(max(y, 0.0), plane.shape[0] - 1.0)
    column, row = int(x), int(y)
    right, below = min(column + 1, plane.shape[1] - 1), min(row + 1, plane.shape[0] - 1)
    part_x, part_y = x - column, y - row
    upper = plane[row, column] * (1.0 - part_x) + plane[row, right] * part_x
    lower = plane[below, column] * (1.0 - part_x) + plane[below, right] * part_x
    return float(upper * (1.0 - part_y) + lower * part_y)


@compiled
def _distance_to_level(
    alpha: NDArray[np.float32], place: tuple[float, float, float, float], level: float, reach: float
) -> float:
    """How far along the normal alpha first lies beyond a level, in pixels; ``reach`` if never.

    Walks up the normal towards levels above one half, and down it towards those below.
    """
    x, y, normal_x, normal_y = place
    sign = 1.0 if level > 0.5 else -1.0
    before = sign * (_sample(alpha, x, y) - level)
    offset = 0.0
    while before < 0.0 and offset < reach:
        offset += _STEP_PX
        step_x, step_y = sign * offset * normal_x, sign * offset * normal_y
        after = sign * (_sample(alpha, x + step_x, y + step_y) - level)
        if after >= 0.0:
            return offset - _STEP_PX * after / (after - before)
        before = after
    return offset


@compiled
def contour_widths(
    alpha: NDArray[np.float32],
    slope_x: NDArray[np.float32],
    slope_y: NDArray[np.float32],
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    reach: float,
    widths: NDArray[np.float32],
) -> None:
    """The 10-90 % width through every point (x, y) of the contour, -1 where alpha has no slope."""
    for index in range(x.shape[0]):
        # Between the pixels, not at the nearest one: a hard edge lies midway between two.
        toward_x = _sample(slope_x, x[index], y[index])
        toward_y = _sample(slope_y, x[index], y[index])
        length = np.sqrt(toward_x * toward_x + toward_y * toward_y)
        if length <= _FLAT:
            widths[index] = -1.0
            continue
        place = (float(x[index]), float(y[index]), toward_x / length, toward_y / length)
        inward = _distance_to_level(alpha, place, 0.9, reach)
        widths[index] = inward + _distance_to_level(alpha, place, 0.1, reach)
