"""Add clothes behind the hair, often in its colour.

Portraits show clothes below a face. A network trained only on these labels clothes as hair when the
face is covered or turned away.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairopt.train.augment.cloth import cloth
from hairopt.train.augment.recolour import blend
from hairopt.types import ImageU8

_LEAST_HAIR_PX = 200
_LONG = 1.05
"""Height over width of hair that falls on the shoulders; shorter hair ends above them."""

_HAIR_LIKE_SHARE = 0.6
"""Share of clothes in the colour of the hair."""


def put_on_clothes(
    image: ImageU8,
    label: NDArray[np.uint8],
    face: tuple[int, int, int, int] | None,
    picture: ImageU8,
    rng: np.random.Generator,
) -> ImageU8:
    """Add shoulders and back in cloth, behind the hair and over everything else.

    Args:
        image: uint8 (H, W, 3) RGB.
        label: uint8 (H, W), 255 is hair.
        face: (left, top, width, height) in pixels of a face that has to stay visible, or None.
        picture: uint8 (h, w, 3) RGB without hair, a texture for some of the cloth.
        rng: decides shape and cloth.

    Returns:
        New picture; the given one if there is hardly any hair. The label does not change.
    """
    hair = label > 127
    if np.count_nonzero(hair) < _LEAST_HAIR_PX:
        return image
    beside = (_shoulders(hair, face, rng) * (255 - label) // 255).astype(np.uint8)
    like_hair = rng.random() < _HAIR_LIKE_SHARE
    colour = image[hair].mean(axis=0) * rng.uniform(0.7, 1.3) if like_hair else None
    return blend(image, cloth(label.shape, picture, rng, colour), beside)


def _shoulders(
    hair: NDArray[np.bool_], face: tuple[int, int, int, int] | None, rng: np.random.Generator
) -> NDArray[np.uint16]:
    """Coverage of the clothes, 0..255: half an ellipse below hair or face, and all below it."""
    import cv2

    rows, columns = np.nonzero(hair)
    top, bottom, left, right = rows.min(), rows.max(), columns.min(), columns.max()
    tall, wide = bottom - top + 1, right - left + 1
    share = rng.uniform(0.45, 1.0) if tall > _LONG * wide else rng.uniform(0.95, 1.15)
    neck = top + share * tall
    if face is not None:
        neck = max(neck, face[1] + rng.uniform(1.0, 1.2) * face[3])
    half = round(wide * rng.uniform(0.65, 1.3))
    rise = round(half * rng.uniform(0.25, 0.7))
    column, row = round((left + right) / 2 + rng.normal(0, 0.08) * wide), round(neck) + rise
    shape = np.zeros(hair.shape, np.uint8)
    cv2.ellipse(shape, (column, row), (half, rise), rng.normal(0, 8), 0, 360, 255, -1)
    cv2.rectangle(shape, (column - half, row), (column + half, hair.shape[0]), 255, -1)
    return np.asarray(cv2.GaussianBlur(shape, (0, 0), 0.8), np.uint16)
