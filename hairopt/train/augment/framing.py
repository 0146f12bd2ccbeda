"""Choose the part of a photo that the network sees: small heads, whole photos, crops of hair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairopt.types import ImageU8

_ANY_WAY_UP = 0.12
"""Share of frames at any angle, of the photos that are not small, so that the network does not
learn that hair is always above a face."""
_ALIASING_BELOW = 0.6
"""Scale below which a photo is blurred before it is sampled."""


@dataclass(frozen=True)
class Frame:
    """A square part of a photo at the network's size.

    Attributes:
        image: uint8 (S, S, 3) RGB; outside the photo its border is continued.
        label: uint8 (S, S), 255 is hair; 0 outside the photo.
        inside: uint8 (S, S), 255 where the photo is.
    """

    image: ImageU8
    label: NDArray[np.uint8]
    inside: NDArray[np.uint8]


def frame(
    image: ImageU8,
    label: NDArray[np.uint8],
    side_px: int,
    small: float,
    crop: float,
    rng: np.random.Generator,
) -> Frame:
    """Cut a square out of a photo, randomly turned, mirrored and slightly stretched.

    Args:
        image: uint8 (H, W, 3) RGB.
        label: uint8 (H, W), 255 is hair.
        side_px: S, side of the result.
        small: share of frames with the photo at 0.28 to 0.9 of their size.
        crop: share of frames around a hair pixel, at 1.3 to 3.2 times.
        rng: decides everything.
    """
    import cv2

    matrix, scale = _matrix(label, side_px, small, crop, rng)
    source, coverage = image, label
    if scale < _ALIASING_BELOW:
        source, coverage = (
            np.asarray(cv2.GaussianBlur(pixels, (0, 0), 0.45 / scale), np.uint8)
            for pixels in (image, label)
        )
    size = (side_px, side_px)
    inside = np.full(label.shape, 255, np.uint8)
    return Frame(
        np.asarray(cv2.warpAffine(source, matrix, size, borderMode=cv2.BORDER_REPLICATE)),
        np.asarray(cv2.warpAffine(coverage, matrix, size)),
        np.asarray(cv2.warpAffine(inside, matrix, size)),
    )


def _matrix(
    label: NDArray[np.uint8], side_px: int, small: float, crop: float, rng: np.random.Generator
) -> tuple[NDArray[np.float32], float]:
    """The affine map from photo to frame, (2, 3), and its scale."""
    height, width = label.shape
    kind = rng.random()
    source = np.array([width / 2, height / 2])
    target = rng.uniform(0.4, 0.6, 2) * side_px
    if kind < small:
        zoom = rng.uniform(0.28, 0.9)
        target = np.array([rng.uniform(0.3, 0.7), rng.uniform(0.35, 0.8)]) * side_px
    elif kind < small + crop:
        zoom = rng.uniform(1.3, 3.2)
        rows, columns = np.nonzero(label[::4, ::4] > 127)
        if len(rows):
            chosen = int(rng.integers(len(rows)))
            source = 4.0 * np.array([columns[chosen], rows[chosen]])
            target = rng.uniform(0.25, 0.75, 2) * side_px
    else:
        zoom = rng.uniform(0.85, 1.7)
    fit = side_px / (max(height, width) if rng.random() < 0.5 else min(height, width))
    turn = _turned(rng, any_way_up=kind >= small and rng.random() < _ANY_WAY_UP) * fit * zoom
    matrix = np.hstack([turn, (target - turn @ source)[:, None]])
    return matrix.astype(np.float32), fit * zoom


def _turned(rng: np.random.Generator, *, any_way_up: bool) -> NDArray[np.float64]:
    """Rotation by about ten degrees or by any angle, mirroring, and 25 % of stretch, (2, 2)."""
    degrees = rng.uniform(-180, 180) if any_way_up else rng.normal(0, 10)
    stretch, angle = np.exp(rng.uniform(-0.22, 0.22)), np.deg2rad(degrees)
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return rotation @ np.diag([mirror * stretch, 1 / stretch])
