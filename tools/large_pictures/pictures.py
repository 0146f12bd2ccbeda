"""A dataset of one picture of 60 megapixels, made from a photo of the starter dataset."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from hairopt.datasets import load_dataset
from hairopt.types import ImageU8

ROOT = Path(__file__).resolve().parents[2]
SIZE_PX = (8660, 6928)
"""Width and height: 60.0 megapixels, as a camera with a full-frame sensor takes."""

_GRAIN = 5
"""Standard deviation of what is added, in levels of 255: enlarging alone would leave no detail."""

_STRIP_PX = 256


def make_dataset(folder: Path, kind: str, size_px: tuple[int, int] = SIZE_PX) -> Path:
    """Write a dataset of one case.

    Args:
        folder: where it goes; made where it is not there.
        kind: ``jpg`` or ``png``: a portrait with grain; ``noise``: a PNG of random pixels, which
            no coding makes smaller.
        size_px: width and height.

    Returns:
        The file of the photo.
    """
    case = load_dataset(ROOT / "datasets" / "starter").case("astronaut").read()
    image = _random(size_px) if kind == "noise" else _enlarged(case.image, size_px)
    suffix = "jpg" if kind == "jpg" else "png"
    photo, mask = folder / "images" / f"large.{suffix}", folder / "masks" / "large.png"
    options = {".jpg": [cv2.IMWRITE_JPEG_QUALITY, 92], ".png": [cv2.IMWRITE_PNG_COMPRESSION, 1]}
    for file, pixels in (
        (photo, image[..., ::-1]),
        (mask, cv2.resize(case.levels, size_px, interpolation=cv2.INTER_LINEAR)),
    ):
        file.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(file), pixels, options[file.suffix])
    return photo


def _enlarged(image: ImageU8, size_px: tuple[int, int]) -> ImageU8:
    large = cv2.resize(image, size_px, interpolation=cv2.INTER_CUBIC)
    random = np.random.default_rng(0)
    for top in range(0, len(large), _STRIP_PX):
        rows = large[top : top + _STRIP_PX]
        grain = random.standard_normal(rows.shape, np.float32) * _GRAIN
        rows[:] = np.clip(np.rint(rows + grain), 0, 255)
    return np.asarray(large, np.uint8)


def _random(size_px: tuple[int, int]) -> ImageU8:
    random = np.random.default_rng(0)
    return random.integers(0, 256, (size_px[1], size_px[0], 3), np.uint8)
