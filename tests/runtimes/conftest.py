"""Model files as the runtimes get them, and photos."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from hairopt.models.contract import ModelFile, ModelRecord
from hairopt.models.records import shipped_records
from hairopt.models.store import find_model


@pytest.fixture(autouse=True)
def _own_home(own_home: Path) -> None:
    """For every test of runtimes."""


def as_file(record: ModelRecord, path: Path) -> ModelFile:
    return ModelFile(
        record=record,
        path=path,
        format=record.format,
        precision="float32",
        sha256=record.sha256,
        contract=record.contract,
    )


@pytest.fixture
def hairnet() -> ModelFile:
    return as_file(*find_model("hairnet"))


@pytest.fixture
def mediapipe_hair(shared_dir: Path) -> ModelFile:
    path = shared_dir / "models" / "hair_segmenter.tflite"
    return as_file(shipped_records()["mediapipe-hair"], path)


@pytest.fixture(scope="session")
def photos(shared_dir: Path) -> list[np.ndarray]:
    """Eight photos of different people and sizes."""
    paths = sorted((shared_dir / "data" / "figaro_dev" / "images").iterdir())[5::20]
    return [cv2.imread(str(path))[..., ::-1].copy() for path in paths]
