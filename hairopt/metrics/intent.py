"""What a case should look like: the truly dyed head, or else the shade under the photo's light."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.hair_core import HairCore
from hairopt.metrics.lab import (
    lab_from_linear,
    lab_from_srgb,
    linear_from_srgb,
    linear_table,
    luminance,
    srgb_from_lab,
)
from hairopt.metrics.truth import TruthCase
from hairopt.raster import Pixels, Raster
from hairopt.types import Box, ImageU8, Shade

DEFINITION = "intent/1"
"""What colour is judged against; another text wherever the same case would get another intent."""

# The shade under the light, from rendered heads, rounded; docs/metrics.md has the comparison.
GAIN = 0.40
"""Linear luminance of white hair in light of level 1."""
REFLECTANCE = 0.5
"""Exponent of the shade's linear RGB."""
LEVEL, CAST = 0.9, 0.3
"""Exponents of the light's luminance and of its colour, which is less certain."""
WARMTH = (1.3, 1.0, 0.65)
"""Factors on linear R, G and B: of pigment that dye does not cover."""
CONTRAST = 0.8
"""Exponent of the ratio of mean L* + 16, dyed to photo; 1 would scale the shading."""

_NORM = 6
_LEAST_LIGHT = 1e-4
_LEAST_REFLECTANCE = 0.002
"""Linear; no hair is blacker, whatever the shade."""

_BYTES_PER_PX = 16


@dataclass(frozen=True)
class Light:
    """The light on a head, estimated from all that is not hair.

    Attributes:
        rgb: its level in linear R, G and B, float64 (3,), above 0.
    """

    rgb: NDArray[np.float64]

    @classmethod
    def of(cls, case: TruthCase) -> Light:
        """Shades-of-Grey: the Minkowski norm of order 6 of each channel.

        Of the whole photo where hair fills it.

        Source: G. D. Finlayson & E. Trezzi, "Shades of Gray and Colour Constancy", CIC 2004.
        """
        counts = np.zeros((3, 256), np.int64)
        for part in case.outside:
            counts += _histogram(part.photo[part.inside])
        if not counts.any():
            for piece in case.cut(Box.full(*case.shape), bytes_per_px=_BYTES_PER_PX):
                counts += _histogram(np.asarray(case.image[piece.inner.slices]).reshape(-1, 3))
        powers = counts @ linear_table(1).astype(np.float64) ** _NORM
        return cls(np.maximum((powers / counts.sum(axis=1)) ** (1 / _NORM), _LEAST_LIGHT))

    def on(self, shade: Shade) -> NDArray[np.float64]:
        """The mean colour of hair dyed in a shade, CIELAB float64 (3,).

        A diagonal model (von Kries). With the light's linear RGB e, its luminance Y and the shade's
        linear RGB s: ``GAIN WARMTH s^REFLECTANCE Y^LEVEL (e / Y)^CAST``, channel by channel.
        """
        level = float(luminance(self.rgb))
        reflected = np.maximum(linear_from_srgb(np.array(shade.rgb)), _LEAST_REFLECTANCE)
        linear = GAIN * np.array(WARMTH) * reflected**REFLECTANCE
        linear *= level**LEVEL * (self.rgb / level) ** CAST
        return lab_from_linear(linear[None])[:, 0]


def _histogram(pixels: ImageU8) -> NDArray[np.int64]:
    """How often each byte occurs in each channel of (N, 3) pixels."""
    return np.stack([np.bincount(pixels[:, channel], minlength=256) for channel in range(3)])


def shaded(
    lab: NDArray[np.float32], mean: NDArray[np.float64], lightness: float
) -> NDArray[np.float32]:
    """Hair of another mean colour with the shading of the photo.

    As in intrinsic images, a picture is reflectance times shading: relative to the mean, f = (L* +
    16) / 116 of every pixel keeps its ratio r, and a* and b* go with it. Highlights of dark hair
    are specular and do not grow with the reflectance, so that r becomes ``1 + k^(CONTRAST - 1)
    (r - 1)``, k being the ratio of the mean f, dyed to photo.

    Source: H. G. Barrow & J. M. Tenenbaum, "Recovering Intrinsic Scene Characteristics from
    Images", 1978.

    Args:
        lab: the photo's hair, CIELAB float32 (3, N).
        mean: the mean colour of the dyed hair, CIELAB (3,).
        lightness: mean L* of the photo's hair.

    Returns:
        CIELAB float32 (3, N), L* in 0..100; it may lie outside sRGB.
    """
    ratio = (mean[0] + 16) / (lightness + 16)
    steps = np.float32(ratio ** (CONTRAST - 1))
    shading = (lab[0] + np.float32(16)) * (steps / np.float32(lightness + 16)) + (1 - steps)
    np.maximum(shading, 0, out=shading)
    dyed = np.multiply.outer(mean.astype(np.float32), shading)
    dyed[0] = np.clip(np.float32(mean[0] + 16) * shading - np.float32(16), 0, 100)
    return np.asarray(dyed, np.float32)


