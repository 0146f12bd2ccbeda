"""What is known of a finished scene: noise floor, clipping, achieved colour, proof of the alpha."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.rendered_heads.fields import Floats

Picture = NDArray[np.uint8]
HAIR = 0.5
"""Coverage from which on a pixel counts as hair."""


def clipped_share(picture: Picture, alpha: Floats) -> float:
    """Share of hair pixels with a channel at 0 or 255; 0 where there is no hair."""
    hair = picture[alpha > HAIR]
    return float(((hair == 0) | (hair == 255)).any(axis=1).mean()) if len(hair) else 0.0


def noise_floor(first: Picture, second: Picture, alpha: Floats) -> tuple[float, float] | None:
    """Mean and 95th percentile of CIEDE2000 in the hair between two seeds; None without hair."""
    from skimage.color import deltaE_ciede2000, rgb2lab

    hair = alpha > HAIR
    if not hair.any():
        return None
    labs = rgb2lab(first[hair]), rgb2lab(second[hair])
    difference = deltaE_ciede2000(*labs)  # type: ignore[no-untyped-call, unused-ignore]
    return float(difference.mean()), float(np.percentile(difference, 95))


def mean_lab(picture: Picture, alpha: Floats) -> tuple[float, float, float]:
    """Mean CIELAB (D65) of the hair."""
    from skimage.color import rgb2lab

    lightness, a, b = rgb2lab(picture[alpha > HAIR]).mean(axis=0)
    return float(lightness), float(a), float(b)


def mean_hex(picture: Picture, alpha: Floats) -> str:
    """Mean sRGB of the hair as ``#rrggbb``."""
    codes = np.rint(picture[alpha > HAIR].mean(axis=0)).astype(int)
    return "#{:02x}{:02x}{:02x}".format(*codes)


@dataclass(frozen=True)
class Window:
    """A square part of a picture, in pixels."""

    top: int
    left: int
    size_px: int

    def of(self, array: Floats) -> Floats:
        """The part of an ``(H, W, ...)`` array."""
        rows = slice(self.top, self.top + self.size_px)
        return array[rows, self.left : self.left + self.size_px]


def softest_window(alpha: Floats, size_px: int) -> Window:
    """The square that holds most partly covered pixels: where an alpha can be wrong."""
    soft = ((alpha > 0.02) & (alpha < 0.98)).astype(np.float64)
    total = np.pad(soft.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    s = size_px
    counts = total[s:, s:] - total[:-s, s:] - total[s:, :-s] + total[:-s, :-s]
    top, left = np.unravel_index(int(counts.argmax()), counts.shape)
    return Window(int(top), int(left), size_px)


@dataclass(frozen=True)
class Recomposition:
    """How well photo = hair + (1 - alpha) * rest holds where the alpha is soft.

    Attributes:
        slope: least-squares factor of (1 - alpha) * rest in photo - hair; exact alpha gives 1.
        bias: mean of the residual over the mean of the photo.
        rms: root mean square of the residual over the mean of the photo; noise is in it.
        pixels: number of soft pixels.
    """

    slope: float
    bias: float
    rms: float
    pixels: int


def recompose(photo: Floats, hair: Floats, rest: Floats, alpha: Floats) -> Recomposition | None:
    """Compare the photo with its layers over the soft pixels; all linear, hair premultiplied.

    Returns:
        None where no pixel is soft.
    """
    soft = (alpha > 0.05) & (alpha < 0.95)
    if not soft.any():
        return None
    behind = (1 - alpha[soft])[:, None] * rest[soft]
    left = photo[soft] - hair[soft]
    residual = left - behind
    level = float(photo[soft].mean())
    slope = float((left * behind).sum() / max(float((behind * behind).sum()), 1e-9))
    rms = float(np.sqrt((residual**2).mean()))
    return Recomposition(slope, float(residual.mean()) / level, rms / level, int(soft.sum()))


def spill(photo: Picture, dyed: Picture, alpha: Floats) -> float:
    """Mean absolute change outside the hair, in 8-bit codes: light the dyed hair throws."""
    outside = alpha == 0
    change = np.abs(photo[outside].astype(int) - dyed[outside].astype(int))
    return float(change.mean()) if outside.any() else 0.0
