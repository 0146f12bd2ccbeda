"""From the network's probabilities to coverage, at the photo's size, and the box that holds it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from hairopt.models.tensors import squash
from hairopt.pieces import PIECE_BYTES
from hairopt.types import Box, ImageU8, MaskF32

LOW, HIGH = 0.1, 0.9
"""Probabilities that count as no hair and as all hair."""

_MASK_BYTES_PER_PX = 8
"""Of the whole mask at the photo's size, and of the part of it that is wanted."""

_BANDS = 10
"""How many boxes follow the shape of the hair; at 1024 px, 8 to 12 take the least time."""


def coverage(mask: MaskF32) -> MaskF32:
    """Probability of hair to coverage: ``clip((p - LOW) / (HIGH - LOW), 0, 1)``.

    A network is never quite sure: on 168 photos of Figaro-1k, hairnet gives 65 % of all pixels a
    probability that would visibly tint them, where 34 % are hair. Blended as it is, that is a haze
    over skin and wall. The stretch takes it off (dye more than 1 % of the diagonal outside the
    hair: -22 % with hairnet, -29 % with MediaPipe's network) and leaves the outline at 0.5.

    Args:
        mask: float32 (h, w) in [0, 1].

    Returns:
        float32 (h, w) in [0, 1].
    """
    stretched = (mask - np.float32(LOW)) * np.float32(1 / (HIGH - LOW))
    return np.asarray(np.clip(stretched, np.float32(0), np.float32(1)))


def upsample(mask: MaskF32, height_px: int, width_px: int, box: Box | None = None) -> MaskF32:
    """A mask that covers the whole frame, at another resolution.

    Bilinear where it grows, area average where it shrinks; both keep [0, 1].

    Args:
        mask: float32 (h, w) in [0, 1].
        height_px: rows wanted.
        width_px: columns wanted.
        box: the part of it that is wanted; all where None.

    Returns:
        float32 (height_px, width_px) or (box height, box width), in [0, 1].
    """
    if box is not None and _is_enlarged_much(mask, height_px, width_px):
        return at_most_one(_enlarged(mask, height_px, width_px, box))
    large = resize_to(mask, height_px, width_px)
    wanted = large if box is None else large[box.slices]
    # The weights of a pixel add up to one only up to rounding.
    return wanted if large is mask else at_most_one(wanted)


def _is_enlarged_much(mask: MaskF32, height_px: int, width_px: int) -> bool:
    px = height_px * width_px
    return mask.size < px and _MASK_BYTES_PER_PX * px > PIECE_BYTES


def _enlarged(mask: MaskF32, height_px: int, width_px: int, box: Box) -> MaskF32:
    """A part of ``resize_to``, which goes along rows first, then along columns, bit for bit."""
    import cv2

    wide = cv2.resize(mask, (width_px, mask.shape[0]), interpolation=cv2.INTER_LINEAR)
    # OpenCV has a way of its own for a single column, which rounds differently.
    left = max(0, min(box.left, box.right - 2))
    right = min(width_px, max(box.right, left + 2))
    columns = np.ascontiguousarray(wide[:, left:right])
    size = (right - left, height_px)
    tall = cv2.resize(columns, size, interpolation=cv2.INTER_LINEAR)
    return np.array(tall[box.top : box.bottom, box.left - left : box.right - left])


def at_most_one(mask: MaskF32) -> MaskF32:
    """The mask, changed in place: what rounding carried above 1 is 1."""
    import cv2

    if mask.size:
        cv2.threshold(mask, 1.0, 1.0, cv2.THRESH_TRUNC, dst=mask)  # numpy takes 8 times as long
    return mask


def fit_image(image: ImageU8, mask: MaskF32) -> ImageU8:
    """The photo at the resolution of the mask: uint8 (h, w, 3) RGB."""
    return squash(image, mask.shape[0], mask.shape[1])


def hair_bands(mask: MaskF32, height_px: int, width_px: int, margin_px: float) -> tuple[Box, ...]:
    """The pixels of the photo in which the coverage of the mask can be above 0, as up to 10 boxes.

    Each holds the hair of its rows: on 20 photos of 1024 px, shipped ones and Figaro-1k's, they
    cover 0.41 of the frame, where one box around all hair covers 0.54.

    Args:
        mask: float32 (h, w) in [0, 1], probability at the network's resolution.
        height_px: rows of the photo.
        width_px: columns of the photo.
        margin_px: how far feathering may carry coverage, in pixels of the photo.

    Returns:
        Boxes that do not overlap, from top to bottom; none where there is no hair.
    """
    hair = mask > LOW
    rows = np.flatnonzero(hair.any(axis=1))
    if rows.size == 0:
        return ()
    first, last = _span(rows, mask.shape[0], height_px, margin_px)
    step = math.ceil((last - first) / _BANDS)
    scale = height_px / mask.shape[0]
    reach = margin_px + 2 * scale + 1
    bands = []
    for top in range(first, last, step):
        bottom = min(top + step, last)
        near = slice(max(0, math.floor((top - reach) / scale)), math.ceil((bottom + reach) / scale))
        columns = np.flatnonzero(hair[near].any(axis=0))
        if columns.size:
            left, right = _span(columns, mask.shape[1], width_px, margin_px)
            bands.append(Box(top, bottom, left, right))
    return tuple(bands)


def around(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds all of some; empty where there are none."""
    if not boxes:
        return Box(0, 0, 0, 0)
    return Box(
        min(box.top for box in boxes),
        max(box.bottom for box in boxes),
        min(box.left for box in boxes),
        max(box.right for box in boxes),
    )


def feather_reach_px(feather_px: float) -> float:
    """How far the Gaussian of feathering reaches: 3 standard deviations, in the same pixels."""
    return math.ceil(3 * feather_px)


def _span(hit: np.ndarray, cells: int, pixels: int, margin_px: float) -> tuple[int, int]:
    """One axis of the box; one more cell on both sides, because interpolation reaches that far."""
    scale = pixels / cells
    reach = margin_px + 2 * scale + 1
    first, last = hit[0] * scale - reach, (hit[-1] + 1) * scale + reach
    return max(0, math.floor(first)), min(pixels, math.ceil(last))


def resize_to(array: np.ndarray, height_px: int, width_px: int) -> np.ndarray:
    """A picture or mask at another size: area average where it shrinks, bilinear where it grows."""
    import cv2

    if array.shape[:2] == (height_px, width_px):
        return array
    shrinks = height_px * width_px < array.shape[0] * array.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(array, (width_px, height_px), interpolation=how))
