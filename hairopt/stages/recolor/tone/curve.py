"""The curve of a dyed head: a colour for each of 256 lumas, from eight numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hairopt.stages.recolor.tone.look import tones
from hairopt.types import Swatch

Curve = NDArray[np.float32]
"""CIELAB by luma: float32 (256, 3)."""

COUNT = 8

DARK, BRIGHT = 8.0, 90.0
"""L* beyond which the curve bends, so that deep shadows and highlights keep their texture."""

DARKEST, BRIGHTEST = 1.0, 99.0
"""L* that the curve never passes."""

_FAR = 20.0
"""L* over which the slopes of a swatch are continued at most."""

_STEEPEST = 4.0
"""Largest slope that is believed: a noisy swatch has any."""


@dataclass(frozen=True)
class Placement:
    """Where the colours of the dyed hair lie.

    Attributes:
        lightness, a, b: CIELAB of the dyed hair where the photo has its mean tone.
        log_gain: logarithm of the dyed hair's lightness contrast over the photo's.
        bend: how the contrast changes towards bright tones; 0 is a straight line.
        a_slope, b_slope: change of a* and b* for 10 units of L*.
        chroma_bend: how a* and b* fade (negative) or grow away from the mean lightness.
    """

    lightness: float
    a: float
    b: float
    log_gain: float
    bend: float
    a_slope: float
    b_slope: float
    chroma_bend: float

    def with_swatch(self, swatch: Swatch, photo_spread: float) -> Placement:
        """The placement with what a picture of the dyed hair tells.

        A code tells neither how the colour changes from shadow to highlight nor how much strands
        differ. But the light of the swatch is another one, so that all become the means of both.

        Args:
            swatch: of the shade.
            photo_spread: standard deviation of L* of the hair in the photo.
        """
        slopes = [float(np.clip(slope, -_STEEPEST, _STEEPEST)) for slope in swatch.slopes]
        apart = float(np.clip(self.lightness - swatch.lab[0], -_FAR, _FAR)) / 10
        a, b = (swatch.lab[i + 1] + apart * slopes[i] for i in (0, 1))
        gain = np.log(max(swatch.spread, 1.0) / max(photo_spread, 1.0))
        return replace(
            self,
            a=(self.a + a) / 2,
            b=(self.b + b) / 2,
            log_gain=(self.log_gain + float(gain)) / 2,
            a_slope=(self.a_slope + slopes[0]) / 2,
            b_slope=(self.b_slope + slopes[1]) / 2,
        )

    def curve(self, mean_tone: float) -> Curve:
        """The dyed colour of every luma, lightness never falling; chroma is not limited to sRGB.

        Args:
            mean_tone: mean L* of the hair's luma in the photo, which gets the placement's colour.
        """
        x = (tones() - mean_tone) / 10
        rise = 10 * np.exp(self.log_gain) * (x + self.bend * x * np.abs(x) / (1 + np.abs(x)))
        lightness = np.maximum.accumulate(_limited(self.lightness + rise))
        y = (lightness - self.lightness) / 10
        chroma = 1 + self.chroma_bend * y * y / (1 + y * y)
        a = (self.a + self.a_slope * y) * chroma
        b = (self.b + self.b_slope * y) * chroma
        return np.asarray(np.stack([lightness, a, b], axis=1), np.float32)


def _limited(lightness: NDArray[np.float64]) -> NDArray[np.float64]:
    up, down = BRIGHTEST - BRIGHT, DARK - DARKEST
    bright = BRIGHT + up * np.tanh((lightness - BRIGHT) / up)
    dark = DARK - down * np.tanh((DARK - lightness) / down)
    return np.where(lightness > BRIGHT, bright, np.where(lightness < DARK, dark, lightness))
