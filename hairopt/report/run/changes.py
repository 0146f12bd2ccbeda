"""The change of a variant against the reference, and whether the run proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hairopt.evidence.change import relative_change
from hairopt.evidence.evidence import Evidence
from hairopt.evidence.paired import PairedSample
from hairopt.measure.run_model import Ratio

if TYPE_CHECKING:
    import pandas as pd


def ratio_change(ratio: Ratio | None) -> Evidence | None:
    """The change of a time that was measured round by round beside the baseline's."""
    return None if ratio is None else ratio.change


def case_means(cases: pd.DataFrame) -> pd.DataFrame:
    """The mean of every number over shades and intensities, by variant, case and source.

    Args:
        cases: the rows of ``cases.parquet``.
    """
    if cases.empty:
        return cases
    keys = ["variant", "case", "source"]
    return cases.groupby(keys, observed=True).mean(numeric_only=True)


def change_of_means(
    means: pd.DataFrame, name: str, reference: str, quantity: str
) -> Evidence | None:
    """The change of the mean of a metric, or of the size of the answer, over source photos.

    Args:
        means: from ``case_means``.
        name: name of the variant.
        reference: the variant it is compared with.
        quantity: a column of ``means``.

    Returns:
        None if no case is defined in both, or if the reference is zero.
    """
    if quantity not in means or name == reference:
        return None
    wide = means[quantity].unstack("variant")
    if not {name, reference} <= set(wide.columns):
        return None
    pairs = wide[[reference, name]].dropna()
    sources = [str(source) for source in pairs.index.get_level_values("source")]
    sample = PairedSample.of(pairs[reference].tolist(), pairs[name].tolist(), sources)
    found = relative_change(sample)
    return None if found.estimate is None else found
