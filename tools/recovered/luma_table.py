"""A recolour method that is not built in: black to the shade to white, by luma alone."""

from __future__ import annotations

import numpy as np

from hairopt.types import ImageU8, MaskF32, Shade


def dye(photo: ImageU8, mask: MaskF32, shade: Shade, intensity: float) -> ImageU8:
    """The shade lies at luma 96, so that dark hair is seen to change; mixed by the intensity."""
    import cv2

    del mask
    luma = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    table = np.stack(
        [np.interp(np.arange(256), (0, 96, 255), (0, level, 255)) for level in shade.rgb], axis=1
    )
    dyed = np.asarray(np.rint(table), np.uint8)[luma]
    share = intensity / 100
    return np.asarray(cv2.addWeighted(dyed, share, photo, 1 - share, 0), np.uint8)
