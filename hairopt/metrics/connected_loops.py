"""The compiled loop that finds the largest connected part of a region. Import it lazily."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.compiled import compiled


@compiled
def largest_part(region: NDArray[np.bool_]) -> tuple[int, int]:
    """The largest 4-connected part of a region (H, W), bool: its first pixel, and its size.

    Goes down the rows and keeps only the parts that reach the current row, so that it needs the
    memory of a few rows. Of equally large parts, the first in reading order.

    Returns:
        Flat index of the pixel, -1 where the region is empty; how many pixels the part has.
    """
    height, width = region.shape
    runs = width // 2 + 1
    above, here = np.empty((3, runs), np.int64), np.empty((3, runs), np.int64)
    parts, kept = np.empty((3, 2 * runs), np.int64), np.empty((3, 2 * runs), np.int64)
    best, best_px = -1, 0
    count_above, used = 0, 0
    for row in range(height):
        count = _find_runs(region[row], here)
        for run in range(count):
            here[2, run] = used + run
            parts[0, used + run] = used + run
            parts[1, used + run] = here[1, run] - here[0, run]
            parts[2, used + run] = row * width + here[0, run]
        _join(above, count_above, here, count, parts)
        used += count
        best, best_px = _ended(parts, used, here, count, best, best_px)
        used = _keep(parts, used, here, count, kept)
        parts, kept = kept, parts
        above, here = here, above
        count_above = count
    return _ended(parts, used, here, 0, best, best_px)


@compiled
def _find_runs(line: NDArray[np.bool_], runs: NDArray[np.int64]) -> int:
    """Write begin and end of every run of a row into rows 0 and 1; how many there are."""
    count, width, column = 0, line.shape[0], 0
    while column < width:
        if line[column]:
            runs[0, count] = column
            while column < width and line[column]:
                column += 1
            runs[1, count] = column
            count += 1
        column += 1
    return count


@compiled
def _root(parts: NDArray[np.int64], name: int) -> int:
    """The name that stands for a part whose runs have several."""
    while parts[0, name] != name:
        parts[0, name] = parts[0, parts[0, name]]
        name = parts[0, name]
    return name


@compiled
def _join(
    above: NDArray[np.int64],
    count_above: int,
    here: NDArray[np.int64],
    count: int,
    parts: NDArray[np.int64],
) -> None:
    """Make one part of all runs that touch across two rows.

    Row 2 of the runs has the names of their parts. Row 0 of the parts is the name that each goes
    on under, row 1 their pixels, row 2 their first pixel.
    """
    upper, run = 0, 0
    while upper < count_above and run < count:
        if above[0, upper] < here[1, run] and here[0, run] < above[1, upper]:
            one, other = _root(parts, above[2, upper]), _root(parts, here[2, run])
            if one != other:
                parts[0, other] = one
                parts[1, one] += parts[1, other]
                parts[2, one] = min(parts[2, one], parts[2, other])
        if above[1, upper] < here[1, run]:
            upper += 1
        else:
            run += 1


@compiled
def _ended(
    parts: NDArray[np.int64],
    used: int,
    here: NDArray[np.int64],
    count: int,
    best: int,
    best_px: int,
) -> tuple[int, int]:
    """The best so far and the parts that have no run in this row, compared."""
    goes_on = np.zeros(used, np.bool_)
    for run in range(count):
        goes_on[_root(parts, here[2, run])] = True
    for name in range(used):
        if parts[0, name] != name or goes_on[name]:
            continue
        px, first = parts[1, name], parts[2, name]
        if px > best_px or (px == best_px and first < best):
            best, best_px = first, px
    return best, best_px


@compiled
def _keep(
    parts: NDArray[np.int64],
    used: int,
    here: NDArray[np.int64],
    count: int,
    kept: NDArray[np.int64],
) -> int:
    """Copy the parts of this row's runs under new names; how many there are."""
    names = np.full(used, -1, np.int64)
    number = 0
    for run in range(count):
        root = _root(parts, here[2, run])
        if names[root] < 0:
            names[root] = number
            kept[0, number] = number
            kept[1, number], kept[2, number] = parts[1, root], parts[2, root]
            number += 1
        here[2, run] = names[root]
    return number
