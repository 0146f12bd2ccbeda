"""Labelled photos."""

from __future__ import annotations

import os
from pathlib import Path

from hairopt.datasets import Dataset
from hairopt.datasets.combined import chosen_dataset


def load_dataset(folder: str | os.PathLike[str] | None = None) -> Dataset:
    """Read a dataset: a folder with ``images/`` and ``masks/``, or those that ship with hairopt.

    Args:
        folder: the folder; None for the shipped ones, combined.

    Returns:
        Its cases in order: ``dataset.cases``, ``dataset.case(name)``. ``case.read()`` gives
        ``image``, uint8 (H, W, 3) RGB, and ``truth``, float32 (H, W) in [0, 1]. A folder of photos
        alone is read, too: ``case.read_photo()``.

    Raises:
        DataError: the folder is missing or its files do not fit together.

    Example:
        >>> dataset = hairopt.load_dataset("my-photos")
        >>> [case.name for case in dataset.cases]
        ['head0', 'head1']
        >>> dataset.case("head0").read().image.shape
        (512, 512, 3)
    """
    return chosen_dataset(Path(folder) if folder is not None else None, needs_masks=False)
