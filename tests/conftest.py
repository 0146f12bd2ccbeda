"""Fixtures that more than one floor's tests need."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Development material beside the checkout; tests that need it skip where it is absent."""
    path = ROOT.parent / "shared"
    if not (path / "DESIGN.md").is_file():
        pytest.skip("the development material beside the checkout is absent")
    return path
