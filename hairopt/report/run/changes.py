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


def case_change(cases: pd.DataFrame, name: str, reference: str, quantity: str) -> Evidence | None:
    """The change of the mean of a metric, or of the size of the answer, over source photos.

    Args:
        cases: the rows of ``cases.parquet``.
        name: name of the variant.
        reference: the variant it is compared with.
        quantity: a column of ``cases``.

    Returns:
        None if no case is defined in both, or if the reference is zero.
    """
    if quantity not in cases or name == reference:
        return None
    means = cases.groupby(["variant", "case", "source"], observed=True)[quantity].mean()
    wide = means.unstack("variant")
    if not {name, reference} <= set(wide.columns):
        return None
    pairs = wide[[reference, name]].dropna()
    sources = [str(source) for source in pairs.index.get_level_values("source")]
    sample = PairedSample.of(pairs[reference].tolist(), pairs[name].tolist(), sources)
    found = relative_change(sample)
    return None if found.estimate is None else found
