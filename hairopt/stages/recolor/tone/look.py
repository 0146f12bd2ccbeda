"""What the method sees of a photo before the first pixel is dyed: statistics of hair and rest.

The colour of dyed hair follows from the shade and from the light. The light is not in the photo as
such: it shows in the skin and the backdrop, in the hair's highlights, and in how bright the hair is
for its colour. All statistics are taken at 64 px, so that they do not depend on the photo's size.
"""

from __future__ import annotations

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

    small, share = _reduced(fit_image(photo, mask)), coverage(_reduced(mask))
    hair, _ = parts(share)
    if hair.mean() < _LEAST_HAIR:
        return None
    luma = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
    lab = lab_of(small)
    numbers = np.asarray(_numbers(lab, luma, share), np.float32)
    return Look(numbers, _mean(lab, hair), float(_mean(tones()[luma], hair)[0]))


def parts(share: MaskF32) -> tuple[MaskF32, MaskF32]:
    """Weights of hair and of the rest, (h, w) in [0, 1]; without a rest the hair stands for it.

    Pixels of the edge are in neither: they are mixed with what lies beside them.
    """
    hair, rest = np.clip(2 * share - 1, 0, 1), np.clip(1 - 10 * share, 0, 1)
    return hair, rest if rest.mean() >= _LEAST_HAIR else hair


def lab_of(rgb: ImageU8) -> NDArray[np.float32]:
    """CIELAB (D65) of sRGB, uint8 to float32 (H, W, 3)."""
    import cv2

    return np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2Lab), np.float32)


@cache
def tones() -> Vector:
    """L* in 0..100 of the grey of every luma: float32 (256,)."""
    grey = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    return np.asarray(lab_of(grey)[0, :, 0], np.float32)


def _numbers(lab: Lab, luma: NDArray[np.uint8], share: MaskF32) -> list[float]:
    """The statistics, always in this order: ``_hair``, ``_rest``, ``_skin``, ``_light``."""
    hair, rest = parts(share)
    return [
        *_hair(lab, hair),
        *_rest(lab, share, rest),
        *_skin(lab, rest),
        *_light(luma, hair, rest),
    ]


def _hair(lab: Lab, hair: MaskF32) -> list[float]:
    """Of the hair: ``HAIR_LEVELS`` and spread of L*; mean a*, b* and chroma.

    Then a*, b* and chroma of its highlights, a* and b* of its shadows, its share of the frame.
    """
    levels = _quantiles(lab[..., 0], hair, (*HAIR_LEVELS, *_HIGH_LOW))
    high, low = levels[len(HAIR_LEVELS) :]
    mean = _mean(lab, hair)
    bright = _mean(lab, hair * (lab[..., 0] >= high))
    dark = _mean(lab, hair * (lab[..., 0] <= low + 0.25))
    return [
        *levels[: len(HAIR_LEVELS)],
        _spread(lab[..., 0], hair),
        *_colour(mean),
        *_colour(bright),
        *dark[1:],
        hair.mean(),
    ]


def _rest(lab: Lab, share: MaskF32, rest: MaskF32) -> list[float]:
    """Of all around the hair: ``REST_LEVELS`` of L*, mean a* and b*.

    Then the mean L*, a*, b* and the spread of L* of what lies close to the hair.
    """
    import cv2

    near = np.asarray(cv2.blur(share, (_NEAR_PX, _NEAR_PX)), np.float32) * rest
    near = near if near.sum() > 1 else rest
    outside, beside = _mean(lab, rest), _mean(lab, near)
    spread = _spread(lab[..., 0], near)
    return [*_quantiles(lab[..., 0], rest, REST_LEVELS), *outside[1:], *beside, spread]


def _skin(lab: Lab, rest: MaskF32) -> list[float]:
    """Of what has the colour of skin: mean L*, a*, b*, the L* of its bright parts, its amount.

    Without any, the colour is that of all around the hair.
    """
    apart = (lab[..., 1:] - _SKIN) / _SKIN_SPREAD
    likely = np.exp(-0.5 * (apart[..., 0] ** 2 + apart[..., 1] ** 2))
    skin = likely * rest * _middle(*rest.shape) * (lab[..., 0] > _DARKEST_SKIN)
    where = skin if skin.sum() > 1 else rest
    return [*_mean(lab, where), *_quantiles(lab[..., 0], where, _BRIGHT_SKIN), float(skin.mean())]


@cache
def _middle(height: int, width: int) -> MaskF32:
    """1 in the middle of the frame, less towards its border: faces are rarely there."""
    y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)
    off = np.maximum(np.hypot(x, y) - 0.5, 0) / 0.4
    return np.exp(-(off**2)).astype(np.float32)


def _light(luma: NDArray[np.uint8], hair: MaskF32, rest: MaskF32) -> list[float]:
    """Logarithms of the mean light of hair and rest, and of the hair's mean squared light."""
    light = np.asarray((luma / np.float32(255)) ** np.float32(2.2), np.float32)
    mean, around = _mean(light, hair)[0], _mean(light, rest)[0]
    return [
        float(np.log(mean + 1e-3)),
        float(np.log(around + 1e-3)),
        float(np.log(_mean(light**2, hair)[0] + 1e-5)),
    ]


def _colour(lab: Vector) -> tuple[float, float, float]:
    """a*, b* and chroma."""
    return float(lab[1]), float(lab[2]), float(np.hypot(lab[1], lab[2]))


def _reduced(pixels: NDArray[Any]) -> NDArray[Any]:
    """A picture or mask at ``SIDE_PX``, or less where it has less."""
    import cv2

    height, width = (min(side, SIDE_PX) for side in pixels.shape[:2])
    if pixels.shape[:2] == (height, width):
        return pixels
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA))


def _mean(values: NDArray[np.float32], weights: MaskF32) -> Vector:
    """Weighted mean of the pixels: (h, w, n) and (h, w) to (n,)."""
    flat = values.reshape(weights.size, -1)
    return np.asarray(weights.ravel() @ flat / weights.sum(), np.float32)


def _spread(values: NDArray[np.float32], weights: MaskF32) -> float:
    squares = _mean((values - _mean(values, weights)) ** 2, weights)
    return float(np.sqrt(squares[0]))


def _quantiles(
    values: NDArray[np.float32], weights: MaskF32, levels: tuple[float, ...]
) -> list[float]:
    """Weighted quantiles of numbers in 0..100, to a quarter."""
    steps = (values.ravel() * 4).astype(np.intp).clip(0, 400)
    counts = np.bincount(steps, weights.ravel(), 401)
    below = np.cumsum(counts) / counts.sum()
    return [float(step) / 4 for step in np.searchsorted(below, levels)]
