"""Where a mask is wrong: too much hair in one colour, missed hair in another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairopt.types import ImageU8

FALSE_POSITIVE_RGB = (255, 140, 0)
"""Called hair and is none: orange."""

FALSE_NEGATIVE_RGB = (38, 132, 255)
"""Hair that was missed: blue, which people with any colour blindness tell from orange."""

_HAIR_FROM = 128
_WEIGHTS = (0.299, 0.587, 0.114)


def error_map(photo: ImageU8, truth: NDArray[np.uint8], mask: NDArray[np.uint8]) -> ImageU8:
    """The photo in dim grey with the errors of a mask at 0.5.

    Args:
        photo: uint8 (H, W, 3) RGB.
        truth: uint8 (H, W), 255 is hair.
        mask: uint8 (H, W), 255 is hair.

    Returns:
        uint8 (H, W, 3) RGB; hair that was found is brighter.
    """
    grey = np.asarray(photo, dtype=np.float32) @ np.asarray(_WEIGHTS, dtype=np.float32)
    picture = np.repeat((40 + 0.42 * grey)[..., None], 3, axis=2)
    is_hair, is_called = truth >= _HAIR_FROM, mask >= _HAIR_FROM
    picture[is_hair & is_called] += 60
    picture[is_called & ~is_hair] = FALSE_POSITIVE_RGB
    picture[is_hair & ~is_called] = FALSE_NEGATIVE_RGB
    return picture.clip(0, 255).astype(np.uint8)
