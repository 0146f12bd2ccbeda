"""The limits of the gate, as data: how much a release may lose."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from hairopt.quantities import Share


class GateLimits(BaseModel):
    """Limits of the rules, all as fractions (0.05 is 5 %); a file may have ``"5%"``.

    Attributes:
        max_mask_drop: relative fall of the mean alpha IoU: of what was really blended.
        max_boundary_drop: relative fall of the mean alpha Boundary IoU.
        max_slice_drop: relative fall of the mean alpha IoU in any slice with enough images.
        min_slice_images: least number of source images in a slice that is judged.
        max_big_losers: share of source photos that may lose more than ``big_loss``.
        big_loss: what counts as a big loss of a photo: points of alpha IoU (0..1), or the share of
            its quality in colour, texture or the rest of the picture.
        works_from: alpha IoU from which a case counts as working.
        fails_below: alpha IoU below which a case that worked counts as failed.
        max_failures: share of source photos that may work in the baseline and fail in the
            candidate, before the count is called more than chance.
        max_latency_increase: rise of the median paired latency ratio; None: not judged.
        max_memory_increase: rise of peak memory; None: not judged.
        min_retention: worst guarded metric of the candidate over the baseline.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_mask_drop: Share = Field(default=0.05, ge=0, le=1)
    max_boundary_drop: Share = Field(default=0.10, ge=0, le=1)
    max_slice_drop: Share = Field(default=0.10, ge=0, le=1)
    min_slice_images: int = Field(default=10, ge=2)
    max_big_losers: Share = Field(default=0.02, ge=0, le=1)
    big_loss: Share = Field(default=0.20, gt=0, le=1)
    works_from: Share = Field(default=0.5, gt=0, le=1)
    fails_below: Share = Field(default=0.1, ge=0, le=1)
    max_failures: Share = Field(default=0.01, ge=0, le=1)
    max_latency_increase: Share | None = Field(default=None, ge=0)
    max_memory_increase: Share | None = Field(default=None, ge=0)
    min_retention: Share = Field(default=0.95, gt=0, le=1)
