"""The real command in a process of its own, and a dataset small enough to be quick."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

COMMAND = str(Path(sys.executable).parent / "hairopt")
QUICK = ("--rounds", "2", "--warmup", "0", "--shade", "violet")
ABSENT = 'name = "absent"\nextends = "float32"\n[segment]\nmodel = "mediapipe-hair"\n'
"""A variant whose network is known, and not in the empty store of a test."""


@pytest.fixture
def hairopt(tmp_path):
    """Run ``hairopt`` with arguments in an empty folder, with a store and settings of its own."""

    def run(*arguments, **variables):
        return subprocess.run(
            [COMMAND, *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment(tmp_path, **variables),
            timeout=300,
            check=False,
        )

    return run


def environment(tmp_path, **variables):
    kept = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")}
    return kept | {"HAIROPT_HOME": str(tmp_path / "store"), "HAIROPT_DEBUG": ""} | variables


def add_case(folder, name, size=96, suffix=".jpg"):
    """A photo with a brown disc for hair on a grey wall, and its mask."""
    rows, columns = np.mgrid[:size, :size]
    hair = np.hypot(rows - size / 3, columns - size / 2) < size / 4
    noise = np.random.default_rng(0).integers(0, 20, (size, size, 1))
    photo = np.where(hair[..., None], (70, 45, 30), (170, 170, 175)) + noise
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    Image.fromarray(photo.astype(np.uint8)).save(folder / "images" / f"{name}{suffix}")
    Image.fromarray(np.where(hair, 255, 0).astype(np.uint8)).save(folder / "masks" / f"{name}.png")


@pytest.fixture
def dataset(tmp_path):
    folder = tmp_path / "data"
    for name in ("first", "second"):
        add_case(folder, name)
    return folder
