"""Bleed: what changed beside the hair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hairopt.metrics.lab import linear_table
from hairopt.types import ImageU8, MaskBool

VISIBLE_DE00 = 1.8
"""The 50:50 % acceptability threshold of Paravina et al. (2015), in dE00."""


@dataclass(frozen=True)
class BleedSums:
    """Change outside the dilated truth (``truth.some_hair``), summed over pixels.

    Attributes:
        de00: the sum of CIEDE2000 between photo and output.
        visible_px: pixels that changed by more than 1.8.
        outside_px: all pixels outside.
        picture_px: all pixels.
    """

    de00: float = 0.0
    visible_px: int = 0
    outside_px: int = 0
    picture_px: int = 0

    @classmethod
    def of(cls, before: ImageU8, after: ImageU8, outside: MaskBool) -> BleedSums:
        """Compare two pictures, uint8 (h, w, 3), where bool (h, w) is set."""
        from hairopt.metrics.color_loops import changes_outside

        outside_px = int(np.count_nonzero(outside))
        changes = np.empty(outside_px, np.float32)
        one, other = (np.ascontiguousarray(side).reshape(-1, 3) for side in (before, after))
        flat = np.ascontiguousarray(outside).ravel()
        changes = changes[: changes_outside(one, other, flat, linear_table(1), changes)]
        visible = int(np.count_nonzero(changes > np.float32(VISIBLE_DE00)))
        return cls(float(changes.sum(dtype=np.float64)), visible, outside_px, outside.size)

    def __add__(self, other: BleedSums) -> BleedSums:
        """The sums of two parts of a picture together."""
        return BleedSums(
            self.de00 + other.de00,
            self.visible_px + other.visible_px,
            self.outside_px + other.outside_px,
            self.picture_px + other.picture_px,
        )

    def metrics(self) -> dict[str, float | None]:
        """The mean change, and how much of the picture changed visibly; 0 is best.

        bleed_de00 is the mean CIEDE2000 between photo and output over all pixels outside;
        bleed_area the share of the picture that lies outside and changed by more than 1.8. None
        where the dilated truth leaves no pixel outside. The photo is compared as the same encoder
        gives it: otherwise the artefacts of JPEG (0.4 dE00 in photos, 7 in noise) would count as
        dye.
        """
        if self.outside_px == 0:
            return {"bleed_area": None, "bleed_de00": None}
        return {
            "bleed_area": self.visible_px / self.picture_px,
            "bleed_de00": self.de00 / self.outside_px,
        }
