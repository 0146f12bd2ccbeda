"""Means by source photo: cases that were made from one photo are not independent."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hairopt.errors import UsageError

Array = NDArray[np.float64]


def source_means(
    columns: Sequence[Sequence[float | None]], sources: Sequence[str]
) -> tuple[Array, int]:
    """The mean of every column over the cases of each source photo.

    Args:
        columns: one value per case in each; None where it is undefined.
        sources: the source photo of each case.

    Returns:
        float64 (columns, sources), in order of first appearance, and the number of cases. A case
        counts only if every column is defined in it, a source only if it has such a case.

    Raises:
        UsageError: the lengths differ, or a value is NaN or infinite.
    """
    for column in columns:
        _require_finite(column, len(sources))
    whole = [
        (*row, source)
        for *row, source in zip(*columns, sources, strict=True)
        if all(value is not None for value in row)
    ]
    place: dict[str, int] = {}
    index = np.array([place.setdefault(row[-1], len(place)) for row in whole], np.intp)
    counts = np.bincount(index, minlength=len(place))
    means = np.empty((len(columns), len(place)))
    for number in range(len(columns)):
        values = np.array([row[number] for row in whole], np.float64)
        means[number] = np.bincount(index, values, len(place)) / counts
    return means, len(whole)


def _require_finite(column: Sequence[float | None], n_cases: int) -> None:
    if len(column) != n_cases:
        raise UsageError(f"{len(column)} values for {n_cases} cases: one for each was expected")
    for place, value in enumerate(column):
        if value is not None and not math.isfinite(value):
            raise UsageError(f"value {place} is {value}; an undefined value must be None")
