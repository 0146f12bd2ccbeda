"""Shades that a back-end is asked for where nobody has asked for one."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

from hairopt.types import Shade

PROBES = 3

_FAR_APART = ("#b3261e", "#1f8a3b", "#2b4fb3")
"""Red, green and blue dyes of similar lightness, for a back-end that takes any colour."""


def probes(palette: Mapping[str, str]) -> tuple[Shade, ...]:
    """Up to three shades that are far apart in hue: of the palette, if there is one.

    Args:
        palette: name -> ``#rrggbb``; empty for a back-end that takes any colour.
    """
    if not palette:
        return tuple(Shade(code, code) for code in _FAR_APART)
    return farthest_apart(Shade(code, name) for name, code in palette.items())


def farthest_apart(shades: Iterable[Shade], number: int = PROBES) -> tuple[Shade, ...]:
    """The shades with the largest smallest distance of two in CIELAB; all if there are few."""
    found = list({shade.hex: shade for shade in shades}.values())
    if len(found) <= number:
        return tuple(found)
    labs = [_lab(shade) for shade in found]

    def spread(places: tuple[int, ...]) -> float:
        return min(
            sum((a - b) ** 2 for a, b in zip(labs[i], labs[j], strict=True))
            for i, j in itertools.combinations(places, 2)
        )

    # A palette of a hundred shades has 161,700 triples; every second one tells as much of it.
    places = range(0, len(found), 1 + len(found) // 60)
    best = max(itertools.combinations(places, number), key=spread)
    return tuple(found[place] for place in best)


def common(palettes: Iterable[Mapping[str, str]]) -> tuple[Shade, ...]:
    """The shades that all palettes have, under the names of the first; empty without a palette.

    Empty palettes take any colour.
    """
    told = [palette for palette in palettes if palette]
    if not told:
        return ()
    codes = set.intersection(*(set(palette.values()) for palette in told))
    return tuple(Shade(code, name) for name, code in told[0].items() if code in codes)


def _lab(shade: Shade) -> tuple[float, ...]:
    import cv2
    import numpy as np

    pixel = np.array([[shade.rgb]], np.float32) / 255
    return tuple(float(value) for value in cv2.cvtColor(pixel, cv2.COLOR_RGB2Lab)[0, 0])
