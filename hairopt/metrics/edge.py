"""How an alpha's edge looks: sharpness, 10-90 % width, and whether it follows the photo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.boundary import band_width_px
from hairopt.metrics.gradient import Gradient
from hairopt.types import Box, MaskF32

_NO_EDGE = 1e-5
"""A gradient that stays below this is rounding; a step of an 8-bit mask makes 100 times as much."""
_FAINT = 2.0


def width_reach_px(shape: tuple[int, ...]) -> int:
    """How far ``width_px`` looks in a picture: 2 % of the diagonal, at least 16 px."""
    return max(16, band_width_px(shape))


@dataclass(frozen=True)
class EdgeSums:
    """The gradient of an edge, summed over its pixels.

    Attributes:
        slope: the sum of the magnitudes g.
        squared: the sum of g^2.
        steepest: the largest g.
    """

    slope: float = 0.0
    squared: float = 0.0
    steepest: float = 0.0

    @classmethod
    def of(cls, gradient: Gradient) -> EdgeSums:
        """Of a gradient of an alpha."""
        import cv2

        magnitude = gradient.magnitude
        return cls(
            float(cv2.sumElems(magnitude)[0]),
            float(cv2.norm(magnitude, cv2.NORM_L2SQR)),
            float(magnitude.max()),
        )

    def __add__(self, other: EdgeSums) -> EdgeSums:
        """The sums of two parts of a picture together."""
        return EdgeSums(
            self.slope + other.slope,
            self.squared + other.squared,
            max(self.steepest, other.steepest),
        )

    @property
    def is_edge(self) -> bool:
        """Whether there is an edge at all."""
        return self.steepest >= _NO_EDGE

    @property
    def sharpness(self) -> float | None:
        """Mean slope of the edge, each place weighted by its slope: sum g^2 / sum g.

        For one straight edge it does not depend on the edge's length, so that a jagged or longer
        outline gains nothing. None where there is no edge at all.
        """
        return self.squared / self.slope if self.is_edge else None

    def agreement(self, along: float) -> float | None:
        """How well an alpha's edge follows the edges of the photo; needs no truth.

        sum |grad alpha . e| / sum |grad alpha|, with e the photo's gradient relative to the
        strongest one nearby (``photo_edges``). 0..1, higher is better; an edge that lies exactly on
        one of the photo with the same profile has 1 / sqrt(2), a narrower one more. None where the
        alpha has no edge.

        Args:
            along: the first of the two sums, of ``slope_along``.
        """
        return min(1.0, along / self.slope) if self.is_edge else None


def sharpness_ratio(alpha: float | None, truth: float | None) -> float | None:
    """Sharpness of the alpha over that of the truth; 0 or more, 1 is alike, below 1 is blurrier.

    None where the truth has no edge; 0 where the truth has one and the alpha has none.

    Args:
        alpha: ``EdgeSums.sharpness`` of the alpha.
        truth: ``EdgeSums.sharpness`` of the truth.
    """
    if truth is None:
        return None
    return (alpha or 0.0) / truth


def widths_px(
    alpha: MaskF32, gradient: Gradient, reach_px: float, inner: Box | None = None
) -> NDArray[np.float32]:
    """10-90 % transition widths along the normals of the alpha's own 0.5 contour, in pixels.

    Lower is sharper. A hard axis-parallel edge, interpolated between pixel centres, has 0.8 px; a
    Gaussian blur of a step has 2.563 sigma. A side that does not reach its level within the reach
    counts as that long. (The edge spread of ISO 12233, taken along the contour.)

    Args:
        alpha: float32 (H, W) in [0, 1].
        gradient: ``Gradient.of(alpha)``, for the normals.
        reach_px: how far to look to each side.
        inner: the pixels whose crossings count; all where None.

    Returns:
        float32 (n,), one of each crossing between two pixels; none where alpha never crosses 0.5,
        or has no normal where it does (within a chequerboard, say).
    """
    from hairopt.metrics.edge_loops import contour_widths

    x, y = _crossings(alpha, inner or Box.full(*alpha.shape))
    widths = np.empty(x.size, np.float32)
    contour_widths(
        np.ascontiguousarray(alpha), gradient.x, gradient.y, x, y, float(reach_px), widths
    )
    return widths[widths >= 0.0]


def _crossings(alpha: MaskF32, inner: Box) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where alpha crosses 0.5 between horizontal and vertical neighbours: x and y, sub-pixel."""
    height, width = alpha.shape
    above = alpha >= np.float32(0.5)
    places = []
    for right, below in ((1, 0), (0, 1)):
        last = min(inner.bottom, height - below), min(inner.right, width - right)
        first = above[inner.top : last[0], inner.left : last[1]]
        second = above[inner.top + below : last[0] + below, inner.left + right : last[1] + right]
        row, column = np.divmod(np.flatnonzero(first != second), first.shape[1])
        row, column = row + inner.top, column + inner.left
        here, there = alpha[row, column], alpha[row + below, column + right]
        part = (np.float32(0.5) - here) / (there - here)
        places.append(np.stack([column + part * right, row + part * below]))
    x, y = np.concatenate(places, axis=1).astype(np.float32)
    return x, y


def photo_edges(lightness: NDArray[np.float32], reach_px: int) -> Gradient:
    """The photo's edges for ``slope_along``, of L*, float32 (H, W), scaled to at most 1.

    Each gradient is divided by the strongest one within ``reach_px`` (or by a faint floor), so that
    what counts is whether an edge lies here rather than a few pixels aside, not its contrast.
    """
    import cv2

    gradient = Gradient.of(lightness)
    side = 2 * reach_px + 1
    strongest = cv2.dilate(gradient.magnitude, np.ones((side, side), np.uint8))
    np.maximum(strongest, np.float32(_FAINT), out=strongest)
    return Gradient(gradient.x / strongest, gradient.y / strongest, gradient.magnitude)


def slope_along(alpha: Gradient, photo: Gradient) -> float:
    """Sum |grad alpha . e|, with e of ``photo_edges``; see ``EdgeSums.agreement``."""
    import cv2

    along = alpha.x * photo.x
    along += alpha.y * photo.y
    return float(cv2.norm(along, cv2.NORM_L1))
