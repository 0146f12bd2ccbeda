"""Colour differences over many pixels: CIEDE2000, dE76, dL, dC, dH, and the hit of a shade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.ciede2000 import ciede2000, ciede2000_exact
from hairopt.metrics.lab import lab_from_srgb
from hairopt.metrics.mask import ratio
from hairopt.metrics.validate import require_lab
from hairopt.types import Shade

LIGHTNESS_BANDS = ("dark", "medium", "light")
"""Hair by the L* of the photo: below 25, below 50, and above."""

_BAND_EDGES = (25.0, 50.0)


def lightness_band(lightness: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The index into LIGHTNESS_BANDS of every L*; uint8 of the same shape."""
    band = (lightness >= np.float32(_BAND_EDGES[0])).astype(np.uint8)
    band += (lightness >= np.float32(_BAND_EDGES[1])).astype(np.uint8)
    return np.asarray(band, np.uint8)


@dataclass(frozen=True)
class ColorSums:
    """Colour errors of an output against the ideal picture, summed over pixels of the hair core.

    Attributes:
        band_px: pixels whose hair is dark, medium and light in the photo, intp (3,).
        de00: CIEDE2000 summed over each of the three, float64 (3,).
        cie1976: the sums of dE76, dL*, dC* and dH* over all, float64 (4,).
        lab: the sums of L*, a*, b* of the output, float64 (3,).
    """

    band_px: NDArray[np.intp]
    de00: NDArray[np.float64]
    cie1976: NDArray[np.float64]
    lab: NDArray[np.float64]

    @classmethod
    def none(cls) -> ColorSums:
        """Of no pixels."""
        return cls(np.zeros(3, np.intp), np.zeros(3), np.zeros(4), np.zeros(3))

    @classmethod
    def of(
        cls, output: NDArray[np.float32], ideal: NDArray[np.float32], band: NDArray[np.uint8]
    ) -> ColorSums:
        """Compare two lists of colours.

        Args:
            output: CIELAB, float32 (3, N).
            ideal: CIELAB, float32 (3, N).
            band: uint8 (N,), from ``lightness_band`` of the photo.

        Raises:
            UsageError: for another dtype or shape, NaN, or values beyond those of any colour.
        """
        from hairopt.metrics.cie1976_loops import cie1976_sums

        require_lab(output, "output")
        require_lab(ideal, "ideal", output.shape)
        de00 = ciede2000(ideal, output)
        return cls(
            np.bincount(band, minlength=3),
            np.bincount(band, de00, 3).astype(np.float64),
            np.array(cie1976_sums(ideal, output)),
            output.sum(axis=1, dtype=np.float64),
        )

    def __add__(self, other: ColorSums) -> ColorSums:
        """The sums of two parts of a core together."""
        return ColorSums(
            self.band_px + other.band_px,
            self.de00 + other.de00,
            self.cie1976 + other.cie1976,
            self.lab + other.lab,
        )

    @property
    def px(self) -> int:
        """All pixels."""
        return int(self.band_px.sum())

    def metrics(self) -> dict[str, float | None]:
        """Colour errors as means of pixels; None where there is no such pixel.

        color_de00 is CIEDE2000 (Sharma et al. 2005), overall and where the photo's hair is dark,
        medium or light; color_de76 = sqrt(dL^2 + da^2 + db^2) (CIE 1976). color_dl, color_dc and
        color_dh are signed, output minus ideal: dL* and dC* directly, dH* = 2 sqrt(C1 C2)
        sin(dh / 2), positive counter-clockwise. All are 0 for equal pictures.
        """
        scores = {"color_de00": ratio(float(self.de00.sum()), self.px)}
        for name, total, px in zip(LIGHTNESS_BANDS, self.de00, self.band_px, strict=True):
            scores[f"color_de00_{name}"] = ratio(float(total), int(px))
        names = ("color_de76", "color_dl", "color_dc", "color_dh")
        for name, total in zip(names, self.cie1976, strict=True):
            scores[name] = ratio(float(total), self.px)
        return scores

    def shade_hit_de00(self, shade: Shade) -> float | None:
        """CIEDE2000 of the mean hair colour to the shade; 0 or more, lower is better.

        The mean is that of L*, a*, b* over the hair core; it says something at intensity 100 only.
        None where there is no core.
        """
        if self.px == 0:
            return None
        wanted = lab_from_srgb(np.array([shade.rgb], np.uint8))
        return float(ciede2000_exact(wanted, (self.lab / self.px)[:, None])[0])


@dataclass(frozen=True)
class Mean:
    """A mean that is added up part by part.

    Attributes:
        total: the sum of the values.
        count: how many they are.
    """

    total: float = 0.0
    count: int = 0

    @classmethod
    def of(cls, values: NDArray[Any]) -> Mean:
        """Of an array of any shape."""
        return cls(float(values.sum(dtype=np.float64)), values.size)

    def __add__(self, other: Mean) -> Mean:
        """Of the values of both."""
        return Mean(self.total + other.total, self.count + other.count)

    @property
    def value(self) -> float | None:
        """The mean; None of no values."""
        return ratio(self.total, self.count)


def de76(output: NDArray[np.float32], ideal: NDArray[np.float32]) -> NDArray[np.float32]:
    """Euclidean CIELAB distances of two lists of colours, CIELAB float32 (3, N)."""
    gap = output - ideal
    distance: NDArray[np.float32] = np.sqrt(gap[0] * gap[0] + gap[1] * gap[1] + gap[2] * gap[2])
    return distance
