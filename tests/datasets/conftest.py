"""Small datasets on disk, made for one test each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def save(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def photo(seed: int, height: int = 80, width: int = 100) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def disc(height: int = 80, width: int = 100) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    inside = (y - height / 2) ** 2 + (x - width / 2) ** 2 < (min(height, width) / 4) ** 2
    return np.where(inside, 255, 0).astype(np.uint8)


@pytest.fixture
def make_folder(tmp_path: Path) -> Callable[..., Path]:
    """A folder with one photo and one mask of every name."""

    def make(*names: str, folder: str = "set") -> Path:
        root = tmp_path / folder
        for index, name in enumerate(names):
            save(root / "images" / f"{name}.png", photo(index))
            save(root / "masks" / f"{name}.png", disc())
        return root

    return make
