"""Small made-up heads: a brown cap of hair on a skin-coloured face before a wall."""

import json
import sys

import numpy as np
import pytest
from PIL import Image

from hairopt.models.records import shipped_records


def head(seed=0, height=120, width=100):
    """A picture and its truth, float32: hair is a textured ellipse above a face."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    centre = (0.45 * height + rng.uniform(-5, 5), width / 2 + rng.uniform(-8, 8))
    hair = np.hypot((rows - centre[0]) / 1.1, columns - centre[1]) < 0.36 * width
    face = np.hypot((rows - centre[0] - 14) / 1.2, columns - centre[1]) < 0.22 * width
    wall = Image.fromarray(rng.integers(120, 231, (4, 4, 3), np.uint8))
    image = np.asarray(wall.resize((width, height)), np.float64).copy()
    image[hair] = np.array([80, 50, 30]) + rng.normal(0, 12, (int(hair.sum()), 3))
    image[face] = (205, 160, 140)
    return np.clip(image, 0, 255).astype(np.uint8), (hair & ~face).astype(np.float32)


def dark(image):
    """What a teacher says that takes dark for hair: float32 (H, W)."""
    return (image.mean(axis=2) < 90).astype(np.float32)


@pytest.fixture(autouse=True)
def denormals_as_before():
    """Training flushes them to zero, which would hold for all tests of this process."""
    yield
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_flush_denormal(False)


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.fixture
def photos(tmp_path):
    """A folder of fourteen photos in two sub-folders."""
    folder = tmp_path / "photos"
    for number in range(14):
        path = folder / ("large" if number < 10 else "small") / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(head(number)[0]).save(path)
    return folder


@pytest.fixture
def labelled(tmp_path):
    """A labelled dataset of three other heads."""
    folder = tmp_path / "labelled"
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    for number in range(3):
        image, truth = head(100 + number)
        Image.fromarray(image).save(folder / "images" / f"{number}.png")
        grey = Image.fromarray((truth * 255).astype(np.uint8))
        grey.save(folder / "masks" / f"{number}.png")
    return folder


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Two threads of PyTorch beside another busy process stall each other."""
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def own_store(own_home):
    yield
    shipped_records.cache_clear()


def index_lines(folder):
    """The parsed lines of a label store's index."""
    text = (folder / "index.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line]
