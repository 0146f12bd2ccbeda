"""The dataset that is measured: one folder, or several as one, such as those that ship."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hairopt.datasets.dataset import Dataset
from hairopt.datasets.load import load_dataset
from hairopt.errors import UsageError


def combine_datasets(datasets: Sequence[Dataset]) -> Dataset:
    """Combine datasets into one; each case has a tag with its original dataset.

    A case name that occurs in more than one dataset gets the dataset's name as a prefix, and so
    does its source, so that cases of different photos stay different.

    Args:
        datasets: at least one, with different names; a single one is returned unchanged.

    Raises:
        UsageError: no dataset is given, or two have the same name.
    """
    if not datasets:
        raise UsageError("there is no dataset to measure with; give one with --dataset")
    if len(datasets) == 1:
        return datasets[0]
    names = [dataset.name for dataset in datasets]
    if len(set(names)) < len(names):
        raise UsageError(f"datasets must differ in name to be combined, got {', '.join(names)}")
    taken = Counter(case.name for dataset in datasets for case in dataset.cases)
    cases = [
        replace(
            case,
            name=case.name if taken[case.name] == 1 else f"{dataset.name} {case.name}",
            source=f"{dataset.name} {case.source}",
            tags={**case.tags, "dataset": dataset.name},
        )
        for dataset in datasets
        for case in dataset.cases
    ]
    return Dataset(
        name="+".join(names),
        path=Path(os.path.commonpath([dataset.path.resolve() for dataset in datasets])),
        title=" + ".join(dataset.title for dataset in datasets),
        licence="; ".join(dict.fromkeys(d.licence for d in datasets if d.licence)),
        source="; ".join(dict.fromkeys(d.source for d in datasets if d.source)),
        cases=tuple(sorted(cases, key=lambda case: case.name)),
        ignored=tuple(line for dataset in datasets for line in dataset.ignored),
        subfolders=tuple(line for dataset in datasets for line in dataset.subfolders),
        is_labelled=all(dataset.is_labelled for dataset in datasets),
    )


def chosen_dataset(folder: Path | None, *, needs_masks: bool = True) -> Dataset:
    """The dataset of a folder, or all shipped datasets combined.

    Args:
        folder: the folder; None for the shipped datasets.
        needs_masks: whether photos alone are no dataset.

    Raises:
        DataError: the folder is missing or its files do not fit together.
    """
    folders = [folder] if folder else default_datasets()
    return combine_datasets([load_dataset(path, needs_masks=needs_masks) for path in folders])


def default_datasets() -> list[Path]:
    """The dataset folders that are used when none is named, sorted.

    Returns:
        ``datasets/*`` of a checkout, or ``hairopt/datasets/shipped/*`` of an installed package.
    """
    own = Path(__file__).resolve().parent
    for root in (own / "shipped", own.parent.parent / "datasets"):
        found = sorted(path for path in root.glob("*") if _is_dataset(path))
        if found:
            return found
    return []


def _is_dataset(path: Path) -> bool:
    return (path / "dataset.toml").is_file() or (path / "images").is_dir()
