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
    means, counts = means_of_all_sources(columns, sources)
    return means[:, counts > 0], int(counts.sum())


def means_of_all_sources(
    columns: Sequence[Sequence[float | None]], sources: Sequence[str]
) -> tuple[Array, NDArray[np.intp]]:
    """As ``source_means``, with all sources: 0 for those without a case that counts.

    Returns:
        float64 (columns, sources), and the number of cases of each source that count.
    """
    for column in columns:
        _require_finite(column, len(sources))
    place = {source: index for index, source in enumerate(dict.fromkeys(sources))}
    whole = [
        (place[source], row)
        for *row, source in zip(*columns, sources, strict=True)
        if all(value is not None for value in row)
    ]
    index = np.array([at for at, _ in whole], np.intp)
    counts = np.bincount(index, minlength=len(place)).astype(np.intp)
    values = np.array([row for _, row in whole], np.float64).reshape(len(whole), len(columns))
    sums = [np.bincount(index, column, len(place)) for column in values.T]
    return np.array(sums).reshape(len(columns), len(place)) / np.maximum(counts, 1), counts


def _require_finite(column: Sequence[float | None], n_cases: int) -> None:
    if len(column) != n_cases:
        raise UsageError(f"{len(column)} values for {n_cases} cases: one for each was expected")
    for place, value in enumerate(column):
        if value is not None and not math.isfinite(value):
            raise UsageError(f"value {place} is {value}; an undefined value must be None")
