"""Hats over hair, which teachers paint as hair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairopt.train.augment.recolour import blend
from hairopt.types import ImageU8


def put_on_hat(
    image: ImageU8,
    label: NDArray[np.uint8],
    face: tuple[int, int, int, int],
    cloth: ImageU8,
    rng: np.random.Generator,
) -> tuple[ImageU8, NDArray[np.uint8]]:
    """Cover the top of a head with a cap or beanie and label it "no hair".

    Args:
        image: uint8 (H, W, 3) RGB.
        label: uint8 (H, W), 255 is hair.
        face: (left, top, width, height) in pixels.
        cloth: a texture of any size for hats that are not of one colour.
        rng: decides shape and colour.
    """
    import cv2

    left, top, width, height = face
    rows = np.nonzero((label[:, left : left + width] > 127).any(axis=1))[0]
    crown = min(int(rows[0]) if len(rows) else top, round(top - 0.25 * height))
    brow = round(top + rng.uniform(0.08, 0.26) * height)
    centre = left + width / 2 + rng.normal(0, 0.03) * width
    half = width * rng.uniform(0.62, 0.85)
    rise = (brow - crown) + rng.uniform(0.02, 0.2) * height
    shape = np.zeros(label.shape, np.uint8)
    tilt = rng.normal(0, 6)
    axes = (round(half), max(2, round(rise)))
    cv2.ellipse(shape, (round(centre), brow), axes, tilt, 180, 360, 255, -1)
    if rng.random() < 0.5:
        reach = half * rng.uniform(1.0, 1.5)
        brim = (round(reach), max(2, round(rng.uniform(0.03, 0.12) * height)))
        cv2.ellipse(shape, (round(centre), brow), brim, tilt, 0, 360, 255, -1)
    soft = np.asarray(cv2.GaussianBlur(shape, (0, 0), 0.8), np.uint8)
    hat = _cloth(image.shape[:2], cloth, rng)
    return blend(image, hat, soft), np.minimum(label, 255 - soft)


def _cloth(sides: tuple[int, int], cloth: ImageU8, rng: np.random.Generator) -> ImageU8:
    """A texture of the picture's size: mostly one colour, half of the time a dark one."""
    import cv2

    height, width = sides
    if rng.random() < 0.25:
        return np.asarray(cv2.resize(cloth, (width, height), interpolation=cv2.INTER_LINEAR))
    colour = rng.uniform(5, 70, 3) if rng.random() < 0.6 else rng.uniform(0, 255, 3)
    if rng.random() < 0.5:
        colour = colour.mean() + 0.15 * (colour - colour.mean())
    fall = np.linspace(rng.uniform(0.9, 1.4), rng.uniform(0.5, 1.0), width, dtype=np.float32)
    rows = np.arange(height, dtype=np.float32)[:, None]
    knit = 1 + rng.uniform(0, 0.15) * np.sin(rows * rng.uniform(0.3, 2.0))
    light = (fall[None] * knit)[..., None]
    noise = rng.normal(0, rng.uniform(0, 6), (height, width, 1))
    cloth_pixels: ImageU8 = np.clip(light * colour + noise, 0, 255).astype(np.uint8)
    return cloth_pixels
