"""Pictures of the worst cases, and the command that measures each again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hairopt.errors import DataError
from hairopt.gate.settings import DEFAULT_BASELINES, GateSettings
from hairopt.gate.sides import Side, Sides
from hairopt.measure.run_tables import read_cases


@dataclass(frozen=True)
class Pictures:
    """The pictures of one side of a case in a run folder.

    Attributes:
        run: the run folder.
        folder: folder of the case, inside ``run``.
        variant: the name of its mask and answer there.
    """

    run: Path
    folder: Path
    variant: str


@dataclass(frozen=True)
class Inspection:
    """The pictures and the command for looking at one case.

    Attributes:
        photo: the file of the photo; None if the dataset is not available. For a derived case it
            is the original photo.
        baseline, candidate: pictures of each side; None if the run kept none.
        command: the command that measures this case again.
    """

    photo: str | None
    baseline: Pictures | None
    candidate: Pictures | None
    command: str


def find_inspections(
    cases: Sequence[str], sides: Sides, settings: GateSettings
) -> dict[str, Inspection]:
    """The pictures and commands of the named cases.

    Args:
        cases: names of cases.
        sides: both sides, read or measured.
        settings: the settings of the comparison.
    """
    photos = {case.name: str(case.photo) for case in sides.dataset.cases} if sides.dataset else {}
    before, after = (_pictures(side) for side in (sides.baseline, sides.candidate))
    return {
        name: Inspection(
            photos.get(name), before.get(name), after.get(name), command_for(name, settings)
        )
        for name in cases
    }


def command_for(case: str, settings: GateSettings) -> str:
    """The command line that compares both sides on only one case."""
    words = ["hairopt", "compare", str(settings.baseline), str(settings.candidate)]
    words += [f"--case={case}", "--rounds=1"]
    if settings.dataset is not None:
        words.append(f"--dataset={settings.dataset}")
    if settings.model is not None:
        words.append(f"--model={settings.model}")
    words += [f"--shade={shade}" for shade in settings.shades or ()]
    words += [f"--intensity={value:g}" for value in settings.intensities or ()]
    if settings.seed is not None:
        words.append(f"--seed={settings.seed}")
    if settings.baselines != DEFAULT_BASELINES:
        words.append(f"--baselines={settings.baselines}")
    if settings.across_isa:
        words.append("--across-isa")
    if settings.remeasure:
        words.append("--remeasure")
    return shlex.join(words)


def _pictures(side: Side) -> dict[str, Pictures]:
    if side.run is None:
        return {}
    try:
        rows = read_cases(side.run)
    except DataError:
        return {}
    if "images" not in rows:
        return {}
    own = rows[rows["variant"] == side.snapshot.variant].drop_duplicates("case")
    return {
        str(case): Pictures(side.run, side.run / folder, side.snapshot.variant)
        for case, folder in zip(own["case"], own["images"], strict=True)
        if isinstance(folder, str)
    }
