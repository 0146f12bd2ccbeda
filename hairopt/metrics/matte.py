"""The four errors of the matting benchmark, over the whole picture.

Source: Rhemann et al., "A perceptually motivated online benchmark for image matting", CVPR 2009.
The benchmark sums over the unknown part of a trimap; a truth mask has none, so every pixel counts.
As is usual, the three sums are given in thousands of pixels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.boxes import bounding_box
from hairopt.metrics.validate import require_mask
from hairopt.types import MaskBool, MaskF32

_STEPS = tuple(float(step) for step in np.arange(1, 11) / 10)
_LEVEL_OF_COUNT = np.array((0.0, *_STEPS), np.float32)
_CONNECTED_WITHIN = 0.15


def matte_sad(alpha: MaskF32, truth: MaskF32) -> float:
    """Sum of |alpha - truth| / 1000; 0 or more, lower is better; always defined.

    Raises:
        UsageError: for another dtype, unequal shapes, NaN or values outside [0, 1].
    """
    import cv2

    _require(alpha, truth)
    return float(cv2.norm(alpha, truth, cv2.NORM_L1)) / 1000.0


def matte_mse(alpha: MaskF32, truth: MaskF32) -> float:
    """Mean of (alpha - truth)^2; 0..1, lower is better; always defined.

    Raises:
        UsageError: for another dtype, unequal shapes, NaN or values outside [0, 1].
    """
    import cv2

    _require(alpha, truth)
    # The sum is a square of a root, which can round to a hair above the number of pixels.
    return min(1.0, float(cv2.norm(alpha, truth, cv2.NORM_L2SQR)) / alpha.size)


def matte_gradient(alpha: NDArray[np.float32], truth: NDArray[np.float32]) -> float:
    """Sum of (|grad alpha| - |grad truth|)^2 / 1000; 0 or more, lower is better.

    Args:
        alpha: gradient magnitude of the alpha, float32 (H, W), from ``Gradient.of``.
        truth: gradient magnitude of the truth.
    """
    import cv2

    return float(cv2.norm(alpha, truth, cv2.NORM_L2SQR)) / 1000.0


def matte_connectivity(alpha: MaskF32, truth: MaskF32) -> float:
    """Sum of |phi(alpha) - phi(truth)| / 1000; 0 or more, lower is better; always defined.

    The source region at level t is the largest 4-connected part of {alpha >= t and truth >= t}.
    l is the greatest of 0, 0.1 .. 1 up to which a pixel has belonged to it, d = value - l, and
    phi = 1 - d where d >= 0.15, else 1.

    Raises:
        UsageError: for another dtype, unequal shapes, NaN or values outside [0, 1].
    """
    _require(alpha, truth)
    either = np.maximum(alpha, truth) >= np.float32(_STEPS[0])
    window = bounding_box(either).slices
    alpha, truth = alpha[window], truth[window]
    both = np.minimum(alpha, truth)
    regions = [both >= np.float32(step) for step in _STEPS]
    seed = _seed(regions)
    count = np.zeros(both.shape, np.uint8)
    connected = np.ones(both.shape, np.bool_)
    for region in regions:
        connected &= _largest_part(region, seed)
        count += connected.view(np.uint8)
    levels = _LEVEL_OF_COUNT[count]
    difference = _disconnection(alpha, levels) - _disconnection(truth, levels)
    return float(np.abs(difference).sum(dtype=np.float64)) / 1000.0


def _disconnection(values: MaskF32, levels: MaskF32) -> NDArray[np.float32]:
    """1 - phi."""
    gap = values - levels
    gap *= gap >= np.float32(_CONNECTED_WITHIN)
    return gap


def _seed(regions: list[MaskBool]) -> tuple[int, int] | None:
    """A pixel (x, y) of the highest region's largest part: it lies in all regions, well inside."""
    for region in reversed(regions):
        if region.any():
            row, column = np.unravel_index(int(_largest_part(region, None).argmax()), region.shape)
            return int(column), int(row)
    return None


def _largest_part(region: MaskBool, seed: tuple[int, int] | None) -> MaskBool:
    """The largest 4-connected part; of equals, the first in reading order."""
    import cv2

    pixels = int(np.count_nonzero(region))
    if seed is not None and pixels:
        # Filling from inside is ten times faster than labelling. More than half cannot be beaten.
        filled = np.array(region, np.uint8, order="C")
        part_px = cv2.floodFill(filled, None, seed, 2, flags=4)[0] if filled[seed[::-1]] else 0
        if 2 * part_px > pixels:
            return np.asarray(filled == 2)
    if pixels == 0:
        return region
    _, labels = cv2.connectedComponents(region.view(np.uint8), connectivity=4)
    part: MaskBool = labels == 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    return part


def _require(alpha: MaskF32, truth: MaskF32) -> None:
    require_mask(truth, "truth")
    require_mask(alpha, "alpha", truth.shape)
