"""Keep pictures of the cases with the worst masks, for the reports."""

from __future__ import annotations

import heapq
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hairopt.errors import UsageError
from hairopt.metrics.intent import Intent, Intents
from hairopt.metrics.truth import TruthCase
from hairopt.raster import coverage, levels_of
from hairopt.types import ImageU8, MaskF32, MaskU8

SIDE_PX = 1024
"""Longer side of a kept picture; smaller ones keep their size. Enough to judge the hair's edge."""

MAX_CASES = 200
"""Most cases with pictures, so that the run folder of a large dataset stays small."""

MAX_BYTES = 160_000_000
"""Largest size of these pictures on disk, in bytes; above it fewer cases keep theirs."""

_JPEG_QUALITY = 85


class Thumbnails:
    """The ``images`` folder of a run.

    Every case has its own folder, named by its number in the dataset, because a case's name may not
    be a valid file name. It has ``photo.jpg``, ``truth.png``, and for every variant ``NAME.png``
    (mask) and ``NAME.jpg`` (answer for the first shade in the strongest intensity); in ``intent``,
    what that answer should look like and a true picture, and in ``redye`` the answers to that.
    """

    def __init__(
        self, folder: Path, max_cases: int = MAX_CASES, max_bytes: int = MAX_BYTES
    ) -> None:
        self._folder = folder
        self._max_cases = max_cases
        self._max_bytes = max_bytes
        self._kept: list[tuple[float, int]] = []
        self._bytes: Counter[int] = Counter()

    def photo(self, index: int, image: ImageU8, truth: MaskU8 | None = None) -> None:
        """Save the photo of a case, uint8 (H, W, 3) RGB, and its truth, uint8 (H, W), if any."""
        self._write(index, "photo.jpg", _picture(image))
        if truth is not None:
            self._write(index, "truth.png", _grey(truth, truth.shape))

    def answer(self, index: int, variant: str, mask: MaskF32, output: ImageU8) -> None:
        """Save one variant's mask, float32 (h, w) in [0, 1], and answer for a case.

        A mask without pixels is not known, and not saved.
        """
        self._write(index, f"{variant}.jpg", _picture(output))
        if not mask.size:
            return
        grey = np.rint(np.clip(mask, 0, 1) * 255).astype(np.uint8)
        self._write(index, f"{variant}.png", _grey(grey, output.shape))

    def intent(self, index: int, intent: Intent) -> None:
        """Save what a case should look like in the first shade and the strongest intensity."""
        self._write(index, "intent/asked.jpg", _intent_picture(intent))

    def dyed(self, index: int, intent: Intent) -> None:
        """Save the first true picture of a dyed head; its shade is in the name, without the #."""
        self._write(index, f"intent/dyed-{intent.shade.hex[1:]}.jpg", _intent_picture(intent))

    def redyed(self, index: int, variant: str, output: ImageU8) -> None:
        """Save one variant's answer in that shade, at intensity 100."""
        self._write(index, f"redye/{variant}.jpg", _picture(output))

    def judge(self, index: int, worst: float) -> None:
        """Set the score of the worst answer to a case; pictures of the best cases are deleted.

        The worst case always keeps its pictures.

        Args:
            index: number of the case.
            worst: a score; lower is worse.
        """
        heapq.heappush(self._kept, (-worst, index))
        while len(self._kept) > self._max_cases or (
            len(self._kept) > 1 and self._bytes.total() > self._max_bytes
        ):
            _, best = heapq.heappop(self._kept)
            shutil.rmtree(self._of(best), ignore_errors=True)
            del self._bytes[best]

    def path(self, index: int) -> str | None:
        """The case's folder relative to the run folder; None if its pictures were not kept."""
        folder = self._of(index)
        return f"images/{folder.name}" if folder.is_dir() else None

    def _of(self, index: int) -> Path:
        return self._folder / f"{index + 1:05d}"

    def _write(self, index: int, name: str, data: bytes) -> None:
        folder = self._of(index)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)
        except OSError as error:
            raise UsageError(
                f"The pictures of the run cannot be written: {error.strerror}. Choose another "
                "folder with --out."
            ) from error
        self._bytes[index] += len(data)


def _picture(image: ImageU8) -> bytes:
    import cv2

    bgr = cv2.cvtColor(_shrink(image, image.shape), cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1].tobytes()


def _intent_picture(intent: Intent) -> bytes:
    """It is computed at the size at which it is kept."""
    case = intent.case
    image = _shrink(np.asarray(case.image), case.shape)
    if image.shape[:2] == case.shape:
        return _picture(np.rint(np.asarray(intent.picture)).astype(np.uint8))
    truth = coverage(_shrink(levels_of(case.truth), case.shape))
    true = case.dyed.get(intent.shade.hex)
    dyed = {} if true is None else {intent.shade.hex: _shrink(np.asarray(true), case.shape)}
    small = Intents(TruthCase.prepare(image, truth, dyed)).of(intent.shade, intent.intensity)
    return _picture(np.rint(np.asarray(small.picture)).astype(np.uint8))


def _grey(grey: MaskU8, shape: tuple[int, ...]) -> bytes:
    import cv2

    return cv2.imencode(".png", _shrink(grey, shape))[1].tobytes()


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
