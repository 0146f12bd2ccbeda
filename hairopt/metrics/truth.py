"""Everything about a case that depends on the photo and the truth alone, computed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import hypot
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.boundary import (
    Outline,
    band_width_px,
    inner_band,
    tolerance_px,
)
from hairopt.metrics.boxes import bounding_box, contains, widened
from hairopt.metrics.color import LIGHTNESS_BANDS, lightness_band
from hairopt.metrics.edge import photo_edges, sharpness
from hairopt.metrics.gradient import REACH_PX, Gradient
from hairopt.metrics.lab import lab_from_srgb
from hairopt.metrics.texture import WINDOW_REACH_PX, LightnessTexture
from hairopt.metrics.validate import require_image, require_mask
from hairopt.types import Box, ImageU8, MaskBool, MaskF32


def margin_px(shape: tuple[int, ...]) -> int:
    """How far the core stays inside the truth and bleed outside it: 0.5 % of the diagonal, >= 1."""
    return max(1, round(0.005 * hypot(*shape[:2])))


@dataclass(frozen=True)
class Surroundings:
    """What alphas are compared with, in a rectangle of the picture.

    Attributes:
        box: the rectangle.
        gradient: of the truth within it.
        photo_edges: the photo's own edges within it.
    """

    box: Box
    gradient: Gradient
    photo_edges: Gradient

    @classmethod
    def of(cls, truth: MaskF32, lightness: NDArray[np.float32], box: Box) -> Surroundings:
        """Prepare a rectangle outside which the truth is 0; an empty one becomes the corner."""
        box = Box(0, 1, 0, 1) if box.is_empty else box
        margin = margin_px(truth.shape)
        outer = widened(box, margin + REACH_PX, truth.shape)
        edges = photo_edges(np.ascontiguousarray(lightness[outer.slices]), margin)
        inner = Box(
            box.top - outer.top,
            box.bottom - outer.top,
            box.left - outer.left,
            box.right - outer.left,
        ).slices
        parts = (edges.x[inner], edges.y[inner], edges.magnitude[inner])
        return cls(box, Gradient.of(np.ascontiguousarray(truth[box.slices])), Gradient(*parts))


@dataclass(frozen=True)
class TruthCase:
    """A photo and its truth mask, prepared for scoring any number of masks and pictures.

    Attributes:
        image: uint8 (H, W, 3), the photo.
        truth: float32 (H, W) in [0, 1], coverage.
        hair: bool (H, W), truth >= 0.5.
        band: the inner band of Boundary IoU.
        outline: the truth's outline and the distance of every pixel to it.
        tolerance_px: of the boundary F-score.
        near: what alphas are compared with, around the hair.
        sharpness: of the truth's edge, or None where it has none.
        lab: CIELAB of the photo, float32 (3, H * W).
        core: flat indices of the hair core: hair, eroded by ``margin_px``.
        core_lab: CIELAB of the photo there, float32 (3, N).
        core_band: lightness band of every core pixel.
        box: the rectangle around the core, with room for the texture window.
        core_in_box: bool, the core within it.
        core_box_index: flat indices of the core within it.
        texture: the photo's lightness within it.
        outside: bool (H, W), what lies beyond the dilated truth.
        outside_px: how many pixels that are.
        touched: flat indices of all pixels with some hair, where there are dyed pictures.
        dyed: CIELAB of the true pictures at those pixels, by shade.
        lightness: mean L* of the core in the photo, or None where it is empty.
        lightness_band: dark, medium or light, for slices; None where the core is empty.
    """

    image: ImageU8
    truth: MaskF32
    hair: MaskBool
    band: MaskBool
    outline: Outline
    tolerance_px: int
    near: Surroundings
    sharpness: float | None
    lab: NDArray[np.float32]
    core: NDArray[np.intp]
    core_lab: NDArray[np.float32]
    core_band: NDArray[np.uint8]
    box: Box
    core_in_box: MaskBool
    core_box_index: NDArray[np.intp]
    texture: LightnessTexture
    outside: MaskBool
    outside_px: int
    touched: NDArray[np.intp]
    dyed: Mapping[str, NDArray[np.float32]]
    lightness: float | None
    lightness_band: str | None

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
        hair = truth >= np.float32(0.5)
        margin = margin_px(truth.shape)
        lab = lab_from_srgb(image.reshape(-1, 3))
        lightness = lab[0].reshape(truth.shape)
        core_map = _eroded(hair, margin)
        core = np.flatnonzero(core_map)
        box = bounding_box(core_map, WINDOW_REACH_PX)
        core_in_box = np.ascontiguousarray(core_map[box.slices])
        outside = ~_dilated(truth > 0.0, margin)
        touched = np.flatnonzero(truth > 0.0) if dyed else np.empty(0, np.intp)
        core_lab = np.take(lab, core, axis=1)
        mean_lightness = float(core_lab[0].mean(dtype=np.float64)) if core.size else None
        room = band_width_px(truth.shape) + REACH_PX
        near = Surroundings.of(truth, lightness, bounding_box(truth > 0.0, room))
        return cls(
            image=image,
            truth=truth,
            hair=hair,
            band=inner_band(hair, band_width_px(hair.shape)),
            outline=Outline.of(hair, within_px=band_width_px(hair.shape)),
            tolerance_px=tolerance_px(hair.shape),
            near=near,
            sharpness=sharpness(near.gradient),
            lab=lab,
            core=core,
            core_lab=core_lab,
            core_band=lightness_band(core_lab[0]),
            box=box,
            core_in_box=core_in_box,
            core_box_index=np.flatnonzero(core_in_box),
            texture=LightnessTexture.of(lightness[box.slices]),
            outside=outside,
            outside_px=int(np.count_nonzero(outside)),
            touched=touched,
            dyed=_dyed_lab(dyed or {}, truth.shape, touched),
            lightness=mean_lightness,
            lightness_band=_name_of(mean_lightness),
        )

    @cached_property
    def everywhere(self) -> Surroundings:
        """The same as ``near`` for the whole picture, for alphas that reach beyond it."""
        height, width = self.truth.shape
        lightness = self.lab[0].reshape(self.truth.shape)
        return Surroundings.of(self.truth, lightness, Box.full(height, width))

    def around(self, alpha: MaskF32) -> Surroundings:
        """``near`` where alpha and its gradient are 0 outside it, else ``everywhere``."""
        extent = bounding_box(alpha > 0.0, REACH_PX)
        return self.near if contains(self.near.box, extent) else self.everywhere

    def colors_in_box(self, picture: ImageU8) -> NDArray[np.float32]:
        """CIELAB of a picture within ``box``, float32 (3, h, w)."""
        cut = np.ascontiguousarray(picture[self.box.slices])
        return lab_from_srgb(cut.reshape(-1, 3)).reshape(3, *cut.shape[:2])

    def colors_at(self, picture: NDArray[Any], index: NDArray[np.intp]) -> NDArray[np.float32]:
        """CIELAB of a picture's pixels at flat indices, float32 (3, N)."""
        return lab_from_srgb(np.take(picture.reshape(-1, 3), index, axis=0))


