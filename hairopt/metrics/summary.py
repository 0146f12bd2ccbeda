"""From one value per case to a mean with its interval, paired comparisons, and slices."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hairopt.errors import UsageError
from hairopt.evidence.intervals import bootstrap_ci95


@dataclass(frozen=True)
class Summary:
    """One metric over a dataset.

    Attributes:
        mean: of the defined values, each case once (macro); None where none is defined.
        ci95: 95 % interval of the mean; None below two clusters.
        median: their median.
        p10: their 10th percentile: the poor tail where higher is better.
        n: defined values.
        n_undefined: cases left out because the metric is undefined there.
    """

    mean: float | None
    ci95: tuple[float, float] | None
    median: float | None
    p10: float | None
    n: int
    n_undefined: int


@dataclass(frozen=True)
class Paired:
    """A candidate against a baseline on the same cases.

    Attributes:
        estimate: ratio or difference of the means; None where it is undefined: the baseline's
            mean is 0, or so near it that the ratio is beyond the largest float64.
        ci95: its 95 % interval; None below two clusters.
        n: pairs with both values defined.
        n_undefined: pairs left out because a value is undefined.
    """

    estimate: float | None
    ci95: tuple[float, float] | None
    n: int
    n_undefined: int


@dataclass(frozen=True)
class SliceMean:
    """The mean of one metric over the cases that share a tag's value.

    Attributes:
        mean: None where no case has a defined value.
        n: defined values.
    """

    mean: float | None
    n: int


def summarize(values: Sequence[float | None], clusters: Sequence[str], *, seed: int) -> Summary:
    """Mean, interval, median and 10th percentile of one metric.

    The interval is a bootstrap over clusters: cases derived from one source image are drawn
    together, because they are not independent.

    Args:
        values: one per case; None where undefined.
        clusters: the source image of each case.
        seed: of the resampling; equal seeds give equal intervals.

    Raises:
        UsageError: for unequal lengths, NaN or infinity.
    """
    _require_values(values, clusters, "values")
    defined, kept = _defined([values], clusters)
    numbers = defined[0]
    n_undefined = len(values) - numbers.size
    if numbers.size == 0:
        return Summary(None, None, None, None, 0, n_undefined)
    sums = _cluster_sums(np.vstack([numbers, np.ones(numbers.size)]), kept)
    return Summary(
        mean=float(numbers.mean()),
        ci95=bootstrap_ci95(sums, seed=seed),
        median=float(np.median(numbers)),
        p10=float(np.percentile(numbers, 10)),
        n=numbers.size,
        n_undefined=n_undefined,
    )


def paired_bootstrap(
    baseline: Sequence[float | None],
    candidate: Sequence[float | None],
    clusters: Sequence[str],
    *,
    seed: int,
    statistic: Literal["ratio", "difference"] = "ratio",
) -> Paired:
    """Ratio (candidate / baseline) or difference (candidate - baseline) of the means, paired.

    Both sides of a pair are always drawn together, so that what a case adds to both cancels.

    Args:
        baseline: one value per case; None where undefined.
        candidate: the same cases in the same order.
        clusters: the source image of each case.
        seed: of the resampling.
        statistic: what to compare.

    Raises:
        UsageError: for unequal lengths, NaN or infinity.
    """
    _require_values(baseline, clusters, "baseline")
    _require_values(candidate, clusters, "candidate")
    (before, after), kept = _defined([baseline, candidate], clusters)
    n_undefined = len(baseline) - before.size
    if before.size == 0:
        return Paired(None, None, 0, n_undefined)
    if statistic == "ratio":
        rows = np.vstack([after, before])
    else:
        rows = np.vstack([after - before, np.ones(before.size)])
    top, bottom = (float(row.sum()) for row in rows)
    if bottom == 0.0 or not math.isfinite(top / bottom):
        return Paired(None, None, before.size, n_undefined)
    interval = bootstrap_ci95(_cluster_sums(rows, kept), seed=seed)
    return Paired(top / bottom, interval, before.size, n_undefined)


def slices(
    values: Sequence[float | None], tags: Sequence[Mapping[str, str]]
) -> dict[str, dict[str, SliceMean]]:
    """The mean of one metric by every tag and every value of it.

    Args:
        values: one per case; None where undefined.
        tags: of each case, such as ``{"hair_type": "curly", "hair_lightness": "dark"}``; a case
            without a tag is in no slice of it.

    Raises:
        UsageError: for unequal lengths, NaN or infinity.
    """
    _require_values(values, tags, "values")
    groups: dict[str, dict[str, list[float | None]]] = {}
    for value, case_tags in zip(values, tags, strict=True):
        for tag, tag_value in case_tags.items():
            groups.setdefault(tag, {}).setdefault(tag_value, []).append(value)
    return {
        tag: {name: _slice_mean(members) for name, members in sorted(group.items())}
        for tag, group in sorted(groups.items())
    }


def _slice_mean(members: list[float | None]) -> SliceMean:
    defined = [value for value in members if value is not None]
    return SliceMean(math.fsum(defined) / len(defined) if defined else None, len(defined))


def _defined(
    columns: Sequence[Sequence[float | None]], clusters: Sequence[str]
) -> tuple[NDArray[np.float64], list[str]]:
    """The rows in which every column is defined, float64 (columns, n), and their clusters."""
    rows = [
        (row, cluster)
        for *row, cluster in zip(*columns, clusters, strict=True)
        if all(value is not None for value in row)
    ]
    numbers = np.array([row for row, _ in rows], np.float64).reshape(len(rows), len(columns))
    return numbers.T, [cluster for _, cluster in rows]


def _cluster_sums(rows: NDArray[np.float64], clusters: Sequence[str]) -> NDArray[np.float64]:
    """Sums of every row by cluster, float64 (rows, n clusters), in order of first appearance."""
    number = {cluster: index for index, cluster in enumerate(dict.fromkeys(clusters))}
    index = np.array([number[cluster] for cluster in clusters], np.intp)
    return np.vstack([np.bincount(index, row, len(number)) for row in rows])


def _require_values(
    values: Sequence[float | None], partner: Sequence[object], argument: str
) -> None:
    if len(values) != len(partner):
        raise UsageError(
            f"{argument} has {len(values)} entries, one for each of {len(partner)} cases expected"
        )
    for place, value in enumerate(values):
        if value is not None and not math.isfinite(value):
            raise UsageError(
                f"{argument}[{place}] is {value}; an undefined value must be None, never NaN"
            )
