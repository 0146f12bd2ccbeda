"""What the method sees of a photo before the first pixel is dyed: statistics of hair and rest.

The colour of dyed hair follows from the shade and from the light. The light is not in the photo as
such: it shows in the skin and the backdrop, in the hair's highlights, and in how bright the hair is
for its colour. All statistics are taken at 64 px, so that they do not depend on the photo's size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hairopt.stages.mask import coverage, fit_image
from hairopt.types import ImageU8, MaskF32, Shade

Vector = NDArray[np.float32]
Lab = NDArray[np.float32]

SIDE_PX = 64
"""Rows and columns of the picture that is looked at, at most."""

HAIR_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
REST_LEVELS = (0.1, 0.5, 0.9)
"""Quantiles of lightness, in hair and around it."""

_HIGH_LOW = (0.85, 0.4)
"""Quantiles of lightness from which hair is a highlight, and up to which it is shadow."""

_SKIN = np.array([14.0, 18.0], np.float32)
_SKIN_SPREAD = np.array([8.0, 9.0], np.float32)
_DARKEST_SKIN = 8.0
"""Usual a* and b* of skin in photos, of all skin tones; and the least L*."""

_BRIGHT_SKIN = (0.9,)
"""Quantile of the lightness of skin that is not in shadow."""

_NEAR_PX = 7
"""Side of the square whose middle is close to hair when there is hair in it."""

_LEAST_HAIR = 1e-4
"""Least share of the frame that is hair; below it there is nothing to measure or to dye."""


@dataclass(frozen=True)
class Look:
    """Statistics of one photo.

    Attributes:
        numbers: float32 (n,), CIELAB units, logarithms and shares: see ``_numbers``.
        mean_lab: float32 (3,), mean CIELAB of the hair.
        mean_tone: mean over the hair of ``tones`` at its luma, L* in 0..100.
    """

    numbers: Vector
    mean_lab: Vector
    mean_tone: float

    @property
    def spread(self) -> float:
        """Standard deviation of the hair's L*."""
        return float(self.numbers[len(HAIR_LEVELS)])

    def samples(self, curve: NDArray[np.float32]) -> tuple[Vector, Vector]:
        """Colours of the hair at ``HAIR_LEVELS`` of its lightness, and the curve's: (n, 3) each."""
        count = len(HAIR_LEVELS)
        before = np.tile(self.mean_lab, (count, 1))
        before[:, 0] = self.numbers[:count]
        wanted = before[:, 0] + self.mean_tone - self.mean_lab[0]
        return before, curve[np.searchsorted(tones(), wanted).clip(0, 255)]

    def with_shade(self, shade: Shade) -> Vector:
        """float32 (n + 3,): the numbers, and the CIELAB of a shade."""
        wanted = lab_of(np.array([[shade.rgb]], np.uint8))[0, 0]
        return np.concatenate([self.numbers, wanted])


def look_at(photo: ImageU8, mask: MaskF32) -> Look | None:
    """Measure hair and surroundings.

    Args:
        photo: uint8 (H, W, 3) RGB.
        mask: float32 (h, w) in [0, 1], probability of hair, covering the whole frame.

    Returns:
        None where there is no hair.
    """
    import cv2

    share = coverage(_reduced(mask))
    hair = np.maximum(2 * share - 1, 0)
    if hair.mean() < _LEAST_HAIR:
        return None
    small = _reduced(fit_image(photo, mask))
    luma = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
    return _measured(lab_of(small), luma, share, hair)


def lab_of(rgb: ImageU8) -> NDArray[np.float32]:
    """CIELAB (D65) of sRGB, uint8 to float32 (H, W, 3)."""
    import cv2

    return np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2Lab), np.float32)


@cache
def tones() -> Vector:
    """L* in 0..100 of the grey of every luma: float32 (256,)."""
    grey = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    return np.asarray(lab_of(grey)[0, :, 0], np.float32)


