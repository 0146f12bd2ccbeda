"""Stage postprocess: the mask's edge, and the blend of the dyed layer with the photo."""

from __future__ import annotations

import numpy as np

from hairopt.stages.mask import coverage, feather_reach_px, fit_image, upsample
from hairopt.types import Box, ImageU8, MaskF32

_RADIUS_SHARE = 1 / 32
"""Radius of the guided filter's window, as a share of the longer side of the mask."""

_EPSILON = 0.004
"""Variance of the luminance (0..1) below which an edge of the photo does not steer the mask."""

_LOW, _HIGH = 0.2, 0.8
"""Guided coverage that counts as none and as all: the filter spreads what it smooths."""


def refine(
    mask: MaskF32,
    image: ImageU8,
    box: Box,
    *,
    feather_px: float,
    feather_at: str,
    anti_bleed: bool,
) -> MaskF32:
    """Coverage, then anti-bleed, then a Gaussian feather.

    Anti-bleed removes dye that leaks over skin and background beside the hair. It is a guided
    filter (He, Sun & Tang, "Guided image filtering", TPAMI 2013, equations 5, 6 and 8): within
    every window the mask is fitted as a linear function of the photo's luminance, so its edge
    moves to the edge of the photo next to it. A smooth step from 0.2 to 0.8 then takes back what
    the filter spread, and where the network saw no hair at all none is added.

    Measured without feather on 112 photos of Figaro-1k with hand-made masks (none of the 56 that
    the constants were chosen on), against the plain coverage: dye more than 1 % of the diagonal
    outside the hair -13 % with hairnet and -20 % with MediaPipe's network, mean IoU +0.6 and +0.3
    points, Boundary IoU +2.2 and +2.5 points, coverage deep inside the hair +0.7 and +0.5 points.
    It cannot repair a whole region that the network got wrong, such as a dark hat.

    Args:
        mask: float32 (h, w) in [0, 1] at the network's resolution, covering the whole frame.
        image: uint8 (H, W, 3) RGB, the photo.
        box: the pixels of the photo for which alpha is wanted.
        feather_px: standard deviation of the Gaussian in pixels of the photo; 0 is off.
        feather_at: ``mask`` works at the network's resolution and enlarges the result once;
            ``image`` enlarges first and works at the photo's resolution.
        anti_bleed: whether leakage is removed.

    Returns:
        float32 (box height, box width) in [0, 1]; exactly 0 far from the hair.
    """
    height, width = image.shape[:2]
    if box.is_empty:
        return np.zeros((0, 0), np.float32)
    if feather_at == "mask":
        alpha = _refine_at(mask, fit_image(image, mask) if anti_bleed else None)
        across = feather_px * mask.shape[1] / width
        down = feather_px * mask.shape[0] / height
        return upsample(_feather(alpha, across, down), height, width)[box.slices]
    # The box is worked on with a margin, so that its alpha does not depend on where it ends.
    around, inner = _grown(box, height, width, feather_px, anti_bleed)
    large = upsample(mask, height, width)[around.slices]
    radius = _radius(height, width)
    alpha = _refine_at(large, image[around.slices] if anti_bleed else None, radius)
    return _feather(alpha, feather_px, feather_px)[inner]


def plain(mask: MaskF32, image: ImageU8, box: Box) -> MaskF32:
    """The alpha without postprocessing: the coverage, enlarged; as ``refine`` with all off."""
    if box.is_empty:
        return np.zeros((0, 0), np.float32)
    return upsample(coverage(mask), *image.shape[:2])[box.slices]


def blend(image: ImageU8, dyed: ImageU8, alpha: MaskF32, box: Box) -> ImageU8:
    """The photo with the dyed layer over it: ``photo + alpha (dyed - photo)`` within the box.

    Args:
        image: uint8 (H, W, 3) RGB, the photo.
        dyed: uint8 (box height, box width, 3) RGB.
        alpha: float32 (box height, box width) in [0, 1].
        box: where the two belong.

    Returns:
        uint8 (H, W, 3) RGB, a new array; byte for byte the photo outside the box and where
        alpha is 0.
    """
    import cv2

    out = np.array(image)
    if not box.is_empty:
        photo = np.ascontiguousarray(image[box.slices])
        alpha = np.ascontiguousarray(alpha)
        out[box.slices] = cv2.blendLinear(dyed, photo, alpha, 1 - alpha)
    return out


def _radius(height: int, width: int) -> int:
    return max(1, round(max(height, width) * _RADIUS_SHARE))


def _refine_at(mask: MaskF32, image: ImageU8 | None, radius: int | None = None) -> MaskF32:
    """Coverage and anti-bleed at the resolution of the arrays."""
    alpha = coverage(mask)
    if image is None:
        return alpha
    guided = _guided_filter(image, alpha, radius or _radius(*mask.shape))
    step = np.clip((guided - np.float32(_LOW)) * np.float32(1 / (_HIGH - _LOW)), 0, 1)
    smooth = step * step * (3 - 2 * step)
    smooth[alpha == 0] = 0
    return np.asarray(smooth, dtype=np.float32)


def _guided_filter(image: ImageU8, mask: MaskF32, radius: int) -> MaskF32:
    import cv2

    side = (2 * radius + 1, 2 * radius + 1)
    guide = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) * np.float32(1 / 255)
    guide_mean, mask_mean = cv2.blur(guide, side), cv2.blur(mask, side)
    covariance = cv2.blur(guide * mask, side) - guide_mean * mask_mean
    variance = cv2.blur(guide * guide, side) - guide_mean * guide_mean
    slope = covariance / (np.maximum(variance, 0) + np.float32(_EPSILON))  # equation 5
    offset = mask_mean - slope * guide_mean  # equation 6
    return np.asarray(cv2.blur(slope, side) * guide + cv2.blur(offset, side))  # equation 8


def _feather(alpha: MaskF32, across_px: float, down_px: float) -> MaskF32:
    """A Gaussian of finite reach, so that what is far from the hair stays exactly 0."""
    import cv2

    if across_px <= 0 or down_px <= 0:
        return alpha
    side = tuple(2 * max(1, int(feather_reach_px(sigma))) + 1 for sigma in (across_px, down_px))
    blurred = cv2.GaussianBlur(
        alpha, side, sigmaX=across_px, sigmaY=down_px, borderType=cv2.BORDER_REPLICATE
    )
    return np.asarray(np.clip(blurred, 0, 1), dtype=np.float32)


def _grown(
    box: Box, height: int, width: int, feather_px: float, anti_bleed: bool
) -> tuple[Box, tuple[slice, slice]]:
    """The box with the reach of all filters around it, and the place of the box within that."""
    reach = int(feather_reach_px(feather_px)) + 1
    if anti_bleed:
        reach += 2 * _radius(height, width) + 1
    around = Box(
        max(0, box.top - reach),
        min(height, box.bottom + reach),
        max(0, box.left - reach),
        min(width, box.right + reach),
    )
    rows = slice(box.top - around.top, box.bottom - around.top)
    columns = slice(box.left - around.left, box.right - around.left)
    return around, (rows, columns)