def _dyed_lab(
    dyed: Mapping[str, ImageU8], shape: tuple[int, ...], touched: NDArray[np.intp]
) -> dict[str, NDArray[np.float32]]:
    for shade, picture in dyed.items():
        require_image(picture, f"dyed[{shade!r}]", shape)
    return {
        shade: lab_from_srgb(np.take(picture.reshape(-1, 3), touched, axis=0))
        for shade, picture in dyed.items()
    }


def _eroded(region: MaskBool, steps: int) -> MaskBool:
    """3x3 erosion, repeated; the frame does not erode."""
    import cv2

    kernel = np.ones((2 * steps + 1, 2 * steps + 1), np.uint8)
    eroded: MaskBool = cv2.erode(region.view(np.uint8), kernel).view(np.bool_)
    return eroded


def _dilated(region: MaskBool, steps: int) -> MaskBool:
    import cv2

    kernel = np.ones((2 * steps + 1, 2 * steps + 1), np.uint8)
    dilated: MaskBool = cv2.dilate(region.view(np.uint8), kernel).view(np.bool_)
    return dilated


def _name_of(lightness: float | None) -> str | None:
    if lightness is None:
        return None
    return LIGHTNESS_BANDS[int(lightness_band(np.array([lightness], np.float32))[0])]
