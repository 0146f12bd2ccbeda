"""Put hats on heads, because teachers label hats as hair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairopt.train.augment.cloth import cloth
from hairopt.train.augment.recolour import blend
from hairopt.types import ImageU8


def put_on_hat(
    image: ImageU8,
    label: NDArray[np.uint8],
    face: tuple[int, int, int, int],
    picture: ImageU8,
    rng: np.random.Generator,
) -> tuple[ImageU8, NDArray[np.uint8]]:
    """Cover the top of a head with a cap or beanie and label it "no hair".

    Args:
        image: uint8 (H, W, 3) RGB.
        label: uint8 (H, W), 255 is hair.
        face: (left, top, width, height) in pixels.
        picture: uint8 (h, w, 3) RGB without hair, a texture for some hats.
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
    hat = cloth(label.shape, picture, rng)
    return blend(image, hat, soft), np.minimum(label, 255 - soft)
