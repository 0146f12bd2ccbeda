"""Roughness of a soft edge: how much it goes up and down within the width of a few pixels."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

import numpy as np

from hairopt.pieces import Piece
from hairopt.types import MaskF32

_LEAST_SIGMA_PX = 1.5
_FLAT = 1e-5
"""Variation below which a plane has no edge."""


def smoothing_px(shape: tuple[int, ...]) -> float:
    """The standard deviation that makes an edge smooth: 0.2 % of the diagonal, at least 1.5."""
    return max(_LEAST_SIGMA_PX, 0.002 * hypot(*shape[:2]))


@dataclass(frozen=True)
class VariationSums:
    """Total variation of a plane and of the same plane smoothed, summed over pixels.

    Attributes:
        rough: sum of |differences| to the right and the lower neighbour.
        smooth: the same after a Gaussian.
    """

    rough: float = 0.0
    smooth: float = 0.0

    @classmethod
    def of(cls, plane: MaskF32, piece: Piece, sigma_px: float) -> VariationSums:
        """Of the inner pixels of a piece.

        Args:
            plane: float32 (h, w) in [0, 1] of the outer pixels.
            piece: the piece.
            sigma_px: of ``smoothing_px``.
        """
        import cv2

        blurred = cv2.GaussianBlur(plane, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE)
        return cls(_variation(plane, piece), _variation(np.asarray(blurred), piece))

    def __add__(self, other: VariationSums) -> VariationSums:
        """Of two parts of a picture together."""
        return VariationSums(self.rough + other.rough, self.smooth + other.smooth)

    def beyond(self, truth: VariationSums) -> float | None:
        """By how much an alpha is rougher than the truth: edge_roughness; 0 or more, 0 is best.

        Roughness is the total variation over that of the smoothed plane: 1 for a wide straight
        edge, more for a jagged one. The result is the alpha's over the truth's, less 1; a smoother
        alpha has 0, and so has one without an edge. None where the truth has no edge.

        Source: L. I. Rudin, S. Osher & E. Fatemi, "Nonlinear Total Variation Based Noise Removal
        Algorithms", 1992 (total variation as a measure of oscillation).
        """
        if truth.rough < _FLAT:
            return None
        if self.rough < _FLAT:
            return 0.0
        return max(0.0, self._roughness / truth._roughness - 1.0)

    @property
    def _roughness(self) -> float:
        return self.rough / max(self.smooth, _FLAT)


def _variation(plane: MaskF32, piece: Piece) -> float:
    rows, columns = piece.cut
    total = 0.0
    for down, right in ((1, 0), (0, 1)):
        here = plane[
            rows.start : min(rows.stop, plane.shape[0] - down),
            columns.start : min(columns.stop, plane.shape[1] - right),
        ]
        there = plane[
            rows.start + down : rows.start + down + here.shape[0],
            columns.start + right : columns.start + right + here.shape[1],
        ]
        total += float(np.abs(there - here).sum(dtype=np.float64))
    return total
