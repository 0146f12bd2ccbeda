"""Agreement of two outlines: Boundary IoU, boundary F-score, boundary distances."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, hypot

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.boxes import bounding_box, contains, hull, widened
from hairopt.metrics.mask import count_pixels
from hairopt.metrics.validate import require_set
from hairopt.types import Box, MaskBool


def band_width_px(shape: tuple[int, ...]) -> int:
    """D of Boundary IoU: 2 % of the diagonal, rounded, at least 1."""
    return max(1, round(0.02 * hypot(*shape[:2])))


def tolerance_px(shape: tuple[int, ...]) -> int:
    """The tolerance of the boundary F-score: 0.8 % of the diagonal, rounded up (DAVIS)."""
    return ceil(0.008 * hypot(*shape[:2]))


def inner_band(region: MaskBool, width_px: int) -> MaskBool:
    """Pixels of a region within ``width_px`` (3x3 steps) of its outside, the frame being outside.

    Source: Cheng et al., "Boundary IoU", CVPR 2021: pad by one pixel, erode 3x3 ``width_px`` times.
    """
    import cv2

    side = 2 * width_px + 1
    kept = cv2.erode(
        region.view(np.uint8),
        np.ones((side, side), np.uint8),
        borderType=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    return region & ~kept.view(np.bool_)


def outline(region: MaskBool) -> MaskBool:
    """Pixels of a region with one of the four neighbours outside it.

    The frame is not outside: hair that leaves the picture has no edge there.
    """
    import cv2

    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    return region & ~cv2.erode(region.view(np.uint8), cross).view(np.bool_)


def _distance_to_zeros(free: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Euclidean distance of every pixel to the nearest one that is 0, in pixels, float32 (H, W)."""
    import cv2

    distance = cv2.distanceTransform(free, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance, np.float32)


@dataclass(frozen=True)
class Outline:
    """The outline of a region.

    Attributes:
        extent: the least rectangle around it; empty where the region is empty or fills the picture.
        edge: bool (h, w), its pixels within that rectangle.
        window: the rectangle for which distances were computed in advance, if they were.
        distance_px: float32, of every pixel of the window to the outline.
    """

    extent: Box
    edge: MaskBool
    window: Box | None = None
    distance_px: NDArray[np.float32] | None = None

    @classmethod
    def of(cls, region: MaskBool, *, within_px: int | None = None) -> Outline:
        """Trace a region; measure the distances within so many pixels around it in advance."""
        edge = outline(region)
        extent = bounding_box(edge)
        plain = cls(extent, np.array(edge[extent.slices]))
        if within_px is None or extent.is_empty:
            return plain
        window = widened(extent, within_px, region.shape)
        return cls(extent, plain.edge, window, plain._distances(window))

    @property
    def is_empty(self) -> bool:
        """Whether the region has no outline: it is empty, or fills the picture."""
        return self.extent.is_empty

    def distance_of(self, other: Outline) -> NDArray[np.float32]:
        """The distance of each of the other's pixels to this outline, in pixels, float32 (n,)."""
        window, distance_px = self.window, self.distance_px
        if window is None or distance_px is None or not contains(window, other.extent):
            window = hull(self.extent, other.extent)
            distance_px = self._distances(window)
        return np.asarray(distance_px[other.extent.within(window).slices][other.edge])

    def _distances(self, window: Box) -> NDArray[np.float32]:
        free = np.ones((window.bottom - window.top, window.right - window.left), np.uint8)
        free[self.extent.within(window).slices] -= self.edge
        return _distance_to_zeros(free)


def boundary_iou(mask: MaskBool, truth: MaskBool) -> float | None:
    """Boundary IoU (Cheng et al. 2021): the IoU of the two inner bands of width d.

    d = max(1, round(0.02 diagonal)); 0..1, higher is better. None where both are empty, 0 where one
    is.

    Args:
        mask: bool (H, W).
        truth: bool (H, W).

    Raises:
        UsageError: for another dtype or unequal shapes.
    """
    require_set(truth, "truth")
    require_set(mask, "mask", truth.shape)
    width_px = band_width_px(truth.shape)
    return count_pixels(inner_band(mask, width_px), inner_band(truth, width_px)).iou


@dataclass(frozen=True)
class OutlineDistances:
    """Distances between two outlines, in both directions, in pixels.

    Attributes:
        to_truth_px: of each outline pixel of the mask to the truth's outline.
        to_mask_px: of each outline pixel of the truth to the mask's outline.
    """

    to_truth_px: NDArray[np.float32]
    to_mask_px: NDArray[np.float32]

    @classmethod
    def between(cls, mask: Outline, truth: Outline) -> OutlineDistances | None:
        """Measure; None where one of the two has no outline."""
        if mask.is_empty or truth.is_empty:
            return None
        return cls(truth.distance_of(mask), mask.distance_of(truth))

    def f_score(self, tolerance_px: float) -> float:
        """Boundary F-score (Martin et al. 2004; DAVIS, Perazzi et al. 2016) at a tolerance.

        The harmonic mean of the shares of both outlines that lie within ``tolerance_px`` of the
        other; 0..1, higher is better.
        """
        precise = float(np.mean(self.to_truth_px <= tolerance_px))
        found = float(np.mean(self.to_mask_px <= tolerance_px))
        return 2.0 * precise * found / (precise + found) if precise + found else 0.0

    def mean_px(self) -> float:
        """Average symmetric distance: the mean over the pixels of both outlines; 0 is best."""
        total = float(self.to_truth_px.sum(dtype=np.float64))
        total += float(self.to_mask_px.sum(dtype=np.float64))
        return total / (self.to_truth_px.size + self.to_mask_px.size)

    def p95_px(self) -> float:
        """The larger of the two directed 95th percentiles (robust Hausdorff); 0 is best."""
        directed = (np.percentile(part, 95) for part in (self.to_truth_px, self.to_mask_px))
        return float(max(directed))


def outline_metrics(mask: Outline, truth: Outline, tolerance: float) -> dict[str, float | None]:
    """Boundary F-score and the two distances.

    Where one has an outline and the other none: F-score 0, distances undefined, for no number of
    pixels would be true. Where neither has one: all undefined.
    """
    distances = OutlineDistances.between(mask, truth)
    if distances is None:
        one_has = not (mask.is_empty and truth.is_empty)
        return {
            "boundary_f": 0.0 if one_has else None,
            "boundary_distance_mean_px": None,
            "boundary_distance_p95_px": None,
        }
    return {
        "boundary_f": distances.f_score(tolerance),
        "boundary_distance_mean_px": distances.mean_px(),
        "boundary_distance_p95_px": distances.p95_px(),
    }
