"""Size of the hair, and its contrast to its surroundings."""

from __future__ import annotations

import math

import numpy as np

from hairopt.stages.mask import resize_to
from hairopt.types import ImageU8, MaskF32

_SIDE_PX = 128
"""Side in pixels at which photo and mask are compared: enough for contrast along an outline."""

_BAND_PX = 3
"""Reach of the local means on each side of the outline, in pixels at that size."""

_LARGEST = 255 * math.sqrt(3)


def hair_fraction(mask: MaskF32) -> float:
    """Share of the frame that is hair: the mean of ``mask > 0.5``, in 0..1."""
    return float((mask > 0.5).mean())


def edge_contrast(image: ImageU8, mask: MaskF32) -> float:
    """Mean difference of colour across the outline of the hair.

    At every pixel of the outline (mask at 0.5, 128 x 128 px) the mean colour of the hair within
    3 px is compared with the mean colour of the rest within 3 px.

    Args:
        image: uint8 (H, W, 3) RGB.
        mask: float32 (h, w) in [0, 1], covering the whole frame.

    Returns:
        Euclidean distance in RGB, averaged over the outline, as a share of the distance from black
        to white: 0..100; 0 where there is no outline.
    """
    import cv2

    photo = resize_to(image, _SIDE_PX, _SIDE_PX).astype(np.float32)
    hair = (resize_to(mask, _SIDE_PX, _SIDE_PX) > 0.5).astype(np.float32)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    outline = cv2.dilate(hair, cross) != cv2.erode(hair, cross)
    if not outline.any():
        return 0.0
    difference = _local_mean(photo, hair)[outline] - _local_mean(photo, 1 - hair)[outline]
    return float(np.linalg.norm(difference, axis=1).mean() / _LARGEST * 100)


def _local_mean(photo: np.ndarray, weight: MaskF32) -> np.ndarray:
    """Mean colour of the weighted pixels around each pixel (normalised convolution)."""
    import cv2

    side = (2 * _BAND_PX + 1, 2 * _BAND_PX + 1)
    total = cv2.blur(photo * weight[..., None], side)
    return np.asarray(total / np.maximum(cv2.blur(weight, side), 1e-6)[..., None])