class Dyed(ABC):
    """A head that is fully dyed in one shade.

    Attributes:
        is_true: whether it is a true picture.
    """

    is_true: bool

    def __init__(self) -> None:
        self._last: tuple[HairCore, NDArray[np.float32]] | None = None

    def lab_on(self, core: HairCore) -> NDArray[np.float32]:
        """Its CIELAB on the hair core, float32 (3, N); that of the last core is kept."""
        if self._last is None or self._last[0] is not core:
            self._last = core, self._lab_on(core)
        return self._last[1]

    @abstractmethod
    def _lab_on(self, core: HairCore) -> NDArray[np.float32]: ...

    @abstractmethod
    def part(self, key: tuple[slice, slice]) -> NDArray[np.float32]:
        """CIELAB of the pixels ``[top:bottom, left:right]``, float32 (3, h, w)."""


class TrulyDyed(Dyed):
    """A true picture of the dyed head."""

    is_true = True

    def __init__(self, picture: Pixels) -> None:
        """Take the picture, uint8 (H, W, 3)."""
        super().__init__()
        self._picture = picture

    def _lab_on(self, core: HairCore) -> NDArray[np.float32]:
        return core.lab_of(self._picture)

    def part(self, key: tuple[slice, slice]) -> NDArray[np.float32]:
        """See ``Dyed``."""
        return _lab_planes(self._picture[key])


class UnderLight(Dyed):
    """The shade under the photo's light; beside the hair it is the photo."""

    is_true = False

    def __init__(self, case: TruthCase, mean: NDArray[np.float64]) -> None:
        """Take a case and the mean colour of its dyed hair, CIELAB (3,)."""
        super().__init__()
        self._case, self._mean = case, mean

    def _lab_on(self, core: HairCore) -> NDArray[np.float32]:
        return shaded(core.lab, self._mean, self._case.lightness or 0.0)

    def part(self, key: tuple[slice, slice]) -> NDArray[np.float32]:
        """See ``Dyed``."""
        photo = _lab_planes(self._case.image[key])
        flat = photo.reshape(3, -1)
        dyed = shaded(flat, self._mean, self._case.lightness or 0.0).reshape(photo.shape)
        return np.asarray(photo + self._case.truth[key] * (dyed - photo))


@dataclass(frozen=True, eq=False)
class Intent:
    """What a case should look like in one shade and intensity.

    Attributes:
        case: the photo and its truth.
        shade: the colour asked for.
        dyed: the head at intensity 100.
        intensity: 0..100; below 100, that share of the way from photo to dyed head in CIELAB, where
            equal steps are equal differences.
    """

    case: TruthCase
    shade: Shade
    dyed: Dyed
    intensity: float

    @property
    def is_true(self) -> bool:
        """Whether it comes from a true picture of the dyed head."""
        return self.dyed.is_true

    def lab_on(self, core: HairCore) -> NDArray[np.float32]:
        """Its CIELAB on the hair core, float32 (3, N)."""
        if self.intensity == 100:
            return self.dyed.lab_on(core)
        share = np.float32(self.intensity / 100)
        return np.asarray(core.lab + share * (self.dyed.lab_on(core) - core.lab), np.float32)

    @cached_property
    def picture(self) -> Raster:
        """All of it, float64 (H, W, 3) sRGB in [0, 255]; colours outside sRGB are clipped."""
        return _IntentPicture(self)


class Intents:
    """The intents of one case: the light is estimated once, and a head dyed once for each shade."""

    def __init__(self, case: TruthCase) -> None:
        """Take a prepared case; a true picture is found by ``Shade.hex``."""
        self._case = case
        self._last: tuple[str, Dyed] | None = None

    @cached_property
    def light(self) -> Light:
        """The light on the head."""
        return Light.of(self._case)

    def of(self, shade: Shade, intensity: float) -> Intent:
        """The intent of a shade and an intensity, 0..100."""
        if self._last is None or self._last[0] != shade.hex:
            true = self._case.dyed.get(shade.hex)
            dyed = UnderLight(self._case, self.light.on(shade)) if true is None else TrulyDyed(true)
            self._last = shade.hex, dyed
        return Intent(self._case, shade, self._last[1], intensity)


class _IntentPicture(Raster):
    def __init__(self, intent: Intent) -> None:
        self.shape = intent.case.image.shape
        self._intent = intent

    def __getitem__(self, key: tuple[slice, slice]) -> NDArray[np.float64]:
        photo = _lab_planes(self._intent.case.image[key])
        dyed = self._intent.dyed.part(key)
        return srgb_from_lab(photo + self._intent.intensity / 100 * (dyed - photo))


def _lab_planes(picture: ImageU8) -> NDArray[np.float32]:
    """CIELAB of uint8 (h, w, 3), float32 (3, h, w)."""
    flat = np.ascontiguousarray(picture).reshape(-1, 3)
    return lab_from_srgb(flat).reshape(3, *picture.shape[:2])
