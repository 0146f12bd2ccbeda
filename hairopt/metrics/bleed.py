"""Bleed: what changed beside the hair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

VISIBLE_DE00 = 1.8
"""The 50:50 % acceptability threshold of Paravina et al. (2015), in dE00."""


def bleed_metrics(
    changes_de00: NDArray[np.float32], outside_px: int, picture_px: int
) -> dict[str, float | None]:
    """Change outside the dilated truth (``truth.some_hair``).

    bleed_de00 is the mean CIEDE2000 between photo and output over all pixels outside; bleed_area
    the share of the picture that lies outside and changed by more than 1.8. 0 is best. None where
    the dilated truth leaves no pixel outside. The photo is compared as the same encoder gives it:
    otherwise the artefacts of JPEG (0.4 dE00 in photos, 7 in noise) would count as dye.

    Args:
        changes_de00: float32 (n,), of the outside pixels that changed at all; the rest are 0.
        outside_px: all pixels outside the dilated truth.
        picture_px: all pixels.
    """
    if outside_px == 0:
        return {"bleed_area": None, "bleed_de00": None}
    visible = int(np.count_nonzero(changes_de00 > np.float32(VISIBLE_DE00)))
    return {
        "bleed_area": visible / picture_px,
        "bleed_de00": float(changes_de00.sum(dtype=np.float64)) / outside_px,
    }
