"""Imitate a view from behind: cover the face with the head's own hair.

Free portraits show faces. A network trained only on these learns that hair surrounds a face, and
does not find hair on the backs of heads.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairopt.train.augment.recolour import blend
from hairopt.types import ImageU8

_PATCH_SHARE = 0.6
"""Share of covered faces that get mirrored patches of the hair. The others get drawn strands; with
drawn strands alone a network learns to distinguish them from hair."""

_LEAST_HAIR_PX = 400
_LEAST_PATCH_PX = 14


def paint_over_face(
    image: ImageU8,
    label: NDArray[np.uint8],
    face: tuple[int, int, int, int],
    rng: np.random.Generator,
) -> tuple[ImageU8, NDArray[np.uint8]]:
    """Cover a face with hair and label it hair.

    Args:
        image: uint8 (H, W, 3) RGB.
        label: uint8 (H, W), 255 is hair.
        face: (left, top, width, height) in pixels.
        rng: decides the texture.

    Returns:
        New picture and label; the given ones if there is too little hair.
    """
    import cv2

    left, top, width, height = face
    palette = _colours_near(image, label, face)
    if len(palette) < _LEAST_HAIR_PX:
        return image, label
    size = (round(1.25 * height), round(1.3 * width))
    texture = _patches(image, label, size, rng) if rng.random() < _PATCH_SHARE else None
    if texture is None:
        texture = _strands(palette, size, rng)
    texture = _waved(_shaded(texture, palette, rng), rng)
    painted = _pasted(image, texture, left + width // 2, top - round(0.1 * height))
    oval = np.zeros(label.shape, np.uint8)
    centre = (left + width // 2, round(top + 0.52 * height))
    cv2.ellipse(oval, centre, (round(0.62 * width), round(0.7 * height)), 0, 0, 360, 255, -1)
    oval[: max(0, top - round(0.1 * height))] = 0
    oval[round(top + 1.1 * height) :] = 0
    soft = np.asarray(cv2.GaussianBlur(oval, (0, 0), max(1.0, 0.03 * width)), np.uint8)
    return blend(image, painted, soft), np.maximum(label, soft)


def _colours_near(
    image: ImageU8, label: NDArray[np.uint8], face: tuple[int, int, int, int]
) -> ImageU8:
    """The colours of the hair around a face, (N, 3)."""
    left, top, width, height = face
    rows = slice(max(0, top - height), top + height)
    columns = slice(max(0, left - width), left + 2 * width)
    return np.asarray(image[rows, columns][label[rows, columns] > 127])


def _patches(
    image: ImageU8, label: NDArray[np.uint8], size: tuple[int, int], rng: np.random.Generator
) -> ImageU8 | None:
    """A piece of the hair, tiled by mirroring; None if no piece is large enough."""
    import cv2

    depth = cv2.distanceTransform((label > 160).astype(np.uint8), cv2.DIST_L2, 3)
    rows, columns = np.nonzero(depth > max(8.0, 0.6 * float(depth.max())))
    if not len(rows):
        return None
    chosen = int(rng.integers(len(rows)))
    row, column = int(rows[chosen]), int(columns[chosen])
    half = int(depth[row, column] * 0.7)
    patch = image[max(0, row - half) : row + half, max(0, column - half) : column + half]
    if min(patch.shape[:2]) < _LEAST_PATCH_PX:
        return None
    if rng.random() < 0.5:
        patch = np.ascontiguousarray(patch.transpose(1, 0, 2))
    # Small tiles would repeat visibly, which hair does not.
    zoom = max(rng.uniform(0.7, 2.0), min(2.5, 0.4 * size[1] / patch.shape[1]))
    patch = np.asarray(cv2.resize(patch, None, fx=zoom, fy=zoom))
    pads = [(0, max(0, wanted - have)) for wanted, have in zip(size, patch.shape[:2], strict=True)]
    tiled: ImageU8 = np.pad(patch, (*pads, (0, 0)), mode="symmetric")
    return tiled[: size[0], : size[1]]


def _strands(palette: ImageU8, size: tuple[int, int], rng: np.random.Generator) -> ImageU8:
    """Vertical strands in the colours of the hair."""
    import cv2

    height, width = size
    row = palette[rng.integers(len(palette), size=width // 2 + 2)][None]
    row = np.asarray(cv2.resize(row, (width, 1), interpolation=cv2.INTER_LINEAR))
    return np.repeat(row, height, axis=0)


def _shaded(texture: ImageU8, palette: ImageU8, rng: np.random.Generator) -> ImageU8:
    """The texture with slow changes of light, taken from the colours of the hair."""
    import cv2

    height, width = texture.shape[:2]
    cells = palette[rng.integers(len(palette), size=(4, 5))]
    slow = cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    lit = texture * np.float32(rng.uniform(0.75, 1.15)) + 0.3 * (slow - slow.mean(axis=(0, 1)))
    return np.asarray(np.clip(lit, 0, 255), np.uint8)


def _waved(texture: ImageU8, rng: np.random.Generator) -> ImageU8:
    """The texture with its rows shifted along a sine curve."""
    import cv2

    height, width = texture.shape[:2]
    rows = np.arange(height, dtype=np.float32)[:, None]
    shift = rng.uniform(0, 6) * np.sin(rows / rng.uniform(15, 60) * 6.28 + rng.uniform(0, 6.3))
    columns = np.arange(width, dtype=np.float32)[None] + shift.astype(np.float32)
    rows = np.repeat(rows, width, axis=1)
    moved = cv2.remap(texture, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved).astype(np.uint8)


def _pasted(image: ImageU8, texture: ImageU8, centre_column: int, top: int) -> ImageU8:
    """A copy of the picture with the texture in it, cut at the border."""
    height, width = texture.shape[:2]
    left = centre_column - width // 2
    out: ImageU8 = image.copy()
    rows = slice(max(0, top), min(image.shape[0], top + height))
    columns = slice(max(0, left), min(image.shape[1], left + width))
    out[rows, columns] = texture[
        rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
    ]
    return out
