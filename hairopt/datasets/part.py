"""A part of a dataset, for a quick look."""

from __future__ import annotations

from dataclasses import replace

from hairopt.datasets.case import Case
from hairopt.datasets.dataset import Dataset
from hairopt.errors import UsageError


def limited(dataset: Dataset, limit: int) -> Dataset:
    """A dataset with at most ``limit`` cases, the same ones at every call.

    Every photo gives one case before any photo gives a second one, and the photos are spread over
    the order of their names, in which kinds often stand together. A larger limit adds cases and
    keeps the others. The fingerprint is that of the part.

    Raises:
        UsageError: the limit is below 1.
    """
    if limit < 1:
        raise UsageError(f"limit is {limit}, but at least 1 case is needed.")
    if limit >= len(dataset.cases):
        return dataset
    groups: dict[str, list[Case]] = {}
    for case in dataset.cases:
        groups.setdefault(case.source, []).append(case)
    ranked: list[tuple[int, int, Case]] = []
    for rank, source in zip(_spread(len(groups)), sorted(groups), strict=True):
        plain_first = sorted(groups[source], key=lambda case: (case.change is not None, case.name))
        ranked += [(turn, rank, case) for turn, case in enumerate(plain_first)]
    chosen = {case.name for _, _, case in sorted(ranked, key=lambda one: one[:2])[:limit]}
    return replace(
        dataset,
        cases=tuple(case for case in dataset.cases if case.name in chosen),
        n_whole=dataset.n_whole or len(dataset.cases),
    )


def _spread(count: int) -> list[int]:
    """A rank for each of ``count`` places in a row: any first ranks are spread over the row.

    The places are taken in the order of their bits reversed: first, middle, quarters, eighths.
    """
    bits = max(count - 1, 1).bit_length()
    order = sorted(range(count), key=lambda place: f"{place:0{bits}b}"[::-1])
    ranks = [0] * count
    for rank, place in enumerate(order):
        ranks[place] = rank
    return ranks
