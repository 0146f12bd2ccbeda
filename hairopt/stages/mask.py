"""From the network's probabilities to coverage at the photo's size, and boxes around the hair."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from hairopt.models.squash import squash
from hairopt.pieces import PIECE_BYTES
from hairopt.types import Box, ImageU8, MaskF32

LOW, HIGH = 0.1, 0.9
"""Probabilities that become coverage 0 and coverage 1."""

_MASK_BYTES_PER_PX = 8
"""Bytes per pixel of the whole mask at the photo's size, and of the returned part."""

_SMALL_PX = 160
"""Longest side of a small mask."""

_BANDS = 10
"""Number of boxes around the hair; at 1024 px, 8 to 12 take the least time."""


def coverage(mask: MaskF32) -> MaskF32:
    """Probability of hair to coverage: ``clip((p - LOW) / (HIGH - LOW), 0, 1)``.

    Networks give small probabilities to pixels that are not hair: on 168 photos of Figaro-1k,
    hairnet gives 65 % of all pixels a probability that would visibly tint them, but only 34 % are
    hair. Without the stretch, skin and background would be slightly dyed. With it, dye more than
    1 % of the diagonal outside the hair falls by 22 % with hairnet and by 29 % with MediaPipe's
    network; the outline stays at 0.5.

    Args:
        mask: float32 (h, w) in [0, 1].

    Returns:
        float32 (h, w) in [0, 1].
    """
    stretched = (mask - np.float32(LOW)) * np.float32(1 / (HIGH - LOW))
    return np.asarray(np.clip(stretched, np.float32(0), np.float32(1)))


def upsample(mask: MaskF32, height_px: int, width_px: int, box: Box | None = None) -> MaskF32:
    """Resize a mask that covers the whole frame.

    Bilinear when it is enlarged, area average when it is reduced; both keep [0, 1].

    Args:
        mask: float32 (h, w) in [0, 1].
        height_px: rows of the whole result.
        width_px: columns of the whole result.
        box: the part of the result that is returned; None for all of it.

    Returns:
        float32 (height_px, width_px) or (box height, box width), in [0, 1].
    """
    if box is not None and _is_enlarged_much(mask, height_px, width_px):
        return at_most_one(_enlarged(mask, height_px, width_px, box))
    large = resize_to(mask, height_px, width_px)
    wanted = large if box is None else large[box.slices]
    # With rounding errors the weights of a pixel can add up to slightly more than 1.
    return wanted if large is mask else at_most_one(wanted)


def _is_enlarged_much(mask: MaskF32, height_px: int, width_px: int) -> bool:
    px = height_px * width_px
    return mask.size < px and _MASK_BYTES_PER_PX * px > PIECE_BYTES


def _enlarged(mask: MaskF32, height_px: int, width_px: int, box: Box) -> MaskF32:
    """A part of the result of ``resize_to`` (rows first, then columns), equal bit for bit."""
    import cv2

    wide = cv2.resize(mask, (width_px, mask.shape[0]), interpolation=cv2.INTER_LINEAR)
    # OpenCV has a separate method for a single column, which rounds differently.
    left = max(0, min(box.left, box.right - 2))
    right = min(width_px, max(box.right, left + 2))
    columns = np.ascontiguousarray(wide[:, left:right])
    size = (right - left, height_px)
    tall = cv2.resize(columns, size, interpolation=cv2.INTER_LINEAR)
    return np.array(tall[box.top : box.bottom, box.left - left : box.right - left])


def at_most_one(mask: MaskF32) -> MaskF32:
    """Limit a mask to 1, in place: rounding errors can exceed it."""
    import cv2

    if mask.size:
        cv2.threshold(mask, 1.0, 1.0, cv2.THRESH_TRUNC, dst=mask)  # numpy takes 8 times as long
    return mask


def fit_image(image: ImageU8, mask: MaskF32) -> ImageU8:
    """The photo at the resolution of the mask: uint8 (h, w, 3) RGB."""
    return np.asarray(resize_to(finer_image(image, mask), *mask.shape), np.uint8)


def finer_image(image: ImageU8, mask: MaskF32) -> ImageU8:
    """The photo at the size of the mask, or at twice its sides where the mask is small.

    Such a mask is mostly that of a trimmed network, to whose input, twice as large, the photo was
    resized already.

    Returns:
        uint8 (h, w, 3) or (2 h, 2 w, 3) RGB; the latter only where the photo is as large.
    """
    height, width = mask.shape
    is_small = max(height, width) <= _SMALL_PX
    if is_small and 2 * height <= image.shape[0] and 2 * width <= image.shape[1]:
        return squash(image, 2 * height, 2 * width)
    return squash(image, height, width)


def hair_bands(mask: MaskF32, height_px: int, width_px: int, margin_px: float) -> tuple[Box, ...]:
    """Up to 10 boxes that contain all pixels of the photo with a coverage above 0.

    Each box contains the hair of its rows. On 20 photos of 1024 px, shipped ones and Figaro-1k's,
    they cover 0.41 of the frame; one box around all hair covers 0.54.

    Args:
        mask: float32 (h, w) in [0, 1], probability at the network's resolution.
        height_px: rows of the photo.
        width_px: columns of the photo.
        margin_px: reach of feathering, in pixels of the photo.

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
    reach = _reach_px(scale, margin_px)
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
    """The smallest box that contains all given boxes; empty if there are none."""
    if not boxes:
        return Box(0, 0, 0, 0)
    return Box(
        min(box.top for box in boxes),
        max(box.bottom for box in boxes),
        min(box.left for box in boxes),
        max(box.right for box in boxes),
    )


def feather_reach_px(feather_px: float) -> float:
    """Reach of feathering: 3 standard deviations of the Gaussian, in the same pixels."""
    return math.ceil(3 * feather_px)


def _reach_px(scale: float, margin_px: float) -> float:
    """How far from a cell of the mask its coverage reaches, in pixels of the photo.

    Enlarged in one step it is half a cell; in two, as small masks are, three quarters.
    """
    return margin_px + scale + 1


def _span(hit: np.ndarray, cells: int, pixels: int, margin_px: float) -> tuple[int, int]:
    """One axis of the box, one cell larger on both sides: interpolation reaches that far."""
    scale = pixels / cells
    reach = _reach_px(scale, margin_px)
    first, last = hit[0] * scale - reach, (hit[-1] + 1) * scale + reach
    return max(0, math.floor(first)), min(pixels, math.ceil(last))


def resize_to(array: np.ndarray, height_px: int, width_px: int) -> np.ndarray:
    """Resize a picture or mask: area average when reduced, bilinear when enlarged."""
    import cv2

    if array.shape[:2] == (height_px, width_px):
        return array
    shrinks = height_px * width_px < array.shape[0] * array.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(array, (width_px, height_px), interpolation=how))
