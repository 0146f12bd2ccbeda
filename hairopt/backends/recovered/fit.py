"""How much of each pixel was dyed, by what differs between the answers in several shades.

An answer is ``photo + alpha (dyed - photo)``, so that the difference of two answers is
``alpha (dyed_1 - dyed_2)``: what a back-end does in every shade alike cancels. What a full dye does
to a colour is not known. But recolouring is a function of the colour in the photo, and most of the
hair is fully dyed: the function is fitted there, and alpha is what a pixel has of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hairopt.types import ImageU8, MaskBool, MaskF32

Planes = NDArray[np.float32]

FIT_PX = 192
"""Longer side at which the function is fitted; alpha is computed at the size of the photo."""

SEEN = 8.0
"""Root of the sum of squares over the contrasts, in levels of 255, from which dye is seen."""

_BLUR_PX, _FIT_BLUR_PX = 1.2, 1.5
"""Standard deviations; JPEG halves the resolution of colour, which is what is looked at."""

_ROUNDS = 8
_FULL = 0.3
"""Alpha within this of 1 counts as fully dyed while the function is fitted."""

_FEWEST_PX = 12
_RIDGE = 1e-3
_ALIKE = 1.5
"""A function of fewer terms is taken while its residual is at most so many times the least."""

_STARTS = 0.15
"""Share of the changed pixels that is taken to be fully dyed at first."""


@dataclass(frozen=True)
class Fitted:
    """The function, and how well it explains the answers.

    Attributes:
        terms: of the colours of the photo.
        weights: float32 (terms, contrasts).
        explained: share of the squared contrasts, 0..1.
    """

    terms: Callable[[Planes], Planes]
    weights: Planes
    explained: float

    def full(self, photo: Planes) -> Planes:
        """The contrasts of fully dyed pixels: float32 (H, W, contrasts)."""
        return np.asarray(self.terms(photo) @ self.weights)


def contrasts(answers: Sequence[ImageU8]) -> Planes:
    """Differences between n pictures without their mean, by Helmert's orthonormal rows.

    Returns:
        float32 (H, W, 3 (n - 1)); their squares add up to those of all answers about their mean.
    """
    total = answers[0].astype(np.float32)
    found = []
    for count, answer in enumerate(answers[1:], start=1):
        found.append(
            (total - np.float32(count) * answer) * np.float32((count * (count + 1)) ** -0.5)
        )
        total += answer
    return np.concatenate(found, axis=2)


def shrunk(planes: NDArray[Any]) -> NDArray[Any]:
    """The planes at ``FIT_PX``, or as they are where they are smaller."""
    import cv2

    height, width = planes.shape[:2]
    scale = FIT_PX / max(height, width)
    if scale >= 1:
        return planes
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if planes.ndim == 2:
        return np.asarray(cv2.resize(planes, size, interpolation=cv2.INTER_AREA))
    parts = [  # OpenCV resizes four channels at most
        cv2.resize(np.ascontiguousarray(planes[..., i : i + 3]), size, interpolation=cv2.INTER_AREA)
        for i in range(0, planes.shape[2], 3)
    ]
    return np.dstack(parts)


def fit(photo: Planes, changed: Planes) -> Fitted | None:
    """Fit the function to pictures at ``FIT_PX``.

    Three functions of growing freedom are tried, each from two guesses of what is fully dyed: the
    largest changes, and the largest in relation to the pixel's value, which recolouring in HSV
    keeps. Of those that explain about the same the simplest is taken, because it is the safest
    where the hair has no pixel of a colour.

    Args:
        photo: float32 (h, w, 3) in [0, 255].
        changed: ``contrasts`` of the answers, float32 (h, w, n).

    Returns:
        None where too few pixels are fully dyed.
    """
    size = np.sqrt((changed**2).sum(axis=2))
    guesses = [_largest(one, size) for one in (size, size / (photo.max(axis=2) + 4))]
    found = [
        one
        for terms in _TERMS
        for guess in guesses
        if (one := _fitted(terms, photo, changed, guess)) is not None
    ]
    if not found:
        return None
    least = min(1 - one.explained for one in found)
    enough = [one for one in found if 1 - one.explained <= _ALIKE * least + 1e-4]
    terms = enough[0].terms
    return max((one for one in enough if one.terms is terms), key=lambda one: one.explained)


def alpha_of(fitted: Fitted, photo: Planes, changed: Planes, noise: float) -> tuple[MaskF32, float]:
    """Alpha of every pixel, and the share of it that was filled in from around.

    Where the dye hardly shows (black hair whose value is kept), alpha is that of the surroundings:
    the less a pixel tells in relation to the noise, the more.

    Args:
        fitted: the function.
        photo: float32 (H, W, 3) in [0, 255].
        changed: the contrasts, float32 (H, W, n).
        noise: standard deviation of the encoder's noise in levels of 255.

    Returns:
        float32 (H, W) in [0, 1], and 0..1.
    """
    full = fitted.full(photo)
    doubt = changed.shape[2] * float(np.clip(noise, 1.8, 10.0)) ** 2
    told, weight = _products(full, changed, _BLUR_PX)
    alpha = np.clip(_filled(told, weight, doubt), 0, 1)
    region = alpha >= np.float32(0.5)
    hidden = int(np.count_nonzero(region & (weight < doubt)))
    return alpha, hidden / max(1, int(np.count_nonzero(region)))


def _fitted(
    terms: Callable[[Planes], Planes], photo: Planes, changed: Planes, full_at: MaskBool
) -> Fitted | None:
    import cv2

    x, y = terms(photo), changed
    weights = _solved(x[full_at], y[full_at])
    smooth = np.zeros(y.shape[:2], np.float32)
    for _ in range(_ROUNDS):
        full = x @ weights
        told, weight = _products(full, y, _FIT_BLUR_PX)
        smooth = told / (weight + 30)
        near = cv2.erode((np.abs(smooth - 1) < _FULL).astype(np.uint8), np.ones((3, 3), np.uint8))
        full_at = (near > 0) & ((full**2).sum(axis=2) > SEEN**2)
        if np.count_nonzero(full_at) < _FEWEST_PX:
            break
        weights = _solved(x[full_at], y[full_at])
    if not smooth.any():
        return None
    # Most pixels are dyed fully or not at all; a wrong function needs an alpha in between.
    decided = np.clip((smooth - np.float32(0.2)) / np.float32(0.6), 0, 1)
    left = float(((y - decided[..., None] * full) ** 2).sum() / (y**2).sum())
    return Fitted(terms, weights, max(0.0, 1 - left))


def _solved(x: Planes, y: Planes) -> Planes:
    """Least squares with a little ridge, every term at its own scale."""
    scale = np.sqrt((x**2).mean(axis=0)) + np.float32(1e-6)
    x = x / scale
    square = x.T @ x + _RIDGE * len(x) * np.eye(x.shape[1], dtype=np.float32)
    return np.asarray(np.linalg.solve(square, x.T @ y) / scale[:, None], np.float32)


def _largest(values: Planes, size: Planes) -> MaskBool:
    """The changed pixels with the largest values."""
    seen = size > SEEN
    least = np.quantile(values[seen], 1 - _STARTS) if seen.any() else np.inf
    return seen & (values >= least)


def _products(full: Planes, changed: Planes, blur_px: float) -> tuple[MaskF32, MaskF32]:
    """Numerator and denominator of the projection on a full dye, smoothed alike."""
    import cv2

    pair = np.stack(
        [np.einsum("ijk,ijk->ij", full, changed), np.einsum("ijk,ijk->ij", full, full)], axis=2
    )
    blurred = np.asarray(cv2.GaussianBlur(pair, (0, 0), blur_px), np.float32)
    return blurred[..., 0], blurred[..., 1]


def _filled(told: MaskF32, weight: MaskF32, doubt: float) -> MaskF32:
    """``told / weight``, from coarse to fine: each level is the guess of the next finer one."""
    import cv2

    levels = [(told, weight)]
    while min(levels[-1][0].shape) > 2:
        told, weight = (np.asarray(cv2.pyrDown(one), np.float32) for one in levels[-1])
        levels.append((told, weight))
    told, weight = levels.pop()
    alpha = told / (weight + np.float32(1e-3))
    for told, weight in reversed(levels):
        guess = cv2.resize(alpha, told.shape[::-1], interpolation=cv2.INTER_LINEAR)
        alpha = (told + doubt * guess) / (weight + doubt)
    return np.asarray(alpha, np.float32)


def _value(photo: Planes) -> Planes:
    """Recolouring that keeps the value of HSV."""
    return np.asarray(photo.max(axis=2, keepdims=True))


def _linear(photo: Planes) -> Planes:
    return np.concatenate([photo, photo.max(axis=2, keepdims=True)], axis=2)


def _curved(photo: Planes) -> Planes:
    """Tables over luma, shifts of lightness: powers of luma and of each channel."""
    unit = photo / np.float32(255)
    luma = unit @ np.array([0.299, 0.587, 0.114], np.float32)
    powers = np.stack([np.ones_like(luma), luma**2, luma**3], axis=2)
    return np.concatenate([_linear(unit), powers, unit**2], axis=2)


_TERMS = (_value, _linear, _curved)
"""Simplest first."""
