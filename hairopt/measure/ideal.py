"""Recolour methods with the truth as mask: what is left of a colour error without any network."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from hairopt.measure.lane import Lane, alive
from hairopt.metrics.hair_core import HairCore
from hairopt.metrics.lab import lab_from_srgb
from hairopt.raster import Pixels, Raster
from hairopt.stages.recolor.hsv import oracle_recolor
from hairopt.types import Box, ImageU8, Shade

FORMULAS = {"hsv": oracle_recolor}
"""Method -> its own formula in float64, with the truth as its mask."""


def method_of(lane: Lane) -> str:
    """A recolour method with its options, as a key: lanes with equal ones have one ideal."""
    if lane.variant.backend is not None:
        return f"back-end {lane.name}"
    spec = lane.variant.recolor
    return f"{spec.method} {json.dumps(spec.options, sort_keys=True, default=str)}"


def by_method(lanes: Sequence[Lane], case: str) -> Iterator[tuple[str, Lane]]:
    """Every method with a lane that can dye this case with it; one that decodes all of the photo.

    A lane that decodes a smaller photo is taken where no other has the method. A back-end cannot be
    given a mask.
    """
    able = [
        lane
        for lane in alive(lanes)
        if case not in lane.failed_cases and lane.variant.backend is None
    ]
    ordered = sorted(able, key=lambda lane: lane.variant.decode.reduce)
    yield from {method_of(lane): lane for lane in reversed(ordered)}.items()


class Formula(Raster):
    """The photo as a perfect mask and exact arithmetic dye it, float64 (H, W, 3) in [0, 255]."""

    def __init__(
        self, method: str, photo: Pixels, truth: Pixels, shade: Shade, intensity: float
    ) -> None:
        """Take a key of ``FORMULAS`` and what its formula takes."""
        self.shape = photo.shape
        self._recolor, self._photo, self._truth = FORMULAS[method], photo, truth
        self._shade, self._intensity = shade, intensity

    def __getitem__(self, key: tuple[slice, slice]) -> NDArray[np.float64]:
        """The pixels ``[top:bottom, left:right]``, computed."""
        sides = self._photo[key], self._truth[key]
        exact = self._recolor(*sides, self._shade, self._intensity)
        # Rounding in float64 may leave the range by one unit in the last place.
        return np.clip(exact, 0.0, 255.0, out=exact)


class Ideal(Raster):
    """The answer of a method with the truth as mask, not encoded: uint8 (H, W, 3)."""

    def __init__(self, shape: tuple[int, ...], ask: Callable[[Box], ImageU8]) -> None:
        """Take the photo's shape (H, W, 3) and what has a rectangle of it dyed."""
        self.shape = shape
        self._ask = ask

    def __getitem__(self, key: tuple[slice, slice]) -> ImageU8:
        """The pixels ``[top:bottom, left:right]``, dyed now."""
        (top, bottom, _), (left, right, _) = (
            part.indices(size) for part, size in zip(key, self.shape, strict=False)
        )
        return self._ask(Box(top, bottom, left, right))

    def lab_on(self, core: HairCore) -> NDArray[np.float32]:
        """Its CIELAB on the hair core, float32 (3, N); dyed in one request."""
        return lab_from_srgb(self[core.box.slices][core.inside])