def _measured(lab: Lab, luma: NDArray[np.uint8], share: MaskF32, hair: MaskF32) -> Look:
    """The statistics, always in this order.

    Of the hair: ``HAIR_LEVELS`` and spread of L*; mean a*, b* and chroma; the same of its
    highlights; mean a* and b* of its shadows; its share of the frame. Of all around it:
    ``REST_LEVELS`` of L*, mean a* and b*; mean L*, a*, b* and spread of L* of what is close to it.
    Of skin: mean L*, a*, b*, the L* of its bright parts, its amount. Logarithms of the mean light
    of hair and rest, and of the hair's mean squared light.

    Pixels of the edge are in neither hair nor rest: they are mixed with what lies beside them.
    """
    import cv2

    lightness = lab[..., 0]
    rest = np.maximum(1 - 10 * share, 0)
    rest = rest if rest.mean() >= _LEAST_HAIR else hair
    near = np.asarray(cv2.blur(share, (_NEAR_PX, _NEAR_PX)), np.float32) * rest
    skin = rest * skin_likeness(lab)
    amount = float(skin.mean())
    near, skin = (one if one.sum() > 1 else rest for one in (near, skin))
    steps = (lightness * 4).astype(np.intp).ravel()  # L* to a quarter
    *levels, high, low = _quantiles(steps, hair, (*HAIR_LEVELS, *_HIGH_LOW))
    bright, dark = hair * (lightness >= high), hair * (lightness < low + 0.25)

    light = np.asarray((luma / np.float32(255)) ** np.float32(2.2))
    values: list[NDArray[Any]] = [
        lightness,
        lab[..., 1],
        lab[..., 2],
        lightness**2,
        light,
        light**2,
        tones()[luma],
    ]
    means = _means((hair, bright, dark, rest, near, skin), values)
    of_hair, of_bright, of_dark, of_rest, of_near, of_skin = means
    numbers = [
        *levels,
        _spread(of_hair),
        *_colour(of_hair),
        *_colour(of_bright),
        *of_dark[1:3],
        hair.mean(),
        *_quantiles(steps, rest, REST_LEVELS),
        *of_rest[1:3],
        *of_near[:3],
        _spread(of_near),
        *of_skin[:3],
        *_quantiles(steps, skin, _BRIGHT_SKIN),
        amount,
        *np.log([of_hair[4] + 1e-3, of_rest[4] + 1e-3, of_hair[5] + 1e-5]),
    ]
    mean_lab = np.asarray(of_hair[:3], np.float32)
    return Look(np.asarray(numbers, np.float32), mean_lab, float(of_hair[6]))


def _means(weights: Sequence[MaskF32], values: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
    """Weighted means (weights, values); in float64, since spreads are differences of them."""
    left = np.stack([one.ravel() for one in weights]).astype(np.float64)
    right = np.stack([one.ravel() for one in values]).astype(np.float64)
    return np.asarray(left @ right.T / left.sum(axis=1, keepdims=True))


def _spread(means: NDArray[np.float64]) -> float:
    """Standard deviation of L*, of its mean and its mean square."""
    return float(np.sqrt(max(means[3] - means[0] ** 2, 0)))


def _colour(means: NDArray[np.float64]) -> tuple[float, float, float]:
    """a*, b* and chroma."""
    return float(means[1]), float(means[2]), float(np.hypot(means[1], means[2]))


def skin_likeness(lab: Lab) -> MaskF32:
    """How much each pixel has the colour of skin, more in the middle of the frame; 0..1."""
    a, b = ((lab[..., i + 1] - _SKIN[i]) / _SKIN_SPREAD[i] for i in (0, 1))
    likely = np.exp(-0.5 * (a * a + b * b)) * _middle(*lab.shape[:2])
    return np.asarray(likely * (lab[..., 0] > _DARKEST_SKIN))


@cache
def _middle(height: int, width: int) -> MaskF32:
    """1 in the middle of the frame, less towards its border: faces are rarely there."""
    y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)
    off = np.maximum(np.hypot(x, y) - 0.5, 0) / 0.4
    return np.exp(-(off**2)).astype(np.float32)


def _reduced(pixels: NDArray[Any]) -> NDArray[Any]:
    """A picture or mask at ``SIDE_PX``, or less where it has less."""
    import cv2

    height, width = (min(side, SIDE_PX) for side in pixels.shape[:2])
    if pixels.shape[:2] == (height, width):
        return pixels
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA))


def _quantiles(steps: NDArray[np.intp], weights: MaskF32, levels: tuple[float, ...]) -> list[float]:
    """Weighted quantiles of L* in quarters."""
    below = np.cumsum(np.bincount(steps, weights.ravel(), 401))
    found = np.searchsorted(below, np.array(levels) * below[-1])
    return [float(step) / 4 for step in found]
