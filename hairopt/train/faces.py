"""Find the face in a photo, so that it can be covered with hair."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from hairopt.types import ImageU8

if TYPE_CHECKING:
    from skimage.feature import Cascade

_WORKING_SIDE_PX = 160
_SMALLEST_FACE = 0.14
"""Smallest face, as a share of the longer side; smaller ones cannot become a view from behind."""


def find_face(image: ImageU8) -> tuple[int, int, int, int] | None:
    """The largest frontal face of a photo.

    Source: local binary patterns in a cascade (Liao et al. 2007), the detector of scikit-image, at
    160 px. A face that it misses is just not covered.

    Args:
        image: uint8 (H, W, 3) RGB.

    Returns:
        (left, top, width, height) in pixels of the photo, or None.
    """
    import cv2

    scale = min(1.0, _WORKING_SIDE_PX / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    least = max(24, round(_SMALLEST_FACE * max(small.shape[:2])))
    most = max(least, min(small.shape[:2]))
    found = _detector().detect_multi_scale(
        img=cv2.cvtColor(small, cv2.COLOR_RGB2GRAY),
        scale_factor=1.15,
        step_ratio=1.5,
        min_size=(least, least),
        max_size=(most, most),
    )
    if not found:
        return None
    face = max(found, key=lambda box: box["width"] * box["height"])
    values = (face["c"], face["r"], face["width"], face["height"])
    left, top, width, height = (int(np.rint(value / scale)) for value in values)
    return left, top, width, height


@lru_cache(maxsize=1)
def _detector() -> Cascade:
    import skimage.data
    from skimage.feature import Cascade

    file: str = skimage.data.lbp_frontal_face_cascade_filename()  # type: ignore[no-untyped-call, unused-ignore]
    return Cascade(file)
