"""The hair core: the pixels whose colour is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.boxes import bounding_box
from hairopt.metrics.lab import lab_from_srgb
from hairopt.metrics.texture import WINDOW_REACH_PX, LightnessTexture
from hairopt.pieces import Piece
from hairopt.raster import Pixels
from hairopt.types import Box, ImageU8, MaskBool

_STRIP_PX = 65_536
"""Pixels of the ideal picture that are computed at a time: they stay in the cache."""


@dataclass(frozen=True)
class HairCore:
    """Hair without its rim, where a soft edge or a slightly wrong mask does not blur the colour.

    Attributes:
        box: the rectangle around the core, or around a part of it, with room for the texture's
            window.
        inside: bool (h, w), the core within the box.
        photo: uint8 (h, w, 3), the photo there.
        lock: which square of the picture each pixel of the core belongs to, intp (N,).
    """

    box: Box
    inside: MaskBool
    photo: ImageU8
    lock: NDArray[np.intp]

    @staticmethod
    def reach_px(margin_px: int) -> int:
        """How far around a piece ``of`` has to look."""
        return margin_px + WINDOW_REACH_PX

    @classmethod
    def of(
        cls,
        image: Pixels,
        hair: MaskBool,
        piece: Piece,
        margin_px: int,
        locks_of: Callable[[MaskBool, Box], NDArray[np.intp]],
    ) -> HairCore:
        """Take off ``margin_px`` by 3x3 erosion; the frame does not erode.

        Args:
            image: uint8 (H, W, 3), the photo.
            hair: bool, of the outer pixels of the piece.
            piece: the part of the picture.
            margin_px: see above.
            locks_of: ``LockGrid.locks``.
        """
        import cv2

        kernel = np.ones((2 * margin_px + 1, 2 * margin_px + 1), np.uint8)
        core = np.zeros(hair.shape, np.bool_)
        core[piece.cut] = cv2.erode(hair.view(np.uint8), kernel).view(np.bool_)[piece.cut]
        place = bounding_box(core, WINDOW_REACH_PX)
        inside = np.ascontiguousarray(core[place.slices])
        top, left = piece.outer.top, piece.outer.left
        box = Box(top + place.top, top + place.bottom, left + place.left, left + place.right)
        photo = np.ascontiguousarray(image[box.slices])
        return cls(box, inside, photo, locks_of(inside, box))

    @cached_property
    def index(self) -> NDArray[np.intp]:
        """Flat indices of the core within the box."""
        return np.flatnonzero(self.inside)

    @cached_property
    def lab(self) -> NDArray[np.float32]:
        """CIELAB of the photo on the core, float32 (3, N)."""
        return self._lab_and_texture[0]

    @cached_property
    def texture(self) -> LightnessTexture:
        """The photo's lightness within the box."""
        return self._lab_and_texture[1]

    @cached_property
    def _lab_and_texture(self) -> tuple[NDArray[np.float32], LightnessTexture]:
        return self.lab_and_texture(self.photo)

    def lab_and_texture(self, part: ImageU8) -> tuple[NDArray[np.float32], LightnessTexture]:
        """CIELAB of a picture on the core, float32 (3, N), and its lightness within the box.

        Args:
            part: uint8 (h, w, 3), the picture within the box.
        """
        planes = lab_from_srgb(part.reshape(-1, 3)).reshape(3, *part.shape[:2])
        lab = np.take(planes.reshape(3, -1), self.index, axis=1)
        return lab, LightnessTexture.of(planes[0])

    def lab_of(self, picture: Pixels) -> NDArray[np.float32]:
        """CIELAB of a picture on the core, float32 (3, N).

        Args:
            picture: uint8, or float64 in [0, 255], (H, W, 3) sRGB.
        """
        height, width = self.inside.shape
        rows = max(1, _STRIP_PX // max(1, width))
        strips = []
        for top in range(0, height, rows):
            inside = self.inside[top : top + rows]
            if inside.any():
                first = self.box.top + top
                box = Box(first, first + len(inside), self.box.left, self.box.right)
                strips.append(lab_from_srgb(picture[box.slices][inside]))
        return np.concatenate(strips, axis=1) if strips else np.empty((3, 0), np.float32)
