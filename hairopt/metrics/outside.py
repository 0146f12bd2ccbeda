"""Whether the rest of the photo is still the photo: structure and colour beside the hair."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.lab import linear_table
from hairopt.metrics.locks import LockGrid, LockSums
from hairopt.metrics.mask import ratio
from hairopt.metrics.texture import LightnessTexture, TextureSums
from hairopt.pieces import Piece
from hairopt.types import ImageU8, MaskBool

UNSEEN_DE00 = 0.8
"""The 50:50 % perceptibility threshold of Paravina et al. (2015), in dE00."""


@dataclass(frozen=True)
class Outside:
    """What lies beyond the dilated truth, in a piece of the picture.

    Attributes:
        piece: the piece; its outer pixels have room for the texture's window.
        inside: bool (h, w) of the outer pixels: those of the piece that are beyond the truth.
        photo: uint8 (h, w, 3), the photo there.
        grid: the squares whose mean colours are compared.
    """

    piece: Piece
    inside: MaskBool
    photo: ImageU8
    grid: LockGrid

    @cached_property
    def beyond(self) -> MaskBool:
        """Bool of the inner pixels."""
        return np.ascontiguousarray(self.inside[self.piece.cut])

    def sums_of(self, part: ImageU8) -> OutsideSums:
        """Compare a picture, uint8 (h, w, 3) of the outer pixels, with the photo."""
        texture, squares = self._look(part)
        photo_texture, photo_squares = self._photo_look
        return OutsideSums(
            TextureSums.of(photo_texture, texture, self.inside), photo_squares, squares
        )

    @cached_property
    def _square(self) -> NDArray[np.int32]:
        """Which square each of the outer pixels belongs to; -1 where it does not count."""
        square = np.full(self.inside.shape, -1, np.int32)
        square[self.inside] = self.grid.locks(self.inside, self.piece.outer)
        return square.ravel()

    @cached_property
    def _px(self) -> NDArray[np.intp]:
        return np.bincount(self._square[self._square >= 0], minlength=self.grid.count)

    @cached_property
    def _photo_look(self) -> tuple[LightnessTexture, LockSums]:
        return self._look(self.photo)

    def _look(self, part: ImageU8) -> tuple[LightnessTexture, LockSums]:
        from hairopt.metrics.color_loops import lightness_and_sums

        lightness = np.empty(self.inside.shape, np.float32)
        lab = np.zeros((3, self.grid.count))
        flat = np.ascontiguousarray(part).reshape(-1, 3)
        lightness_and_sums(flat, linear_table(1), self._square, lightness.ravel(), lab)
        return LightnessTexture.of(lightness), LockSums(self._px, lab)


@dataclass(frozen=True)
class OutsideSums:
    """Differences of a picture from the photo outside the hair, added up.

    Attributes:
        texture: of lightness.
        photo: the photo's colours, square by square.
        picture: those of the picture.
    """

    texture: TextureSums
    photo: LockSums
    picture: LockSums

    @classmethod
    def none(cls, squares: int) -> OutsideSums:
        """Of no pixels."""
        return cls(TextureSums(), LockSums.none(squares), LockSums.none(squares))

    def __add__(self, other: OutsideSums) -> OutsideSums:
        """The sums of two parts of a picture together."""
        return OutsideSums(
            self.texture + other.texture, self.photo + other.photo, self.picture + other.picture
        )

    def metrics(self) -> dict[str, float | None]:
        """outside_structure and outside_de00.

        outside_structure is the contrast-structure factor of SSIM (``TextureSums.metrics``) between
        the L* of photo and answer; -1..1, 1 is best. outside_de00 is the mean over squares of 2 %
        of the diagonal, each weighing as its pixels, of what the CIEDE2000 between their mean
        colours exceeds 0.8 by, which nobody sees; 0 is best. The photo is the one that was sent,
        not what the answer's encoder makes of it: who blurs, tints or coarsens a face spoils the
        answer, in whichever stage. None where there is no pixel.
        """
        return {
            "outside_structure": ratio(self.texture.structure, self.texture.px),
            "outside_de00": self.picture.de00(self.photo, UNSEEN_DE00),
        }
