"""``noise.csv``: the difference between two equally true pictures of one scene."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

from hairopt.datasets.case_table import read_case_table

NOISE_FILE = "noise.csv"
NOISE_COLUMN = "noise_de00_mean"


def read_noise(path: Path, known: Iterable[str]) -> tuple[dict[str, float], list[str]]:
    """Read the noise floors of the cases; an absent file states none.

    The noise floor of a case is the mean CIEDE2000 over its hair between two equally true pictures
    of it: a scene rendered with another seed, a head photographed twice. A smaller difference from
    a true picture has no meaning.

    Args:
        path: ``noise.csv``: UTF-8, comma separated, a header with the columns ``name`` and
            ``noise_de00_mean``; other columns are ignored. An empty cell states no floor.
        known: the names of the dataset's cases.

    Returns:
        Case name -> dE00, 0 or more, and one sentence for every fault.

    Raises:
        DataError: the file is no text that can be read.
    """
    rows, faults = read_case_table(path, known, NOISE_COLUMN)
    found: dict[str, float] = {}
    for name, cells in rows.items():
        text = cells.get(NOISE_COLUMN)
        if text is None:
            continue
        value = _number(text)
        if value is None:
            faults.append(
                f"{path}: {NOISE_COLUMN} of case {name!r} must be a number, 0 or more "
                f"(found: {text!r})"
            )
        else:
            found[name] = value
    return found, faults


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None
