"""Overlap of what was blended with the truth, as soft sets: of all coverage, and of its edge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hairopt.metrics.mask import ratio
from hairopt.metrics.roughness import VariationSums
from hairopt.types import MaskF32

_HAIR = np.float32(0.5)


def soft_band(plane: MaskF32, width_px: int) -> MaskF32:
    """How much of each pixel lies within ``width_px`` of the outside, the frame being outside.

    ``x - erode(x)`` with a square of ``2 width_px + 1``, the inner gradient of grey-scale
    morphology (Rivest, Soille & Beucher 1993). Of a plane of zeros and ones it is the band of
    Boundary IoU (``boundary.inner_band``).

    Args:
        plane: float32 (H, W) in [0, 1].
        width_px: 1 or more.
    """
    import cv2

    kernel = np.ones((2 * width_px + 1, 2 * width_px + 1), np.uint8)
    kept = cv2.erode(plane, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0.0)
    return np.asarray(plane - kept, np.float32)


@dataclass(frozen=True)
class SoftTruth:
    """A part of the truth, prepared.

    Attributes:
        coverage: float32 (h, w) in [0, 1].
        band: ``soft_band`` of it, float32 (h, w).
        variation: of it.
    """

    coverage: MaskF32
    band: MaskF32
    variation: VariationSums


@dataclass(frozen=True)
class AlphaSums:
    """What the overlap of an alpha and a truth is made of, summed over pixels.

    Attributes:
        both: sum of min(alpha, truth).
        either: sum of max(alpha, truth).
        both_bands: the same of their bands.
        either_band: likewise.
        is_hair: whether one of the two reaches 0.5 somewhere.
    """

    both: float = 0.0
    either: float = 0.0
    both_bands: float = 0.0
    either_band: float = 0.0
    is_hair: bool = False

    @classmethod
    def of(cls, alpha: MaskF32, band: MaskF32, truth: SoftTruth) -> AlphaSums:
        """Compare an alpha and its ``soft_band``, float32 (h, w), with a part of the truth."""
        is_hair = max(alpha.max(initial=0.0), truth.coverage.max(initial=0.0)) >= _HAIR
        return cls(
            *_overlap(alpha, truth.coverage),
            *_overlap(band, truth.band),
            is_hair=bool(is_hair),
        )

    def __add__(self, other: AlphaSums) -> AlphaSums:
        """The sums of two parts of a picture together."""
        return AlphaSums(
            self.both + other.both,
            self.either + other.either,
            self.both_bands + other.both_bands,
            self.either_band + other.either_band,
            self.is_hair or other.is_hair,
        )

    def metrics(self) -> dict[str, float | None]:
        """alpha_iou and alpha_boundary_iou; 0..1, higher is better.

        alpha_iou is sum min(alpha, truth) / sum max(alpha, truth), the Jaccard index of soft sets
        (Ruzicka 1958); alpha_boundary_iou the same of the soft bands along both edges. Of planes of
        zeros and ones they are IoU and Boundary IoU (Cheng et al. 2021). None where neither alpha
        nor truth reaches 0.5 anywhere: there is no hair, and none was found.
        """
        if not self.is_hair:
            return {"alpha_iou": None, "alpha_boundary_iou": None}
        return {
            "alpha_iou": ratio(self.both, self.either),
            "alpha_boundary_iou": ratio(self.both_bands, self.either_band),
        }


def _overlap(one: MaskF32, other: MaskF32) -> tuple[float, float]:
    """Sum of the lesser and of the greater; the greater is what both have less the lesser."""
    import cv2

    lesser = float(cv2.sumElems(cv2.min(one, other))[0])
    total = float(cv2.sumElems(one)[0]) + float(cv2.sumElems(other)[0])
    return lesser, max(total - lesser, lesser)
