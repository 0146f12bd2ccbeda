"""The change of a variant against the reference, and whether the run proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hairopt.measure.run_model import VariantResult
from hairopt.report.matrix import Column, Delta

if TYPE_CHECKING:
    import pandas as pd

_RESAMPLES = 2000


def latency_change(result: VariantResult) -> Delta | None:
    """The change of latency: median of paired ratios; proven if its interval excludes 1."""
    ratio = result.latency_ratio
    if ratio is None:
        return None
    proven = ratio.ci95 is not None and not ratio.ci95[0] <= 1 <= ratio.ci95[1]
    return Delta(100 * (ratio.median - 1), proven, ratio.median < 1)


def plain_change(value: float, reference: float, column: Column) -> Delta | None:
    """The change of a quantity that is one number per variant, without an interval."""
    if reference == 0:
        return None
    percent = 100 * (value / reference - 1)
    return Delta(percent, column.exact or None, (percent > 0) is column.higher_is_better)


def quality_change(
    cases: pd.DataFrame, name: str, reference: str, column: Column, seed: int
) -> Delta | None:
    """The change of a metric's mean, with a bootstrap over the pairs of source images.

    Args:
        cases: the rows of ``cases.parquet``.
        name: name of the variant.
        reference: the variant it is compared with.
        column: column of the matrix; its key is the metric.
        seed: seed of the bootstrap.

    Returns:
        None if no case is defined in both, or if the reference is zero.
    """
    from hairopt.evidence.intervals import bca_interval
    from hairopt.evidence.paired import PairedSample, relative_rise
    from hairopt.evidence.significance import is_beyond_chance

    metric = column.key
    if metric not in cases or name == reference:
        return None
    means = cases.groupby(["variant", "case", "source"], observed=True)[metric].mean()
    wide = means.unstack("variant")
    if not {name, reference} <= set(wide.columns):
        return None
    pairs = wide[[reference, name]].dropna()
    if pairs.empty or pairs[reference].sum() == 0:
        return None
    sample = PairedSample.of(
        pairs[reference].tolist(),
        pairs[name].tolist(),
        [str(source) for source in pairs.index.get_level_values("source")],
    )
    change = bca_interval(sample, relative_rise, resamples=_RESAMPLES, seed=seed)
    ends = None if change.low is None or change.high is None else (change.low, change.high)
    proven = is_beyond_chance(ends, sample.n_clusters)
    return Delta(100 * change.value, proven, (change.value > 0) is column.higher_is_better)
