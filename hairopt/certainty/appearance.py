"""How a photo looks, in a few numbers: to tell whether labelled photos are like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairopt.certainty.features import SIDE_PX
from hairopt.types import ImageU8, MaskF32

Array = NDArray[np.float64]

LOOKS = {
    "hair share": ("less hair", "more hair"),
    "hair lightness": ("darker hair", "lighter hair"),
    "hair colourfulness": ("less colourful hair", "more colourful hair"),
    "hair texture": ("smoother hair", "rougher hair"),
    "photo lightness": ("a darker photo", "a lighter photo"),
    "photo contrast": ("a flatter photo", "a photo of more contrast"),
}
"""The numbers, and what a low and a high one mean."""

_THUMB_PX = 16
_SAME_LEVELS = 3.0
"""Mean difference of thumbnails, of 255, below which two photos are the same one."""

_FEWEST = 5
_LEAST_SPREAD = 1e-3


@dataclass(frozen=True)
class Appearance:
    """A photo in numbers.

    Attributes:
        looks: the numbers of ``LOOKS``, float64.
        thumb: the photo at 16 x 16 px, grey, float32.
    """

    looks: Array
    thumb: NDArray[np.float32]

    @classmethod
    def of(cls, image: ImageU8, mask: MaskF32) -> Appearance:
        """A photo, uint8 (H, W, 3) RGB, with a mask of any size, float32 (h, w) in [0, 1]."""
        import cv2

        small = cv2.resize(image, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
        lab = cv2.cvtColor(np.asarray(small, np.float32) / np.float32(255), cv2.COLOR_RGB2Lab)
        hair = cv2.resize(mask, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA) >= 0.5
        lightness = np.asarray(lab[..., 0], np.float64)
        chroma = np.hypot(lab[..., 1], lab[..., 2])
        fine = lightness - cv2.GaussianBlur(lightness, (0, 0), 2.0)
        inside = hair if hair.any() else np.ones_like(hair)
        looks = (
            float(hair.mean()) * 100,
            float(lightness[inside].mean()),
            float(chroma[inside].mean()),
            float(fine[inside].std()),
            float(lightness.mean()),
            float(lightness.std()),
        )
        grey = cv2.cvtColor(np.asarray(small, np.uint8), cv2.COLOR_RGB2GRAY)
        thumb = cv2.resize(grey, (_THUMB_PX, _THUMB_PX), interpolation=cv2.INTER_AREA)
        return cls(np.array(looks), np.asarray(thumb, np.float32))

    def is_same(self, other: Appearance) -> bool:
        """Whether both are the same photo, also when one was encoded or scaled again."""
        return float(np.abs(self.thumb - other.thumb).mean()) < _SAME_LEVELS


class Known:
    """The photos that are labelled already, as what others are compared with."""

    def __init__(self, photos: Sequence[Appearance]) -> None:
        """Take the photos; with fewer than five nothing can be called unlike them."""
        looks = np.array([photo.looks for photo in photos]).reshape(len(photos), len(LOOKS))
        self._photos = photos
        self._middle = looks.mean(axis=0) if len(looks) else np.zeros(len(LOOKS))
        self._scale = np.maximum(looks.std(axis=0), _LEAST_SPREAD) if len(looks) else 1.0
        self._looks = (looks - self._middle) / self._scale
        self._usual = self._usual_distance()

    def _usual_distance(self) -> float | None:
        """How far 95 % of the labelled photos are at most from the nearest other one."""
        if len(self._looks) < _FEWEST:
            return None
        apart = np.linalg.norm(self._looks[:, None] - self._looks[None], axis=2)
        np.fill_diagonal(apart, np.inf)
        return max(float(np.quantile(apart.min(axis=1), 0.95)), _LEAST_SPREAD)

    def same_as(self, photo: Appearance) -> int | None:
        """The place of the labelled photo that is the same one."""
        return next((n for n, one in enumerate(self._photos) if one.is_same(photo)), None)

    def unlike(self, photo: Appearance) -> tuple[float, str]:
        """How unlike all labelled photos one is, 0..1, and in what.

        0: as near to one of them as they are to each other; 1: twice as far, or farther.
        """
        if self._usual is None:
            return 0.0, ""
        place = (photo.looks - self._middle) / self._scale
        nearest = float(np.linalg.norm(self._looks - place, axis=1).min())
        unlike = min(1.0, max(0.0, nearest / self._usual - 1))
        if not unlike:
            return 0.0, ""
        most = int(np.argmax(np.abs(place)))
        return unlike, list(LOOKS.values())[most][int(place[most] > 0)]
