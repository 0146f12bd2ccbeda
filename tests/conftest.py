"""Fixtures that more than one floor's tests need."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from hairopt.datasets import Dataset

pytest_plugins = ["tests.allowed_skips"]

# A busy machine is no fault of the code: no example has a deadline.
settings.register_profile("usual", deadline=None)
settings.register_profile("thorough", deadline=None, max_examples=5000)
settings.load_profile("usual")

ROOT = Path(__file__).resolve().parent.parent

# Tests give every command a HAIROPT_HOME of its own; what libraries cache is not made for each.
os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / "build" / "numba"))
os.environ.setdefault("MPLCONFIGDIR", str(ROOT / "build" / "matplotlib"))


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The store of the test, empty; never the user's."""
    home = tmp_path / "home"
    monkeypatch.setenv("HAIROPT_HOME", str(home))
    return home


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


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Path]]:
    """What is brought to the disk (``fsync``) and what gets its name (``rename``), in order."""
    from hairopt.files import whole_folder

    if sys.platform != "linux":
        pytest.skip("only Linux tells which file a descriptor is of")
    done: list[tuple[str, Path]] = []

    def fsync(descriptor: int, real: Callable[[int], None] = os.fsync) -> None:
        done.append(("fsync", Path(f"/proc/self/fd/{descriptor}").readlink()))
        real(descriptor)

    def renamed(real: Callable[[Path, Path], Any]) -> Callable[[Path, Path], Any]:
        def rename(self: Path, target: Path) -> Any:
            done.append(("rename", Path(target)))
            return real(self, target)

        return rename

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", renamed(Path.replace))
    monkeypatch.setattr(Path, "rename", renamed(Path.rename))
    monkeypatch.setattr(whole_folder, "exchange", renamed(whole_folder.exchange))
    return done
