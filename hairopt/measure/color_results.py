"""What reports show of colour: swatches asked for and got, and how methods follow intensity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

import numpy as np

from hairopt.measure.case_scorer import LIGHTNESS_TAG, IntensityScore, Scored
from hairopt.measure.run_model import Color, IntensityPoint, Swatch
from hairopt.metrics.color import HAIR_BANDS
from hairopt.metrics.lab import srgb_from_lab

ALL_HAIR = "all"

T = TypeVar("T")


def swatches(scored: Sequence[Scored]) -> list[Swatch]:
    """The swatches of one variant: shade by shade, of all heads and of each band that occurs.

    Means over source photos, as everywhere.
    """
    strongest = max((one.intensity for one in scored if not one.is_redye), default=0.0)
    shown = [one for one in scored if one.intensity == strongest and not one.is_redye]
    found = []
    for members in _groups(shown, lambda one: one.shade.hex).values():
        for band in (ALL_HAIR, *HAIR_BANDS):
            of_band = [
                one
                for one in members
                if one.hair_lab and one.intent_lab and band in (ALL_HAIR, one.tags[LIGHTNESS_TAG])
            ]
            if of_band:
                found.append(_swatch(of_band, band))
    return found


def _swatch(members: Sequence[Scored], band: str) -> Swatch:
    sources = [one.source for one in members]
    first = members[0]
    return Swatch(
        shade=first.shade.hex,
        shade_name=first.shade.name,
        intensity=first.intensity,
        band=band,
        n=len(members),
        intent=_mean_color([one.intent_lab for one in members if one.intent_lab], sources),
        got=_mean_color([one.hair_lab for one in members if one.hair_lab], sources),
    )


def _mean_color(labs: Sequence[tuple[float, float, float]], sources: Sequence[str]) -> Color:
    means = [
        np.mean([lab for lab, _ in members], axis=0)
        for members in _groups(list(zip(labs, sources, strict=True)), lambda one: one[1]).values()
    ]
    mean = np.mean(means, axis=0)
    red, green, blue = np.rint(srgb_from_lab(mean)).astype(int)
    lightness, a, b = (float(value) for value in mean)
    return Color(lab=(lightness, a, b), hex=f"#{red:02x}{green:02x}{blue:02x}")


def intensity_curve(scores: Sequence[IntensityScore]) -> list[IntensityPoint]:
    """What one method does at each intensity, over the cases with hair."""
    points = []
    for intensity, members in sorted(_groups(scores, lambda one: one.intensity).items()):
        cases = [
            (_mean(one.change_de76 for one in of_case), _mean(one.lock_de00 for one in of_case))
            for of_case in _groups(members, lambda one: one.case).values()
        ]
        defined = [
            (change, error) for change, error in cases if change is not None and error is not None
        ]
        if defined:
            change, error = (float(value) for value in np.mean(defined, axis=0))
            points.append(
                IntensityPoint(
                    intensity=intensity, change_de76=change, lock_de00=error, n=len(defined)
                )
            )
    return points


def _mean(values: Iterable[float | None]) -> float | None:
    defined = [value for value in values if value is not None]
    return sum(defined) / len(defined) if defined else None


Key = TypeVar("Key", bound=Hashable)


def _groups(members: Sequence[T], key: Callable[[T], Key]) -> dict[Key, list[T]]:
    found: dict[Key, list[T]] = defaultdict(list)
    for one in members:
        found[key(one)].append(one)
    return dict(found)
