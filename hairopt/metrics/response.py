"""Intensity response: does more intensity give more change, in proportion?"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from hairopt.errors import UsageError

_NO_CHANGE_DE76 = 0.5


def response_metrics(change_de76: Mapping[float, float | None]) -> dict[str, float | None]:
    """How the mean change of the hair core grows with intensity.

    response_monotone = max(0, c(100) - c(0)) / sum of |steps of c|: 1 where the change never
    falls, 0 where it comes back to where it began; higher is better.
    response_nonlinearity = max over intensities i of |c(i) / c(100) - i / 100|, at most 1, lower
    is better. The change is the Euclidean CIELAB distance, because CIEDE2000 does not add up along
    a line. Both are None where intensity 100 changes less than 0.5, or a change is undefined;
    response_monotone also where every intensity changes the same.

    Args:
        change_de76: mean distance to the photo by intensity; 0 and 100 must be among them.

    Raises:
        UsageError: where 0, 100 or a third intensity is missing.
    """
    intensities = sorted(change_de76)
    if len(intensities) < 3 or intensities[0] != 0 or intensities[-1] != 100:
        raise UsageError(
            "an intensity response needs the intensities 0, 100 and at least one between, "
            f"not {', '.join(f'{value:g}' for value in intensities) or 'none'}"
        )
    changes = [change_de76[intensity] for intensity in intensities]
    defined = [change for change in changes if change is not None]
    if len(defined) < len(changes) or defined[-1] < _NO_CHANGE_DE76:
        return {"response_monotone": None, "response_nonlinearity": None}
    path = sum(abs(after - before) for before, after in pairwise(defined))
    departure = max(
        abs(change / defined[-1] - intensity / 100.0)
        for change, intensity in zip(defined, intensities, strict=True)
    )
    rise = max(0.0, defined[-1] - defined[0])
    return {
        "response_monotone": min(1.0, rise / path) if path else None,
        "response_nonlinearity": min(1.0, departure),
    }
