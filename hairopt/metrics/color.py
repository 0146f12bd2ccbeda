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

HAIR_BANDS = ("dark", "medium", "light", "grey")
"""Heads by the mean colour of their hair in the photo, see ``hair_band``."""

_DARK_BELOW, _LIGHT_FROM = 25.0, 50.0
_GREY_BELOW = 8.0
"""Chroma. Of rendered heads in light that is not warm, grey and white ones that are not dark have 4
to 7, others 9 or more; platinum in cool light is as grey."""


def hair_band(mean_lab: NDArray[Any]) -> str:
    """Which of HAIR_BANDS a head belongs to.

    ``dark`` has L* below 25. Above, hair without colour, C* below 8, is ``grey`` (white hair, too);
    other hair is ``medium`` below L* 50, and else ``light``.

    Args:
        mean_lab: mean L*, a*, b* of the hair in the photo, (3,).
    """
    lightness, chroma = float(mean_lab[0]), float(np.hypot(mean_lab[1], mean_lab[2]))
    if lightness < _DARK_BELOW:
        return "dark"
    if chroma < _GREY_BELOW:
        return "grey"
    return "medium" if lightness < _LIGHT_FROM else "light"


@dataclass(frozen=True)
class ColorSums:
    """Colour errors of an output against another picture, summed over pixels of the hair core.

    Attributes:
        px: how many pixels.
        de00: the sum of CIEDE2000.
        cie1976: the sums of dE76, dL*, dC* and dH*, float64 (4,).
        lab: the sums of L*, a*, b* of the output, float64 (3,).
        wanted: those of the other picture.
    """

    px: int
    de00: float
    cie1976: NDArray[np.float64]
    lab: NDArray[np.float64]
    wanted: NDArray[np.float64]

    @classmethod
    def none(cls) -> ColorSums:
        """Of no pixels."""
        return cls(0, 0.0, np.zeros(4), np.zeros(3), np.zeros(3))

    @classmethod
    def of(cls, output: NDArray[np.float32], wanted: NDArray[np.float32]) -> ColorSums:
        """Compare two lists of colours.

        Args:
            output: CIELAB, float32 (3, N).
            wanted: CIELAB, float32 (3, N).

        Raises:
            UsageError: for another dtype or shape, NaN, or values beyond those of any colour.
        """
        from hairopt.metrics.cie1976_loops import cie1976_sums

        require_lab(output, "output")
        require_lab(wanted, "wanted", output.shape)
        return cls(
            output.shape[1],
            float(ciede2000(wanted, output).sum(dtype=np.float64)),
            np.array(cie1976_sums(wanted, output)),
            output.sum(axis=1, dtype=np.float64),
            wanted.sum(axis=1, dtype=np.float64),
        )

    def __add__(self, other: ColorSums) -> ColorSums:
        """The sums of two parts of a core together."""
        return ColorSums(
            self.px + other.px,
            self.de00 + other.de00,
            self.cie1976 + other.cie1976,
            self.lab + other.lab,
            self.wanted + other.wanted,
        )

    def metrics(self, band: str | None) -> dict[str, float | None]:
        """Colour errors as means of pixels; None where there is no pixel.

        color_de00 is CIEDE2000 (Sharma et al. 2005), and once more under the name of the head's
        band, None in the others; color_de76 = sqrt(dL^2 + da^2 + db^2) (CIE 1976). color_dl,
        color_dc and color_dh are signed, output minus wanted: dL* and dC* directly, dH* = 2 sqrt(C1
        C2) sin(dh / 2), positive counter-clockwise. All are 0 for equal pictures.

        Args:
            band: of HAIR_BANDS; None for a head without a core.
        """
        mean = ratio(self.de00, self.px)
        scores = {"color_de00": mean}
        for name in HAIR_BANDS:
            scores[f"color_de00_{name}"] = mean if name == band else None
        names = ("color_de76", "color_dl", "color_dc", "color_dh")
        for name, total in zip(names, self.cie1976, strict=True):
            scores[name] = ratio(float(total), self.px)
        return scores

    @property
    def mean_lab(self) -> tuple[float, float, float] | None:
        """Mean L*, a*, b* of the output; None without a pixel."""
        return _mean(self.lab, self.px)

    @property
    def mean_wanted(self) -> tuple[float, float, float] | None:
        """Those of the other picture."""
        return _mean(self.wanted, self.px)

    def shade_hit_de00(self, shade: Shade) -> float | None:
        """CIEDE2000 of the mean hair colour to the shade; 0 or more, lower is better.

        The mean is that of L*, a*, b* over the hair core; it says something at intensity 100 only.
        None where there is no core.
        """
        if self.px == 0:
            return None
        wanted = lab_from_srgb(np.array([shade.rgb], np.uint8))
        return float(ciede2000_exact(wanted, (self.lab / self.px)[:, None])[0])


def _mean(sums: NDArray[np.float64], px: int) -> tuple[float, float, float] | None:
    if px == 0:
        return None
    lightness, a, b = (float(total) / px for total in sums)
    return lightness, a, b


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
