"""From one value per case to a mean over source photos with its interval, and slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hairopt.evidence.mean import mean_of
from hairopt.evidence.sources import source_means


@dataclass(frozen=True)
class Summary:
    """One metric over a dataset; the unit is the source photo, whose cases are averaged first.

    Attributes:
        mean: over the source photos; None where it is defined in no case.
        ci95: 95 % interval of the mean; None with too few source photos for one that holds.
        median: of the source photos.
        p10: their 10th percentile: the poor tail where higher is better.
        n: cases in which it is defined.
        n_undefined: cases left out because the metric is undefined there.
        n_sources: source photos among the ``n`` cases.
    """

    mean: float | None
    ci95: tuple[float, float] | None
    median: float | None
    p10: float | None
    n: int
    n_undefined: int
    n_sources: int


@dataclass(frozen=True)
class SliceMean:
    """The mean of one metric over the source photos that share a tag's value.

    Attributes:
        mean: None where no case has a defined value.
        n: cases in which it is defined.
        n_sources: source photos among them.
    """

    mean: float | None
    n: int
    n_sources: int


def summarize(values: Sequence[float | None], sources: Sequence[str]) -> Summary:
    """Mean, interval, median and 10th percentile of one metric.

    Args:
        values: one per case; None where undefined.
        sources: the source photo of each case.

    Raises:
        UsageError: for unequal lengths, NaN or infinity.
    """
    found = mean_of(values, sources)
    n_undefined = len(values) - found.n_cases
    if found.estimate is None:
        return Summary(None, None, None, None, 0, n_undefined, 0)
    (means,), _ = source_means([values], sources)
    return Summary(
        mean=found.estimate,
        ci95=found.ci95,
        median=float(np.median(means)),
        p10=float(np.percentile(means, 10)),
        n=found.n_cases,
        n_undefined=n_undefined,
        n_sources=found.n_sources,
    )


def slices(
    values: Sequence[float | None], sources: Sequence[str], tags: Sequence[Mapping[str, str]]
) -> dict[str, dict[str, SliceMean]]:
    """The mean of one metric by every tag and every value of it.

    Args:
        values: one per case; None where undefined.
        sources: the source photo of each case.
        tags: of each case, such as ``{"hair_type": "curly", "hair_lightness": "dark"}``; a case
            without a tag is in no slice of it.

    Raises:
        UsageError: for unequal lengths, NaN or infinity.
    """
    groups: dict[str, dict[str, list[int]]] = {}
    for place, case_tags in enumerate(tags):
        for tag, tag_value in case_tags.items():
            groups.setdefault(tag, {}).setdefault(tag_value, []).append(place)
    source_means([values], sources)  # refuses what is no number, also in a case without tags
    return {
        tag: {
            name: slice_mean([values[i] for i in places], [sources[i] for i in places])
            for name, places in sorted(group.items())
        }
        for tag, group in sorted(groups.items())
    }


def slice_mean(values: Sequence[float | None], sources: Sequence[str]) -> SliceMean:
    """The mean over source photos, without an interval; arguments as in ``summarize``."""
    means, n = source_means([values], sources)
    return SliceMean(float(means.mean()) if n else None, n, means.shape[1])
