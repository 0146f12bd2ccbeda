"""Everything about a case that depends on the photo and the truth alone, computed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import hypot
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hairopt.images.compression_noise import compression_noise
from hairopt.metrics.boundary import Outline, band_width_px, inner_band, tolerance_px
from hairopt.metrics.boxes import bounding_box, contains
from hairopt.metrics.edge import sharpness
from hairopt.metrics.gradient import REACH_PX
from hairopt.metrics.hair_core import HairCore
from hairopt.metrics.lab import lab_from_srgb
from hairopt.metrics.surroundings import Surroundings
from hairopt.metrics.validate import require_image, require_mask
from hairopt.types import Box, ImageU8, MaskBool, MaskF32


def some_hair(truth: MaskF32) -> MaskBool:
    """Where there is hair at all: any coverage, as far as it is no noise of compression.

    The soft edge of a clean mask counts down to its faintest step. A mask that was once a JPEG
    rings up to 8 px beside the hair; taken for hair, the ringing would hide the bleed there.

    Args:
        truth: float32 (H, W) in [0, 1].
    """
    above: MaskBool = truth > np.float32(compression_noise(truth))
    return above


def margin_px(shape: tuple[int, ...]) -> int:
    """How far the core stays inside the truth and bleed outside it: 0.5 % of the diagonal, >= 1."""
    return max(1, round(0.005 * hypot(*shape[:2])))


@dataclass(frozen=True)
class TruthCase:
    """A photo and its truth mask, prepared for scoring any number of masks and pictures.

    Attributes:
        image: uint8 (H, W, 3), the photo.
        truth: float32 (H, W) in [0, 1], coverage.
        hair: bool (H, W), truth >= 0.5.
        band: the inner band of Boundary IoU.
        outline: the truth's outline, with the distances around it.
        tolerance_px: of the boundary F-score.
        near: what alphas are compared with, around the hair.
        sharpness: of the truth's edge, or None where it has none.
        core: the hair without its rim, where colour is judged.
        outside: bool (H, W), what lies beyond the dilated ``some_hair``.
        outside_px: how many pixels that are.
        touched: flat indices of ``some_hair``, where there are dyed pictures.
        dyed: CIELAB of the true pictures at those pixels, by shade.
    """

    image: ImageU8
    truth: MaskF32
    hair: MaskBool
    band: MaskBool
    outline: Outline
    tolerance_px: int
    near: Surroundings
    sharpness: float | None
    core: HairCore
    outside: MaskBool
    outside_px: int
    touched: NDArray[np.intp]
    dyed: Mapping[str, NDArray[np.float32]]

    @classmethod
    def prepare(
        cls, image: ImageU8, truth: MaskF32, dyed: Mapping[str, ImageU8] | None = None
    ) -> TruthCase:
        """Do the work that no variant, shade or intensity changes.

        Args:
            image: uint8 (H, W, 3) RGB.
            truth: float32 (H, W) in [0, 1].
            dyed: true pictures of the same head by shade name or hex, each like ``image``.

        Raises:
            UsageError: for another dtype, unequal shapes, NaN or values outside the range.
        """
        require_image(image, "image")
        require_mask(truth, "truth", image.shape)
        image, truth = np.ascontiguousarray(image), np.ascontiguousarray(truth)
        hair, touched = truth >= np.float32(0.5), some_hair(truth)
        margin, band_px = margin_px(truth.shape), band_width_px(truth.shape)
        near_box = bounding_box(truth > np.float32(0.0), band_px + REACH_PX)
        near = Surroundings.of(image, truth, near_box, margin)
        outside = _beyond(touched, margin)
        index = np.flatnonzero(touched) if dyed else np.empty(0, np.intp)
        return cls(
            image=image,
            truth=truth,
            hair=hair,
            band=inner_band(hair, band_px),
            outline=Outline.of(hair, within_px=band_px),
            tolerance_px=tolerance_px(hair.shape),
            near=near,
            sharpness=sharpness(near.gradient),
            core=HairCore.of(image, hair, margin),
            outside=outside,
            outside_px=int(np.count_nonzero(outside)),
            touched=index,
            dyed=_dyed_lab(dyed or {}, truth.shape, index),
        )

    @property
    def lightness_band(self) -> str | None:
        """``dark``, ``medium`` or ``light`` hair, for slices; None where there is no hair core."""
        return self.core.lightness_band

    @cached_property
    def everywhere(self) -> Surroundings:
        """The same as ``near`` for the whole picture, for alphas that reach beyond it."""
        whole = Box.full(*self.truth.shape)
        return Surroundings.of(self.image, self.truth, whole, margin_px(self.truth.shape))

    def around(self, alpha: MaskF32) -> Surroundings:
        """``near`` where alpha and its gradient are 0 outside it, else ``everywhere``."""
        extent = bounding_box(alpha > np.float32(0.0), REACH_PX)
        return self.near if contains(self.near.box, extent) else self.everywhere


def lab_at(picture: NDArray[Any], index: NDArray[np.intp]) -> NDArray[np.float32]:
    """CIELAB of the pixels of an sRGB picture (uint8, or float64 in [0, 255]) at flat indices.

    Returns:
        float32 (3, N).
    """
    return lab_from_srgb(np.take(picture.reshape(-1, 3), index, axis=0))


def _dyed_lab(
    dyed: Mapping[str, ImageU8], shape: tuple[int, ...], touched: NDArray[np.intp]
) -> dict[str, NDArray[np.float32]]:
    for shade, picture in dyed.items():
        require_image(picture, f"dyed[{shade!r}]", shape)
    return {shade: lab_at(picture, touched) for shade, picture in dyed.items()}


def _beyond(region: MaskBool, steps: int) -> MaskBool:
    """What lies outside a region after repeated 3x3 dilation."""
    import cv2

    kernel = np.ones((2 * steps + 1, 2 * steps + 1), np.uint8)
    beyond: MaskBool = ~cv2.dilate(region.view(np.uint8), kernel).view(np.bool_)
    return beyond
