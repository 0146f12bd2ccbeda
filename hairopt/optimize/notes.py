"""Sentences about the limits of a plan's results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hairopt.evidence.significance import FEWEST_IMAGES
from hairopt.evidence.times import FEWEST_STARTS
from hairopt.measure.run_model import Run
from hairopt.optimize.judge import Judged
from hairopt.optimize.request import OptimizeRequest
from hairopt.optimize.search import Ending
from hairopt.quantities import number_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Confirmed:
    """The confirming run and its judgement."""

    run: Run
    rows: pd.DataFrame
    judged: Judged


def notes_on(
    request: OptimizeRequest, n: int, ending: Ending, confirmed: Confirmed | None
) -> list[str]:
    """What is not known, and why; ``n`` candidates were screened."""
    notes = []
    if not n:
        notes.append(
            f"Nothing was measured: the budget of {request.budget_s:g} s ended before the first "
            "short run was done. A larger --budget with the same --out continues."
        )
    elif ending == "budget":
        notes.append(
            f"The budget ended the search after {number_of(n, 'candidate')}; a larger --budget "
            "with the same --out continues from here."
        )
    if n and confirmed is None:
        notes.append(
            "No option was confirmed, so none is recommended: there was no time left for a run on "
            "all cases, or nothing saved 5 % or more. The results of screening are listed, but "
            "prove nothing."
        )
    if confirmed is not None:
        notes += _limits(request, confirmed)
    return notes


def _limits(request: OptimizeRequest, confirmed: Confirmed) -> list[str]:
    """The limits of the confirmation."""
    run, notes = confirmed.run, []
    n, n_all = len(run.dataset.bad_cases) + run.dataset.n_cases, len(request.confirmation.cases)
    if run.dataset.bad_cases:
        unusable = number_of(len(run.dataset.bad_cases), "case")
        notes.append(f"{unusable} could not be used; run.json names them.")
    if n < n_all:
        notes.append(
            f"There was time to confirm on {n} of {number_of(n_all, 'case')} only, a stratified "
            "subset."
        )
    if not request.is_confirmed_apart:
        notes.append(
            "Photos that chose the options confirm them, too, which flatters a little: there are "
            "too few to keep some apart. --confirm DATASET takes further ones."
        )
    if len(run.protocol.shades) < len(request.shades):
        notes.append("There was time to confirm with the first shade only.")
    if run.protocol.starts < FEWEST_STARTS:
        starts = number_of(run.protocol.starts, "process start")
        notes.append(
            f"There was time for {starts} of each variant only; {FEWEST_STARTS} are needed to "
            "prove a change of time or memory."
        )
    target = request.target
    if target and run.protocol.rounds < target.rounds_needed:
        requests = number_of(run.protocol.rounds, "request is", "requests are")
        notes.append(
            f"{requests} too few for {target.quantity}, which needs {target.rounds_needed}: "
            "whether the target is met is not known."
        )
    sources = confirmed.rows["source"].nunique()
    if sources < FEWEST_IMAGES:
        notes.append(
            f"The cases come from {number_of(sources, 'photo')}. {FEWEST_IMAGES} are the least "
            "that can prove anything about quality; confirm on photos of your own."
        )
    return notes
