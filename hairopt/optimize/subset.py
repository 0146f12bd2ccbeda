"""Which cases choose the candidates, and which ones confirm them; the same for the same seed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np

from hairopt.datasets.case import Case
from hairopt.datasets.dataset import Dataset
from hairopt.evidence.mean import FEWEST_FOR_A_MEAN

CASES = 8
"""Number of cases that candidates are screened on."""

_TOO_FINE = 0.5
"""A tag with more values than this share of the cases identifies cases, not kinds of cases."""


def kept_apart(dataset: Dataset, seed: int) -> Dataset:
    """The cases that confirm: those of other photos than the ones that candidates are screened on.

    Returns:
        The dataset itself if too few photos would be left for an interval.
    """
    screened = {case.source for case in stratified(dataset, CASES, seed).cases}
    rest = tuple(case for case in dataset.cases if case.source not in screened)
    if len({case.source for case in rest}) < FEWEST_FOR_A_MEAN:
        return dataset
    return replace(dataset, cases=rest, n_whole=dataset.n_whole or len(dataset.cases))


def stratified(dataset: Dataset, n_cases: int, seed: int) -> Dataset:
    """At most ``n_cases`` cases, spread over the values of the tag with the most values.

    A second case of one photo is chosen only when every photo of its stratum has one. So the cases
    are as independent as possible.

    Args:
        dataset: at least one case.
        n_cases: at least 1.
        seed: seed of the choice within a stratum.

    Returns:
        The subset, or the dataset itself if it is not larger.
    """
    if n_cases >= len(dataset.cases):
        return dataset
    tag = _strata_tag(dataset)
    strata: dict[str, list[Case]] = defaultdict(list)
    for case in dataset.cases:
        strata[case.tags.get(tag, "")].append(case)
    rng = np.random.default_rng([seed, 7])
    queues = [_by_source(strata[value], rng) for value in sorted(strata)]
    chosen: list[Case] = []
    while len(chosen) < n_cases:
        for queue in queues:
            if queue and len(chosen) < n_cases:
                chosen.append(queue.pop(0))
    return replace(dataset, cases=tuple(sorted(chosen, key=lambda case: case.name)))


def _strata_tag(dataset: Dataset) -> str:
    """The tag with the most values, unless there are nearly as many as cases; or none."""
    values: dict[str, set[str]] = defaultdict(set)
    for case in dataset.cases:
        for tag, value in case.tags.items():
            values[tag].add(value)
    most = _TOO_FINE * len(dataset.cases)
    usable = {tag: len(found) for tag, found in values.items() if 1 < len(found) <= most}
    return max(sorted(usable), key=usable.__getitem__, default="")


def _by_source(cases: list[Case], rng: np.random.Generator) -> list[Case]:
    """The cases shuffled, with the first case of every source before any second one."""
    shuffled = [cases[index] for index in rng.permutation(len(cases))]
    seen: dict[str, int] = defaultdict(int)
    ranked = []
    for case in shuffled:
        ranked.append((seen[case.source], case))
        seen[case.source] += 1
    return [case for _, case in sorted(ranked, key=lambda pair: pair[0])]
