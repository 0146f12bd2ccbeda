"""The folders of the datasets that ship with the project."""

from __future__ import annotations

from pathlib import Path


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
