"""What an alpha is compared with, where in the picture there is something to compare."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.boxes import widened
from hairopt.metrics.edge import EdgeSums, photo_edges, slope_along, widths_px
from hairopt.metrics.gradient import REACH_PX, Gradient
from hairopt.metrics.lab import lab_from_srgb
from hairopt.metrics.matte import matte_gradient
from hairopt.pieces import Piece
from hairopt.raster import Pixels
from hairopt.types import MaskF32


@dataclass(frozen=True)
class Surroundings:
    """The truth's gradient and the photo's edges in a rectangle of the picture.

    Attributes:
        piece: the rectangle, and what around it is looked at.
        gradient: of the truth within the inner rectangle.
        photo_edges: the photo's own edges there.
    """

    piece: Piece
    gradient: Gradient
    photo_edges: Gradient

    @classmethod
    def of(cls, image: Pixels, truth: Pixels, piece: Piece, nearby_px: int) -> Surroundings:
        """Prepare a part of a rectangle outside which the truth is 0.

        Args:
            image: uint8 (H, W, 3), the photo.
            truth: float32 (H, W) in [0, 1].
            piece: the part.
            nearby_px: how far an edge of the photo competes with others.
        """
        outer = widened(piece.inner, nearby_px + REACH_PX, truth.shape)
        cut = np.ascontiguousarray(image[outer.slices])
        lightness = lab_from_srgb(cut.reshape(-1, 3))[0].reshape(cut.shape[:2])
        edges = photo_edges(lightness, nearby_px).cut(piece.inner.within(outer))
        near = widened(piece.inner, REACH_PX, truth.shape).meet(piece.outer)
        gradient = Gradient.of(np.ascontiguousarray(truth[near.slices]))
        return cls(piece, gradient.cut(piece.inner.within(near)), edges)

    def edge_of(self, alpha: Pixels, width_reach_px: float) -> AlphaEdge:
        """What the edge of an alpha, float32 (H, W) in [0, 1], comes to in the inner rectangle."""
        part: MaskF32 = np.ascontiguousarray(alpha[self.piece.outer.slices])
        whole = Gradient.of(part)
        inner = self.piece.inner.within(self.piece.outer)
        gradient = whole.cut(inner)
        return AlphaEdge(
            EdgeSums.of(gradient),
            slope_along(gradient, self.photo_edges),
            matte_gradient(gradient.magnitude, self.gradient.magnitude),
            (widths_px(part, whole, width_reach_px, inner),),
        )


@dataclass(frozen=True)
class AlphaEdge:
    """What the metrics of an alpha's edge are made of, added up part by part.

    Attributes:
        sums: of the alpha's gradient.
        along: of ``slope_along`` the photo's edges.
        matte_gradient: the error of the gradient, in thousands.
        widths_px: of ``widths_px``, one float32 (n,) of each part.
    """

    sums: EdgeSums = field(default_factory=EdgeSums)
    along: float = 0.0
    matte_gradient: float = 0.0
    widths_px: tuple[NDArray[np.float32], ...] = ()

    def __add__(self, other: AlphaEdge) -> AlphaEdge:
        """Both parts together."""
        return AlphaEdge(
            self.sums + other.sums,
            self.along + other.along,
            self.matte_gradient + other.matte_gradient,
            self.widths_px + other.widths_px,
        )

    @property
    def agreement(self) -> float | None:
        """How well the edge follows the photo's, 0..1; None where there is none."""
        return self.sums.agreement(self.along)

    @property
    def width_px(self) -> float | None:
        """Median 10-90 % width along the contour, in pixels; None where alpha has no contour."""
        widths = np.concatenate(self.widths_px) if self.widths_px else np.empty(0, np.float32)
        return float(np.median(widths)) if widths.size else None
