"""A labelled dataset in two halves: one steers the work, the other is looked at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from hairopt.datasets.dataset import Dataset

Half = Literal["steering", "final"]


def half(dataset: Dataset, which: Half) -> Dataset:
    """Every second case by name: the first, third, ... steer, the others judge at the end."""
    first = 0 if which == "steering" else 1
    return replace(dataset, name=f"{dataset.name}-{which}", cases=tuple(dataset.cases[first::2]))
