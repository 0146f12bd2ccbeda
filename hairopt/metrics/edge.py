"""How an alpha's edge looks: sharpness, 10-90 % width, and whether it follows the photo."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.boundary import band_width_px
from hairopt.metrics.gradient import Gradient
from hairopt.types import MaskF32

_STEP_PX = 0.5
_MOST_PROFILES = 20_000
_LEAST_REACH_PX = 16
_NO_EDGE = 1e-6
_FAINT = 2.0


def sharpness(gradient: Gradient) -> float | None:
    """Mean slope of an edge, each place weighted by its slope: sum g^2 / sum g.

    For one straight edge it does not depend on the edge's length, so that a jagged or longer
    outline gains nothing. None where there is no edge at all.
    """
    import cv2

    total = float(cv2.sumElems(gradient.magnitude)[0])
    if total < _NO_EDGE * gradient.magnitude.size:
        return None
    return float(cv2.norm(gradient.magnitude, cv2.NORM_L2SQR)) / total


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


def width_px(alpha: MaskF32, gradient: Gradient) -> float | None:
    """Median 10-90 % transition width along the normals of the alpha's own 0.5 contour, in pixels.

    Lower is sharper. A hard axis-parallel edge, interpolated between pixel centres, has 0.8 px; a
    Gaussian blur of a step has 2.563 sigma. A side that does not reach its level within 16 px or
    2 % of the diagonal counts as that long. None where alpha never crosses 0.5.
    (The edge spread of ISO 12233, taken along the contour.)

    Args:
        alpha: float32 (H, W) in [0, 1].
        gradient: ``Gradient.of(alpha)``, for the normals.
    """
    import cv2

    x, y = _crossings(alpha)
    if x.size == 0:
        return None
    stride = -(-x.size // _MOST_PROFILES)
    x, y = x[::stride], y[::stride]
    column, row = np.rint(x).astype(np.intp), np.rint(y).astype(np.intp)
    toward_x, toward_y = gradient.x[row, column], gradient.y[row, column]
    length = np.hypot(toward_x, toward_y)
    straight = length > _NO_EDGE
    if not straight.any():
        return None
    x, y = x[straight], y[straight]
    normal_x, normal_y = (part[straight] / length[straight] for part in (toward_x, toward_y))
    reach_px = max(_LEAST_REACH_PX, band_width_px(alpha.shape))
    offsets = np.arange(0.0, reach_px + _STEP_PX / 2, _STEP_PX, dtype=np.float32)[:, None]
    sides = []
    for sign, level in ((1.0, 0.9), (-1.0, 0.1)):
        profile = cv2.remap(
            alpha,
            x + sign * offsets * normal_x,
            y + sign * offsets * normal_y,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        sides.append(_reached_at_px(sign * (profile - np.float32(level))))
    return float(np.median(sides[0] + sides[1]))


def _crossings(alpha: MaskF32) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where alpha crosses 0.5 between horizontal and vertical neighbours: x and y, sub-pixel."""
    above = alpha >= 0.5
    places_x, places_y = [], []
    for axis in (0, 1):
        first = (slice(None, -1), slice(None)) if axis == 0 else (slice(None), slice(None, -1))
        second = (slice(1, None), slice(None)) if axis == 0 else (slice(None), slice(1, None))
        row, column = np.nonzero(above[first] != above[second])
        low, high = alpha[first][row, column], alpha[second][row, column]
        part = (np.float32(0.5) - low) / (high - low)
        places_x.append(column + (part if axis == 1 else np.float32(0)))
        places_y.append(row + (part if axis == 0 else np.float32(0)))
    return (
        np.concatenate(places_x).astype(np.float32),
        np.concatenate(places_y).astype(np.float32),
    )


def _reached_at_px(excess: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where each column of samples first rises to 0, linearly interpolated; the end if never."""
    reached = excess >= 0.0
    at = reached.argmax(axis=0)
    columns = np.arange(excess.shape[1])
    before, after = excess[np.maximum(at - 1, 0), columns], excess[at, columns]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(at > 0, before / (before - after), 0.0)
    place = np.where(at > 0, at - 1 + part, 0.0)
    place[~reached.any(axis=0)] = excess.shape[0] - 1
    return (place * _STEP_PX).astype(np.float32)


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
    return Gradient(gradient.x / strongest, gradient.y / strongest, gradient.magnitude / strongest)


def gradient_agreement(alpha: Gradient, photo: Gradient) -> float | None:
    """How well the alpha's edge follows the edges of the photo; needs no truth.

    sum |grad alpha . e| / sum |grad alpha|, with e the photo's gradient relative to the
    strongest one nearby (``photo_edges``). 0..1, higher is better: 1 where every edge of the mask
    lies on and along the locally strongest edge. None where the alpha has no edge.
    """
    import cv2

    total = float(cv2.sumElems(alpha.magnitude)[0])
    if total < _NO_EDGE * alpha.magnitude.size:
        return None
    along = alpha.x * photo.x
    along += alpha.y * photo.y
    return min(1.0, float(cv2.norm(along, cv2.NORM_L1)) / total)
