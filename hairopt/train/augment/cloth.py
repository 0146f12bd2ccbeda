"""Draw cloth: a colour under uneven light, often knitted, or the texture of a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairopt.types import ImageU8

_OF_PICTURE_SHARE = 0.25


def cloth(
    sides: tuple[int, int],
    picture: ImageU8,
    rng: np.random.Generator,
    colour: NDArray[np.floating] | None = None,
) -> ImageU8:
    """A piece of cloth.

    Args:
        sides: height and width in pixels.
        picture: uint8 (H, W, 3) RGB without hair; some pieces have its texture.
        rng: decides the rest.
        colour: RGB in 0..255 for pieces of one colour; random if None, dark in half of the cases.

    Returns:
        uint8 (height, width, 3) RGB.
    """
    import cv2

    height, width = sides
    if rng.random() < _OF_PICTURE_SHARE:
        return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR))
    if colour is None:
        colour = rng.uniform(5, 70, 3) if rng.random() < 0.6 else rng.uniform(0, 255, 3)
        if rng.random() < 0.5:
            colour = colour.mean() + 0.15 * (colour - colour.mean())
    fall = np.linspace(rng.uniform(0.9, 1.4), rng.uniform(0.5, 1.0), width, dtype=np.float32)
    rows = np.arange(height, dtype=np.float32)[:, None]
    knit = 1 + rng.uniform(0, 0.15) * np.sin(rows * rng.uniform(0.3, 2.0))
    light = (fall[None] * knit)[..., None]
    noise = rng.normal(0, rng.uniform(0, 6), (height, width, 1))
    piece: ImageU8 = np.clip(light * colour + noise, 0, 255).astype(np.uint8)
    return piece
