"""Colour differences over many pixels: CIEDE2000, dE76, dL, dC, dH, and the hit of a shade."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hairopt.metrics.ciede2000 import ciede2000, ciede2000_exact
from hairopt.metrics.lab import lab_from_srgb
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


def color_metrics(
    output: NDArray[np.float32], ideal: NDArray[np.float32], band: NDArray[np.uint8]
) -> dict[str, float | None]:
    """Colour errors of the output against the ideal picture over the hair core, as means of pixels.

    color_de00 is CIEDE2000 (Sharma et al. 2005), overall and where the photo's hair is dark, medium
    or light; color_de76 = sqrt(dL^2 + da^2 + db^2) (CIE 1976). color_dl, color_dc and color_dh are
    signed, output minus ideal: dL* and dC* directly, dH* = 2 sqrt(C1 C2) sin(dh / 2), positive
    counter-clockwise. All are 0 for equal pictures. None where there is no such pixel.

    Args:
        output: CIELAB, float32 (3, N).
        ideal: CIELAB, float32 (3, N).
        band: uint8 (N,), from ``lightness_band`` of the photo.

    Raises:
        UsageError: for another dtype or shape, NaN, or values beyond those of any colour.
    """
    from hairopt.metrics.cie1976_loops import cie1976_means

    require_lab(output, "output")
    require_lab(ideal, "ideal", output.shape)
    names = ["color_de00", *(f"color_de00_{name}" for name in LIGHTNESS_BANDS)]
    if output.shape[1] == 0:
        return dict.fromkeys([*names, "color_de76", "color_dl", "color_dc", "color_dh"])
    de00 = ciede2000(ideal, output)
    count = np.bincount(band, minlength=3)
    total = np.bincount(band, weights=de00, minlength=3)
    means = [float(total.sum()) / de00.size]
    scores: dict[str, float | None] = dict(zip(names, means, strict=False))
    for index, name in enumerate(names[1:]):
        scores[name] = float(total[index] / count[index]) if count[index] else None
    parts = ("color_de76", "color_dl", "color_dc", "color_dh")
    return scores | dict(zip(parts, cie1976_means(ideal, output), strict=True))


def shade_hit_de00(output: NDArray[np.float32], shade: Shade) -> float | None:
    """CIEDE2000 of the mean hair colour to the shade; 0 or more, lower is better.

    The mean is that of L*, a*, b* over the hair core. None where there is no core.

    Args:
        output: CIELAB of the hair core at intensity 100, float32 (3, N).
        shade: the colour asked for.
    """
    require_lab(output, "output")
    if output.shape[1] == 0:
        return None
    mean = output.mean(axis=1, dtype=np.float64)[:, None]
    wanted = lab_from_srgb(np.array([shade.rgb], np.uint8))
    return float(ciede2000_exact(wanted, mean)[0])


def mean_de00(output: NDArray[np.float32], ideal: NDArray[np.float32]) -> float | None:
    """Mean CIEDE2000 of two lists of colours, CIELAB float32 (3, N); None where they are empty."""
    return _mean(ciede2000(ideal, output)) if output.shape[1] else None


def mean_de76(output: NDArray[np.float32], ideal: NDArray[np.float32]) -> float | None:
    """Mean Euclidean CIELAB distance of two lists of colours; None where they are empty."""
    if output.shape[1] == 0:
        return None
    gap = output - ideal
    return _mean(np.sqrt(gap[0] * gap[0] + gap[1] * gap[1] + gap[2] * gap[2]))


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean(dtype=np.float64))
