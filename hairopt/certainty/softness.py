"""How undecided a mask is: the share of its hair that lies between yes and no."""

from __future__ import annotations

import math

import numpy as np

from hairopt.types import MaskF32

NOTHING_BELOW_PX = 1.0
"""A mask that adds up to less hair than this, in pixels of the mask, is a mask of nothing."""


def softness(mask: MaskF32) -> float:
    """``sum(min(p, 1 - p)) / sum(p)`` over all pixels of a mask of probabilities.

    0 where every pixel is decided, 1 where none reaches 0.5. NaN for a mask of nothing: finding no
    hair is neither certain nor uncertain. So every comparison with a threshold has to say what
    becomes of NaN; none may take it for certainty.

    Args:
        mask: float32 (h, w) in [0, 1], probability of hair.

    Returns:
        The softness in [0, 1], or NaN where the mask adds up to less than ``NOTHING_BELOW_PX``.
    """
    import cv2

    hair_px = cv2.sumElems(mask)[0]
    if hair_px < NOTHING_BELOW_PX:
        return math.nan
    # min(p, 1 - p) = 1/2 - |p - 1/2|, and OpenCV adds absolute values without another array.
    undecided_px = mask.size / 2 - cv2.norm(mask - np.float32(0.5), cv2.NORM_L1)
    return min(1.0, max(0.0, undecided_px / hair_px))
