"""What an alpha is compared with, where in the picture there is something to compare."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hairopt.metrics.boxes import widened
from hairopt.metrics.edge import photo_edges
from hairopt.metrics.gradient import REACH_PX, Gradient
from hairopt.metrics.lab import lab_from_srgb
from hairopt.types import Box, ImageU8, MaskF32


@dataclass(frozen=True)
class Surroundings:
    """The truth's gradient and the photo's edges in a rectangle of the picture.

    Attributes:
        box: the rectangle.
        gradient: of the truth within it.
        photo_edges: the photo's own edges within it.
    """

    box: Box
    gradient: Gradient
    photo_edges: Gradient

    @classmethod
    def of(cls, image: ImageU8, truth: MaskF32, box: Box, nearby_px: int) -> Surroundings:
        """Prepare a rectangle outside which the truth is 0; an empty one becomes the corner.

        Args:
            image: uint8 (H, W, 3), the photo.
            truth: float32 (H, W) in [0, 1].
            box: the rectangle.
            nearby_px: how far an edge of the photo competes with others.
        """
        box = Box(0, 1, 0, 1) if box.is_empty else box
        outer = widened(box, nearby_px + REACH_PX, truth.shape)
        cut = np.ascontiguousarray(image[outer.slices])
        lightness = lab_from_srgb(cut.reshape(-1, 3))[0].reshape(cut.shape[:2])
        edges = photo_edges(lightness, nearby_px)
        rows = slice(box.top - outer.top, box.bottom - outer.top)
        columns = slice(box.left - outer.left, box.right - outer.left)
        parts = (part[rows, columns] for part in (edges.x, edges.y, edges.magnitude))
        return cls(box, Gradient.of(np.ascontiguousarray(truth[box.slices])), Gradient(*parts))
