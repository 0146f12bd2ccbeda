"""Give hair colours that the photos lack: grey, white, vivid, blond and red."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairopt.types import ImageU8

_GREY_SHARE, _VIVID_SHARE = 0.45, 0.35


def recolour_hair(image: ImageU8, label: NDArray[np.uint8], rng: np.random.Generator) -> ImageU8:
    """Give the hair another colour and keep its light and shadow.

    Works in OpenCV's 8-bit Lab, whose error of up to 3 dE00 does not matter here: nothing is
    measured with it.

    Args:
        image: uint8 (H, W, 3) RGB.
        label: uint8 (H, W), 255 is hair.
        rng: decides the colour.
    """
    import cv2

    if not label.any():
        return image
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32)
    lightness, chroma = lab[..., 0], lab[..., 1:]
    kind = rng.random()
    if kind < _GREY_SHARE:
        lightness *= rng.uniform(0.5, 0.9)
        lightness += rng.uniform(20, 130)
        chroma[:] = 128 + (chroma - 128) * rng.uniform(0, 0.3)
    elif kind < _GREY_SHARE + _VIVID_SHARE:
        angle, strength = rng.uniform(0, 2 * np.pi), rng.uniform(15, 60)
        lightness *= rng.uniform(0.8, 1)
        lightness += rng.uniform(0, 70)
        chroma[:] = 128 + strength * np.array([np.cos(angle), np.sin(angle)], np.float32)
    else:
        lightness *= 0.8
        lightness += rng.uniform(20, 90)
        chroma[:] = 128 + np.array([rng.uniform(2, 25), rng.uniform(12, 45)], np.float32)
    dyed = cv2.cvtColor(np.clip(lab, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)
    return blend(image, np.asarray(dyed, np.uint8), label)


def blend(below: ImageU8, above: ImageU8, coverage: NDArray[np.uint8]) -> ImageU8:
    """``above`` over ``below`` where ``coverage``, uint8 (H, W), is 255."""
    alpha = coverage[..., None].astype(np.float32) / np.float32(255)
    mixed = below + (above.astype(np.float32) - below) * alpha
    rounded: ImageU8 = np.rint(mixed).astype(np.uint8)
    return rounded
