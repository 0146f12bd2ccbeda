"""Overlap of two sets of pixels: IoU, Dice, precision, recall, false-positive area."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hairopt.metrics.validate import require_set
from hairopt.types import MaskBool


@dataclass(frozen=True)
class PixelCounts:
    """What overlap metrics are made of.

    Attributes:
        true_positive_px: hair in mask and truth.
        false_positive_px: hair in the mask only.
        false_negative_px: hair in the truth only.
        picture_px: all pixels.
    """

    true_positive_px: int
    false_positive_px: int
    false_negative_px: int
    picture_px: int

    def __add__(self, other: PixelCounts) -> PixelCounts:
        """The counts of two parts of a picture together."""
        return PixelCounts(
            self.true_positive_px + other.true_positive_px,
            self.false_positive_px + other.false_positive_px,
            self.false_negative_px + other.false_negative_px,
            self.picture_px + other.picture_px,
        )

    @property
    def mask_px(self) -> int:
        """Pixels of the mask, P."""
        return self.true_positive_px + self.false_positive_px

    @property
    def truth_px(self) -> int:
        """Pixels of the truth, T."""
        return self.true_positive_px + self.false_negative_px

    @property
    def iou(self) -> float | None:
        """Intersection over union (Jaccard 1912): |P and T| / |P or T|; 0..1, higher is better.

        None where mask and truth are both empty; 0 where one of them is.
        """
        return ratio(self.true_positive_px, self.mask_px + self.false_negative_px)

    @property
    def dice(self) -> float | None:
        """2 |P and T| / (|P| + |T|) (Dice 1945), the F1 score; 0..1, higher is better.

        None where mask and truth are both empty; 0 where one of them is.
        """
        return ratio(2 * self.true_positive_px, self.mask_px + self.truth_px)

    @property
    def precision(self) -> float | None:
        """|P and T| / |P|; 0..1, higher is better.

        None where both are empty; 0 where the mask is empty and the truth is not: a mask that
        finds nothing gets no credit for making no mistake.
        """
        if self.mask_px == 0 and self.truth_px > 0:
            return 0.0
        return ratio(self.true_positive_px, self.mask_px)

    @property
    def recall(self) -> float | None:
        """|P and T| / |T|; 0..1, higher is better.

        None where both are empty; 0 where the truth is empty and the mask is not, as for IoU.
        """
        if self.truth_px == 0 and self.mask_px > 0:
            return 0.0
        return ratio(self.true_positive_px, self.truth_px)

    @property
    def false_positive_area(self) -> float:
        """|P without T| / |picture|; 0..1, lower is better; always defined."""
        return self.false_positive_px / self.picture_px


def count_pixels(mask: MaskBool, truth: MaskBool) -> PixelCounts:
    """Compare two sets of pixels.

    Args:
        mask: bool (H, W), the hair that was found.
        truth: bool (H, W), the hair that is there.

    Raises:
        UsageError: for another dtype or unequal shapes.
    """
    require_set(truth, "truth")
    require_set(mask, "mask", truth.shape)
    both = int(np.count_nonzero(mask & truth))
    mask_px, truth_px = int(np.count_nonzero(mask)), int(np.count_nonzero(truth))
    return PixelCounts(both, mask_px - both, truth_px - both, mask.size)


def iou(mask: MaskBool, truth: MaskBool) -> float | None:
    """Intersection over union (Jaccard 1912): |P and T| / |P or T|; 0..1, higher is better.

    Args:
        mask: bool (H, W), the hair that was found, P.
        truth: bool (H, W), the hair that is there, T.

    Returns:
        None where mask and truth are both empty; 0 where one of them is.

    Raises:
        UsageError: for another dtype or unequal shapes.

    Example:
        >>> import numpy as np
        >>> mask = np.array([[True, True, False, False]])
        >>> truth = np.array([[False, True, True, False]])
        >>> round(hairopt.metrics.iou(mask, truth), 3)
        0.333
    """
    return count_pixels(mask, truth).iou


def mask_metrics(counts: PixelCounts) -> dict[str, float | None]:
    """The five overlap metrics of one case."""
    return {
        "iou": counts.iou,
        "dice": counts.dice,
        "precision": counts.precision,
        "recall": counts.recall,
        "false_positive_area": counts.false_positive_area,
    }


def ratio(numerator: float, denominator: float) -> float | None:
    """A quotient, None where it is 0 / 0."""
    return numerator / denominator if denominator else None
