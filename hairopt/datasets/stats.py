"""Statistics of a dataset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from hairopt.datasets.dataset import Dataset
from hairopt.datasets.facts import BadCase, CaseFacts, survey


@dataclass(frozen=True)
class Spread:
    """Smallest, middle and largest value."""

    least: float
    median: float
    most: float


@dataclass(frozen=True)
class DatasetStats:
    """Statistics of a dataset; spreads are over the usable cases, None without any.

    Attributes:
        n_cases: all cases, bad ones included.
        n_bad: cases that cannot be used.
        n_sources: independent sources: cases derived from one photo count once.
        n_derived: cases derived from others.
        n_without_hair: usable cases whose mask is empty.
        n_dyed: dyed pictures of cases.
        width_px: widths of the photos.
        height_px: heights of the photos.
        hair_fraction: mean coverage of a photo by hair, 0..1.
        hair_lightness: median CIE L* of a photo's hair, 0..100, without photos that have no hair.
        noise_de00: CIEDE2000 between two true pictures of one scene, where stated.
        tags: tag -> value -> number of cases, both sorted.
    """

    n_cases: int
    n_bad: int
    n_sources: int
    n_derived: int
    n_without_hair: int
    n_dyed: int
    width_px: Spread | None
    height_px: Spread | None
    hair_fraction: Spread | None
    hair_lightness: Spread | None
    noise_de00: Spread | None
    tags: dict[str, dict[str, int]]


def dataset_stats(
    dataset: Dataset, surveyed: Iterable[CaseFacts | BadCase] | None = None
) -> DatasetStats:
    """Read every case and compute the statistics.

    Args:
        dataset: as ``load_dataset`` returns it.
        surveyed: its cases, if they were read already.
    """
    found = survey(dataset) if surveyed is None else surveyed
    facts = [one for one in found if isinstance(one, CaseFacts)]
    lightness = [one.hair_lightness for one in facts if one.hair_lightness is not None]
    return DatasetStats(
        n_cases=len(dataset.cases),
        n_bad=len(dataset.cases) - len(facts),
        n_sources=len({case.source for case in dataset.cases}),
        n_derived=sum(case.change is not None for case in dataset.cases),
        n_without_hair=sum(
            one.largest_coverage == 0.0 for one in facts if one.case.mask is not None
        ),
        n_dyed=sum(len(case.dyed) for case in dataset.cases),
        width_px=_spread([one.width_px for one in facts]),
        height_px=_spread([one.height_px for one in facts]),
        hair_fraction=_spread([one.hair_fraction for one in facts if one.case.mask is not None]),
        hair_lightness=_spread(lightness),
        noise_de00=_spread([c.noise_de00 for c in dataset.cases if c.noise_de00 is not None]),
        tags=_count_tags(dataset),
    )


def _spread(values: Sequence[float]) -> Spread | None:
    return Spread(min(values), median(values), max(values)) if values else None


def _count_tags(dataset: Dataset) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for case in dataset.cases:
        for tag, value in case.tags.items():
            counts.setdefault(tag, Counter())[value] += 1
    return {tag: dict(sorted(counts[tag].items())) for tag in sorted(counts)}
