"""Texture kept: structural similarity of lightness inside the hair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.mask import ratio
from hairopt.types import MaskBool

WINDOW_REACH_PX = 5
"""Half the window: 11 x 11 pixels, Gaussian of 1.5 px."""

_SIGMA_PX = 1.5


def _smooth(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    import cv2

    if plane.size == 0:
        return plane
    offsets = np.arange(-WINDOW_REACH_PX, WINDOW_REACH_PX + 1, dtype=np.float64)
    weights = np.exp(-(offsets**2) / (2.0 * _SIGMA_PX**2))
    kernel = (weights / weights.sum()).astype(np.float32)
    smooth = cv2.sepFilter2D(plane, cv2.CV_32F, kernel, kernel, borderType=cv2.BORDER_REFLECT)
    return np.asarray(smooth, np.float32)


@dataclass(frozen=True)
class LightnessTexture:
    """Lightness around the hair with its local mean and variance: SSIM's half of the photo.

    Attributes:
        offset: L* minus 50, which keeps the squares small; float32 (h, w).
        mean: its local mean.
        variance: its local variance.
    """

    offset: NDArray[np.float32]
    mean: NDArray[np.float32]
    variance: NDArray[np.float32]

    @classmethod
    def of(cls, lightness: NDArray[np.float32]) -> LightnessTexture:
        """Prepare a plane of L*, float32 (h, w) in 0..100."""
        offset = lightness - np.float32(50)
        mean = _smooth(offset)
        variance = _smooth(offset * offset)
        variance -= mean * mean
        return cls(offset, mean, np.maximum(variance, np.float32(0.0), out=variance))


@dataclass(frozen=True)
class TextureSums:
    """SSIM and its contrast-structure part, each summed over pixels of the hair core."""

    kept: float = 0.0
    structure: float = 0.0
    px: int = 0

    @classmethod
    def of(cls, photo: LightnessTexture, output: LightnessTexture, core: MaskBool) -> TextureSums:
        """Compare two pictures of the same rectangle.

        Args:
            photo: of the photo, (h, w).
            output: of the output, (h, w).
            core: bool (h, w), the pixels that are summed.
        """
        if not core.any():
            return cls()
        from hairopt.metrics.texture_loops import ssim_sums

        product = _smooth(photo.offset * output.offset)
        kept, structure, px = ssim_sums(
            product.ravel(),
            photo.mean.ravel(),
            photo.variance.ravel(),
            output.mean.ravel(),
            output.variance.ravel(),
            np.ascontiguousarray(core).ravel(),
        )
        return cls(float(kept), float(structure), int(px))

    def __add__(self, other: TextureSums) -> TextureSums:
        """The sums of two parts of a core together."""
        return TextureSums(
            self.kept + other.kept, self.structure + other.structure, self.px + other.px
        )

    def metrics(self) -> dict[str, float | None]:
        """SSIM (Wang et al. 2004) of L*, averaged over the hair core, and one of its factors.

        texture_kept = mean of (2 m1 m2 + C1)(2 s12 + C2) / ((m1^2 + m2^2 + C1)(s1^2 + s2^2 + C2)),
        11 x 11 Gaussian window of 1.5 px, L = 100, C1 = 1, C2 = 9. Its first factor falls where a
        shade rightly changes the lightness, so texture_structure gives the second factor alone.
        -1..1 (1: nothing lost), higher is better. None where the core is empty.
        """
        return {
            "texture_kept": ratio(self.kept, self.px),
            "texture_structure": ratio(self.structure, self.px),
        }
