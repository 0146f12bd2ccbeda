"""How an alpha's edge looks: sharpness, 10-90 % width, and whether it follows the photo."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.boundary import band_width_px
from hairopt.metrics.gradient import Gradient
from hairopt.types import MaskF32

_NO_EDGE = 1e-5
"""A gradient that stays below this is rounding; a step of an 8-bit mask makes 100 times as much."""
_FAINT = 2.0


def width_reach_px(shape: tuple[int, ...]) -> int:
    """How far ``width_px`` looks in a picture: 2 % of the diagonal, at least 16 px."""
    return max(16, band_width_px(shape))


def sharpness(gradient: Gradient) -> float | None:
    """Mean slope of an edge, each place weighted by its slope: sum g^2 / sum g.

    For one straight edge it does not depend on the edge's length, so that a jagged or longer
    outline gains nothing. None where there is no edge at all.
    """
    import cv2

    if not _has_edge(gradient):
        return None
    total = float(cv2.sumElems(gradient.magnitude)[0])
    return float(cv2.norm(gradient.magnitude, cv2.NORM_L2SQR)) / total


def _has_edge(gradient: Gradient) -> bool:
    return float(gradient.magnitude.max()) >= _NO_EDGE


def sharpness_ratio(alpha: float | None, truth: float | None) -> float | None:
    """Sharpness of the alpha over that of the truth; 0 or more, 1 is alike, below 1 is blurrier.

    None where the truth has no edge; 0 where the truth has one and the alpha has none.

    Args:
        alpha: ``sharpness`` of the alpha's gradient.
        truth: ``sharpness`` of the truth's gradient.
    """
    if truth is None:
        return None
    return (alpha or 0.0) / truth


def width_px(alpha: MaskF32, gradient: Gradient, reach_px: float) -> float | None:
    """Median 10-90 % transition width along the normals of the alpha's own 0.5 contour, in pixels.

    Lower is sharper. A hard axis-parallel edge, interpolated between pixel centres, has 0.8 px; a
    Gaussian blur of a step has 2.563 sigma. A side that does not reach its level within the reach
    counts as that long. None where alpha never crosses 0.5, or has no normal where it does (within
    a chequerboard, say).
    (The edge spread of ISO 12233, taken along the contour.)

    Args:
        alpha: float32 (H, W) in [0, 1].
        gradient: ``Gradient.of(alpha)``, for the normals.
        reach_px: how far to look to each side.
    """
    from hairopt.metrics.edge_loops import contour_widths

    x, y = _crossings(alpha)
    widths = np.empty(x.size, np.float32)
    contour_widths(
        np.ascontiguousarray(alpha), gradient.x, gradient.y, x, y, float(reach_px), widths
    )
    widths = widths[widths >= 0.0]
    return float(np.median(widths)) if widths.size else None


def _crossings(alpha: MaskF32) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where alpha crosses 0.5 between horizontal and vertical neighbours: x and y, sub-pixel."""
    above = alpha >= np.float32(0.5)
    places = []
    for right, below in ((1, 0), (0, 1)):
        first = above[: above.shape[0] - below, : above.shape[1] - right]
        index = np.flatnonzero(first != above[below:, right:])
        row, column = np.divmod(index, first.shape[1])
        here, there = alpha[row, column], alpha[row + below, column + right]
        part = (np.float32(0.5) - here) / (there - here)
        places.append(np.stack([column + part * right, row + part * below]))
    x, y = np.concatenate(places, axis=1).astype(np.float32)
    return x, y


def photo_edges(lightness: NDArray[np.float32], reach_px: int) -> Gradient:
    """The photo's edges for ``gradient_agreement``, of L*, float32 (H, W), scaled to at most 1.

    Each gradient is divided by the strongest one within ``reach_px`` (or by a faint floor), so that
    what counts is whether an edge lies here rather than a few pixels aside, not its contrast.
    """
    import cv2

    gradient = Gradient.of(lightness)
    side = 2 * reach_px + 1
    strongest = cv2.dilate(gradient.magnitude, np.ones((side, side), np.uint8))
    np.maximum(strongest, np.float32(_FAINT), out=strongest)
    return Gradient(gradient.x / strongest, gradient.y / strongest, gradient.magnitude)


def gradient_agreement(alpha: Gradient, photo: Gradient) -> float | None:
    """How well the alpha's edge follows the edges of the photo; needs no truth.

    sum |grad alpha . e| / sum |grad alpha|, with e the photo's gradient relative to the
    strongest one nearby (``photo_edges``). 0..1, higher is better; an edge that lies exactly on one
    of the photo with the same profile has 1 / sqrt(2), a narrower one more. None where the alpha
    has no edge.
    """
    import cv2

    if not _has_edge(alpha):
        return None
    total = float(cv2.sumElems(alpha.magnitude)[0])
    along = alpha.x * photo.x
    along += alpha.y * photo.y
    return min(1.0, float(cv2.norm(along, cv2.NORM_L1)) / total)
