"""Fixtures that more than one floor's tests need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hairopt.datasets import Dataset

pytest_plugins = ["tests.allowed_skips"]

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Development material beside the checkout; tests that need it skip where it is absent."""
    path = ROOT.parent / "shared"
    if not (path / "DESIGN.md").is_file():
        pytest.skip("the development material beside the checkout is absent")
    return path


@pytest.fixture(scope="session")
def starter() -> Dataset:
    """The shipped dataset of two portraits and what is derived from them."""
    from hairopt.datasets import load_dataset

    return load_dataset(ROOT / "datasets" / "starter")
