"""Everything about a case that depends on the photo and the truth alone, computed once."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import hypot, prod

import numpy as np
from numpy.typing import NDArray

from hairopt.images.compression_noise import compression_noise
from hairopt.metrics.alpha import SoftTruth, soft_band
from hairopt.metrics.boundary import Outline, band_width_px, inner_band, tolerance_px
from hairopt.metrics.boxes import bounding_box, contains, hull
from hairopt.metrics.color import hair_band
from hairopt.metrics.edge import EdgeSums, width_reach_px
from hairopt.metrics.gradient import REACH_PX
from hairopt.metrics.hair_core import HairCore
from hairopt.metrics.lab import lab_from_srgb
from hairopt.metrics.locks import LockGrid, LockSums, lock_side_px
from hairopt.metrics.outside import Outside
from hairopt.metrics.parts import Parts
from hairopt.metrics.roughness import VariationSums, smoothing_px
from hairopt.metrics.surroundings import Surroundings
from hairopt.metrics.texture import WINDOW_REACH_PX
from hairopt.metrics.validate import require_image, require_mask
from hairopt.pieces import Piece, in_pieces, pieces
from hairopt.raster import Coverage, Pixels
from hairopt.types import Box, MaskBool, MaskF32

WHOLE_PX = 3_000_000
"""Up to here a picture is scored in one piece, what depends on the truth alone being kept: 180
bytes for each pixel. A larger one is scored in pieces, each prepared again for every answer."""

PIECE_BYTES = 150_000_000
"""What the arrays of a piece of a larger picture may take together."""

_CORE_BYTES_PER_PX = 110
_NEAR_BYTES_PER_PX = 70
_TOUCHED_BYTES_PER_PX = 160
_OUTSIDE_BYTES_PER_PX = 110
_SOFT_BYTES_PER_PX = 24
_BAND_BYTES_PER_PX = 8
_PLANE_BYTES_PER_PX = 12


def is_large(shape: tuple[int, ...]) -> bool:
    """Whether a picture (H, W, ...) is scored in pieces."""
    return prod(shape[:2]) > WHOLE_PX


def some_hair(truth: MaskF32, noise: float) -> MaskBool:
    """Where there is hair at all: any coverage, as far as it is no noise of compression.

    The soft edge of a clean mask counts down to its faintest step. A mask that was once a JPEG
    rings up to 8 px beside the hair; taken for hair, the ringing would hide the bleed there.

    Args:
        truth: float32 (h, w) in [0, 1], a part of a mask.
        noise: ``compression_noise`` of all of it.
    """
    above: MaskBool = truth > np.float32(noise)
    return above


def margin_px(shape: tuple[int, ...]) -> int:
    """How far the core stays inside the truth and bleed outside it: 0.5 % of the diagonal, >= 1."""
    return max(1, round(0.005 * hypot(*shape[:2])))


def set_of(plane: Pixels, level: float, most_bytes: int) -> MaskBool:
    """Where a plane, float32 (H, W), reaches a level; bool (H, W)."""
    return in_pieces(
        lambda piece: np.asarray(plane[piece.inner.slices] >= np.float32(level)),
        Box.full(*plane.shape[:2]),
        bytes_per_px=_PLANE_BYTES_PER_PX,
        most_bytes=most_bytes,
    )


@dataclass(frozen=True)
class TruthCase:
    """A photo and its truth mask, prepared for scoring any number of masks and pictures.

    Attributes:
        image: uint8 (H, W, 3), the photo.
        truth: float32 (H, W) in [0, 1], coverage.
        dyed: true pictures of the same head by shade, each like ``image``.
        most_bytes: what the arrays of a step may take together.
        noise: coverage up to which the truth is noise of compression.
    """

    image: Pixels
    truth: Pixels
    dyed: Mapping[str, Pixels]
    most_bytes: int
    noise: float

    @classmethod
    def prepare(
        cls,
        image: Pixels,
        truth: Pixels,
        dyed: Mapping[str, Pixels] | None = None,
        most_bytes: int | None = None,
    ) -> TruthCase:
        """Check a photo and its truth; what no variant, shade or intensity changes is kept.

        Args:
            image: uint8 (H, W, 3) RGB.
            truth: float32 (H, W) in [0, 1].
            dyed: true pictures of the same head by shade name or hex, each like ``image``.
            most_bytes: what the arrays of a step may take together; None: no limit up to
                ``WHOLE_PX``, then ``PIECE_BYTES``.

        Raises:
            UsageError: for another dtype, unequal shapes, NaN or values outside the range.
        """
        require_image(image, "image")
        require_mask(truth, "truth", image.shape)
        for shade, picture in (dyed or {}).items():
            require_image(picture, f"dyed[{shade!r}]", truth.shape)
        if most_bytes is None:
            most_bytes = PIECE_BYTES if is_large(truth.shape) else sys.maxsize
        levels = truth.levels if isinstance(truth, Coverage) else np.asarray(truth)
        return cls(image, truth, dyed or {}, most_bytes, compression_noise(levels))

    def in_memory(self) -> TruthCase:
        """The same with arrays in place of rasters, for metrics that know only those."""
        dyed = {shade: np.asarray(picture) for shade, picture in self.dyed.items()}
        return replace(self, image=np.asarray(self.image), truth=np.asarray(self.truth), dyed=dyed)

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W)."""
        return self.truth.shape[0], self.truth.shape[1]

    @property
    def hair(self) -> MaskBool:
        """Bool (H, W), truth >= 0.5."""
        return self._kept_hair if self._is_whole else self._hair()

    @cached_property
    def tolerance_px(self) -> int:
        """Of the boundary F-score."""
        return tolerance_px(self.shape)

    @cached_property
    def outline(self) -> Outline:
        """The truth's outline, in one piece with the distances around it."""
        within_px = band_width_px(self.shape) if self._is_whole else None
        return Outline.of(self.hair, within_px=within_px)

    @cached_property
    def bands(self) -> Parts[tuple[Piece, MaskBool]]:
        """The inner band of Boundary IoU, bool (h, w), in pieces of the picture."""
        width_px = band_width_px(self.shape)

        def band(piece: Piece) -> tuple[Piece, MaskBool]:
            return piece, self.inner_band(self._hair(piece.outer), piece)

        frame = Box.full(*self.shape)
        cuts = self.cut(frame, bytes_per_px=_BAND_BYTES_PER_PX, reach_px=width_px + 1)
        return Parts(cuts, band)

    def inner_band(self, region: MaskBool, piece: Piece) -> MaskBool:
        """The inner band of a region, given as bool (h, w) of the outer pixels of a piece."""
        return inner_band(region, band_width_px(self.shape))[piece.cut]

    @cached_property
    def lock_grid(self) -> LockGrid:
        """The squares whose mean colours are judged."""
        return LockGrid(self.shape, lock_side_px(self.shape))

    @cached_property
    def photo_locks(self) -> LockSums:
        """The photo's colours, square by square of the core."""
        parts = (self.lock_grid.sums(part.lock, part.lab) for part in self.core)
        return sum(parts, LockSums.none(self.lock_grid.count))

    @cached_property
    def core(self) -> Parts[HairCore]:
        """The hair without its rim, where colour is judged."""
        margin = margin_px(self.shape)

        def core(piece: Piece) -> HairCore:
            hair = self._hair(piece.outer)
            return HairCore.of(self.image, hair, piece, margin, self.lock_grid.locks)

        cuts = self.cut(
            bounding_box(self.hair),
            bytes_per_px=_CORE_BYTES_PER_PX,
            reach_px=HairCore.reach_px(margin),
        )
        return Parts(cuts, core)

    @cached_property
    def hair_lab(self) -> NDArray[np.float64] | None:
        """Mean L*, a*, b* of the core in the photo, float64 (3,), or None where it is empty."""
        px, sums = 0, np.zeros(3)
        for part in self.core:
            px += part.lab.shape[1]
            sums += part.lab.sum(axis=1, dtype=np.float64)
        return sums / px if px else None

    @property
    def lightness(self) -> float | None:
        """Mean L* of the core in the photo, or None where it is empty."""
        return None if self.hair_lab is None else float(self.hair_lab[0])

    @property
    def hair_band(self) -> str | None:
        """``dark``, ``medium``, ``light`` or ``grey``, for slices; None without a hair core."""
        return None if self.hair_lab is None else hair_band(self.hair_lab)

    @cached_property
    def soft(self) -> Parts[tuple[Piece, SoftTruth]]:
        """The truth as a soft set, in pieces of the picture."""
        width_px = band_width_px(self.shape)

        def soft(piece: Piece) -> tuple[Piece, SoftTruth]:
            part = np.ascontiguousarray(self.truth[piece.outer.slices])
            band = soft_band(part, width_px)
            hair, inner_band = (np.ascontiguousarray(plane[piece.cut]) for plane in (part, band))
            variation = VariationSums.of(part, piece, smoothing_px(self.shape))
            return piece, SoftTruth(hair, inner_band, variation)

        frame = Box.full(*self.shape)
        cuts = self.cut(frame, bytes_per_px=_SOFT_BYTES_PER_PX, reach_px=width_px + 1)
        return Parts(cuts, soft)

    @cached_property
    def outside(self) -> Parts[Outside]:
        """What lies beyond the dilated ``some_hair``, in pieces of the picture."""
        margin = margin_px(self.shape)

        def beyond(piece: Piece) -> Outside:
            touched = some_hair(self.truth[piece.outer.slices], self.noise)
            inside = np.zeros(touched.shape, np.bool_)
            inside[piece.cut] = _beyond(touched, margin)[piece.cut]
            photo = np.ascontiguousarray(self.image[piece.outer.slices])
            return Outside(piece, inside, photo, self.lock_grid)

        cuts = self.cut(
            Box.full(*self.shape),
            bytes_per_px=_OUTSIDE_BYTES_PER_PX,
            reach_px=max(margin, WINDOW_REACH_PX),
        )
        return Parts(cuts, beyond)

    @cached_property
    def touched(self) -> Parts[Touched]:
        """Where there is ``some_hair``, with the colours of the dyed pictures."""

        def touched(piece: Piece) -> Touched:
            place = piece.inner
            return Touched(place, some_hair(self.truth[place.slices], self.noise), self.dyed, {})

        return Parts(self.cut(Box.full(*self.shape), bytes_per_px=_TOUCHED_BYTES_PER_PX), touched)

    @cached_property
    def sharpness(self) -> float | None:
        """Of the truth's edge, or None where it has none."""
        return sum((EdgeSums.of(part.gradient) for part in self.near), EdgeSums()).sharpness

    @cached_property
    def near(self) -> Parts[Surroundings]:
        """What alphas are compared with, around the hair."""
        return self._surroundings(self._near_box)

    @cached_property
    def everywhere(self) -> Parts[Surroundings]:
        """The same for the whole picture, for alphas that reach beyond."""
        return self._surroundings(Box.full(*self.shape))

    def around(self, alpha: Pixels) -> Parts[Surroundings]:
        """``near`` where alpha and its gradient are 0 outside it, else as much as is needed."""
        extent = self._extent(alpha, REACH_PX)
        if contains(self._near_box, extent):
            return self.near
        return self.everywhere if self._is_whole else self._surroundings(self._joined(extent))

    def cut(self, box: Box, *, bytes_per_px: int, reach_px: int = 0) -> Iterator[Piece]:
        """The pieces of a part of the picture; a single one up to ``WHOLE_PX``."""
        return pieces(
            box,
            bytes_per_px=bytes_per_px,
            reach_px=reach_px,
            frame=Box.full(*self.shape),
            most_bytes=self.most_bytes,
        )

    @property
    def _is_whole(self) -> bool:
        return self.most_bytes == sys.maxsize

    @cached_property
    def _kept_hair(self) -> MaskBool:
        return self._hair()

    def _hair(self, box: Box | None = None) -> MaskBool:
        if box is None:
            return set_of(self.truth, 0.5, self.most_bytes)
        return np.asarray(self.truth[box.slices] >= np.float32(0.5))

    @cached_property
    def _near_box(self) -> Box:
        return self._extent(self.truth, band_width_px(self.shape) + REACH_PX)

    def _extent(self, plane: Pixels, room_px: int) -> Box:
        """The rectangle around all values of a plane above 0, with so much room."""
        above = set_of(plane, float(np.finfo(np.float32).smallest_subnormal), self.most_bytes)
        return bounding_box(above, room_px)

    def _joined(self, extent: Box) -> Box:
        return extent if self._near_box.is_empty else hull(self._near_box, extent)

    def _surroundings(self, box: Box) -> Parts[Surroundings]:
        """Of a rectangle; an empty one becomes the corner."""
        box = Box(0, 1, 0, 1) if box.is_empty else box
        cuts = pieces(
            box,
            bytes_per_px=_NEAR_BYTES_PER_PX,
            reach_px=width_reach_px(self.shape) + REACH_PX,
            frame=box,
            most_bytes=self.most_bytes,
        )
        margin = margin_px(self.shape)
        return Parts(cuts, lambda piece: Surroundings.of(self.image, self.truth, piece, margin))


@dataclass(frozen=True)
class Touched:
    """A rectangle of the picture and its pixels with any hair.

    Attributes:
        box: the rectangle.
        inside: bool (h, w), the pixels.
        dyed: true pictures by shade, uint8 (H, W, 3).
    """

    box: Box
    inside: MaskBool
    dyed: Mapping[str, Pixels]
    _lab: dict[str, NDArray[np.float32]]

    def lab_of(self, picture: Pixels) -> NDArray[np.float32]:
        """CIELAB of a picture there (uint8, or float64 in [0, 255]), float32 (3, N)."""
        return lab_from_srgb(picture[self.box.slices][self.inside])

    def dyed_lab(self, shade: str) -> NDArray[np.float32]:
        """CIELAB of a true picture there, float32 (3, N)."""
        if shade not in self._lab:
            self._lab[shade] = self.lab_of(self.dyed[shade])
        return self._lab[shade]


def _beyond(region: MaskBool, steps: int) -> MaskBool:
    """What lies outside a region after repeated 3x3 dilation."""
    import cv2

    kernel = np.ones((2 * steps + 1, 2 * steps + 1), np.uint8)
    beyond: MaskBool = ~cv2.dilate(region.view(np.uint8), kernel).view(np.bool_)
    return beyond
