"""Models side by side on each slice of a dataset: mean IoU, and the paired difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hairopt.evidence.evidence import Evidence
from hairopt.measure.run_model import Run
from hairopt.report.foreign_text import printable
from hairopt.report.text import ABSENT

if TYPE_CHECKING:
    import pandas as pd

MAIN_TAGS = ("hair_type", "hair_color", "hat")
"""Default tags: properties by which networks for hair differ."""

ANY = "any"
"""Tags for which all values except ``none`` are one slice, such as kinds of hats."""

_METRIC = "iou"
_NONE = "none"


HEADINGS = ("slice", "cases", "model", "IoU", "difference", "95 %")
"""Titles of the columns of ``model_slices``."""


def model_slices(run: Run, cases: pd.DataFrame, tags: Sequence[str]) -> list[tuple[str, ...]]:
    """The mean IoU of each model on each slice, and its paired difference to the first model.

    One row per slice and model, as text, with the slice in the first of its rows only: so any
    number of models fits on any page. Means are over source photos. A
    difference has its 95 % interval; it is ``~`` if it is not proven, ``=`` if both models have the
    same value in every case.

    Args:
        run: a run whose variants differ in the model; those without numbers are ignored.
        cases: its rows of ``cases.parquet``.
        tags: rows are made for each of their values; unknown tags are ignored.
    """
    names = [name for name, result in run.variants.items() if result.status == "ok"]
    return [
        row
        for tag in tags
        if (column := _column(tag, cases)) is not None
        for value, members in _groups(cases, column)
        for row in _rows(f"{tag} {value}", members, names)
    ]


def _column(tag: str, cases: pd.DataFrame) -> str | None:
    return next((name for name in (f"tag.{tag}", tag) if name in cases.columns), None)


def _groups(cases: pd.DataFrame, column: str) -> list[tuple[str, pd.DataFrame]]:
    tagged = cases[cases[column].notna()]
    groups = [(str(value), members) for value, members in tagged.groupby(column, sort=True)]
    if len(groups) > 2 and _NONE in (value for value, _ in groups):
        groups.append((ANY, tagged[tagged[column] != _NONE]))
    return groups


def _rows(title: str, members: pd.DataFrame, names: list[str]) -> Iterator[tuple[str, ...]]:
    """One slice; a case counts once, for any number of shades and intensities."""
    from hairopt.evidence.change import difference
    from hairopt.evidence.paired import PairedSample
    from hairopt.metrics.summary import slice_mean

    by_case = members.pivot_table(
        index=["case", "source"], columns="variant", values=_METRIC, dropna=False
    )
    by_case = by_case.reindex(columns=names).dropna(how="all")
    values = {name: [None if v != v else float(v) for v in by_case[name]] for name in names}
    sources = [str(source) for _, source in by_case.index]
    for name in names:
        where, change = ("", ""), ("", "")
        if name == names[0]:
            where = (printable(title), str(len(by_case)))
        else:
            sample = PairedSample.of(values[names[0]], values[name], sources)
            change = _difference(difference(sample))
        mean = slice_mean(values[name], sources).mean
        yield (*where, printable(name), ABSENT if mean is None else f"{mean:.3f}", *change)


def _difference(found: Evidence) -> tuple[str, str]:
    """The difference, and its interval."""
    if found.estimate is None:
        return ABSENT, ""
    ends = "" if found.ci95 is None else "{:+.3f} to {:+.3f}".format(*found.ci95)
    return found.mark or f"{found.estimate:+.3f}", ends
