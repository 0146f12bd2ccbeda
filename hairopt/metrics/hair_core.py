"""The hair core: the pixels whose colour is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.boxes import bounding_box
from hairopt.metrics.color import LIGHTNESS_BANDS, lightness_band
from hairopt.metrics.lab import lab_from_srgb
from hairopt.metrics.locks import Locks, lock_side_px
from hairopt.metrics.texture import WINDOW_REACH_PX, LightnessTexture
from hairopt.types import Box, ImageU8, MaskBool


@dataclass(frozen=True)
class HairCore:
    """Hair without its rim, where a soft edge or a slightly wrong mask does not blur the colour.

    Attributes:
        box: the rectangle around the core, with room for the texture window.
        inside: bool (h, w), the core within the box.
        index: flat indices of the core within the box.
        lab: CIELAB of the photo there, float32 (3, N).
        band: lightness band of every core pixel, uint8 (N,).
        locks: the pixels of the core, grouped.
        texture: the photo's lightness within the box.
    """

    box: Box
    inside: MaskBool
    index: NDArray[np.intp]
    lab: NDArray[np.float32]
    band: NDArray[np.uint8]
    locks: Locks
    texture: LightnessTexture

    @classmethod
    def of(cls, image: ImageU8, hair: MaskBool, margin_px: int) -> HairCore:
        """Take off ``margin_px`` by 3x3 erosion; the frame does not erode."""
        import cv2

        kernel = np.ones((2 * margin_px + 1, 2 * margin_px + 1), np.uint8)
        core = cv2.erode(hair.view(np.uint8), kernel).view(np.bool_)
        box = bounding_box(core, WINDOW_REACH_PX)
        inside = np.ascontiguousarray(core[box.slices])
        index = np.flatnonzero(inside)
        planes = _lab_within(image, box)
        lab = np.take(planes.reshape(3, -1), index, axis=1)
        locks = Locks.of(core, lock_side_px(hair.shape))
        texture = LightnessTexture.of(planes[0])
        return cls(box, inside, index, lab, lightness_band(lab[0]), locks, texture)

    @property
    def lightness(self) -> float | None:
        """Mean L* of the core in the photo, or None where it is empty."""
        return float(self.lab[0].mean(dtype=np.float64)) if self.index.size else None

    @property
    def lightness_band(self) -> str | None:
        """``dark``, ``medium`` or ``light``, for slices; None where the core is empty."""
        if self.lightness is None:
            return None
        return LIGHTNESS_BANDS[int(lightness_band(np.array([self.lightness], np.float32))[0])]

    def lab_and_texture(self, picture: ImageU8) -> tuple[NDArray[np.float32], LightnessTexture]:
        """CIELAB of a picture on the core, float32 (3, N), and its lightness within the box."""
        planes = _lab_within(picture, self.box)
        return np.take(planes.reshape(3, -1), self.index, axis=1), LightnessTexture.of(planes[0])

    def lab_of(self, picture: NDArray[Any]) -> NDArray[np.float32]:
        """CIELAB of a picture, uint8 or float64, on the core, float32 (3, N)."""
        cut = np.ascontiguousarray(picture[self.box.slices]).reshape(-1, 3)
        return lab_from_srgb(np.take(cut, self.index, axis=0))


def _lab_within(picture: ImageU8, box: Box) -> NDArray[np.float32]:
    """CIELAB of a rectangle, float32 (3, h, w)."""
    cut = np.ascontiguousarray(picture[box.slices])
    return lab_from_srgb(cut.reshape(-1, 3)).reshape(3, *cut.shape[:2])
