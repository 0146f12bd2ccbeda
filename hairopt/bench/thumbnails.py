"""Small pictures of the cases a reader wants to see: those with the worst masks."""

from __future__ import annotations

import heapq
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hairopt.errors import UsageError
from hairopt.types import ImageU8, MaskF32

SIDE_PX = 256
"""Longer side of a thumbnail; smaller pictures keep their size."""

MAX_CASES = 200
"""Cases that keep their pictures; a run folder stays small however large the dataset is."""

_JPEG_QUALITY = 80


class Thumbnails:
    """The ``images`` folder of a run.

    Every case has a folder of its own, named by its number in the dataset, because a case's name
    may be no file name. It holds ``photo.jpg``, ``truth.png``, and for every variant ``NAME.png``
    (mask) and ``NAME.jpg`` (answer for the first shade and intensity).
    """

    def __init__(self, folder: Path, max_cases: int = MAX_CASES) -> None:
        self._folder = folder
        self._max_cases = max_cases
        self._kept: list[tuple[float, int]] = []

    def photo(self, index: int, image: ImageU8, truth: MaskF32) -> None:
        """Save the photo of a case, uint8 (H, W, 3) RGB, and its truth, float32 (H, W)."""
        _save_picture(self._of(index) / "photo.jpg", image)
        _save_mask(self._of(index) / "truth.png", truth)

    def answer(self, index: int, variant: str, mask: MaskF32, output: ImageU8) -> None:
        """Save one variant's mask, float32 (h, w) in [0, 1], and answer for a case."""
        _save_mask(self._of(index) / f"{variant}.png", mask, output.shape[:2])
        _save_picture(self._of(index) / f"{variant}.jpg", output)

    def judge(self, index: int, worst: float) -> None:
        """Say how good the worst answer to a case was; too good a case loses its pictures.

        Args:
            index: of the case.
            worst: a score of which lower is worse.
        """
        heapq.heappush(self._kept, (-worst, index))
        if len(self._kept) > self._max_cases:
            _, best = heapq.heappop(self._kept)
            shutil.rmtree(self._of(best), ignore_errors=True)

    def path(self, index: int) -> str | None:
        """The case's folder relative to the run folder; None where it kept no pictures."""
        folder = self._of(index)
        return f"images/{folder.name}" if folder.is_dir() else None

    def _of(self, index: int) -> Path:
        return self._folder / _name(index)


def _name(index: int) -> str:
    return f"{index + 1:05d}"


def _save_picture(path: Path, image: ImageU8) -> None:
    import cv2

    bgr = cv2.cvtColor(_shrink(image, image.shape[:2]), cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    _write(path, data.tobytes())


def _save_mask(path: Path, mask: MaskF32, shape: tuple[int, ...] | None = None) -> None:
    import cv2

    grey = np.rint(np.clip(mask, 0, 1) * 255).astype(np.uint8)
    _, data = cv2.imencode(".png", _shrink(grey, shape or mask.shape))
    _write(path, data.tobytes())


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise UsageError(
            f"The pictures of the run cannot be written to {path.parent}: {error.strerror}. "
            "Choose another folder with --out."
        ) from error


def _shrink(picture: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Resize to a photo of ``shape`` (H, W, ...) whose longer side is at most ``SIDE_PX``."""
    import cv2

    scale = min(1.0, SIDE_PX / max(shape[:2]))
    height, width = (max(1, round(side * scale)) for side in shape[:2])
    if picture.shape[:2] == (height, width):
        return picture
    larger = picture.shape[0] > height
    how = cv2.INTER_AREA if larger else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=how), dtype=np.uint8)
