"""The cases that lost most."""

from __future__ import annotations

from dataclasses import dataclass

from hairopt.gate.judged import MASK_METRIC
from hairopt.gate.pairs import PairedCases

_SEEN_FROM = 0.005
"""Smallest loss of IoU that is shown: half a point."""


@dataclass(frozen=True)
class Offender:
    """A case whose dye covers the hair worse.

    Attributes:
        case: its name.
        baseline_iou, candidate_iou: of what was blended; None if undefined or unanswered. Of photos
            without masks: agreement with the baseline.
        loss: lost IoU points (0..1); an undefined value counts as 1 before and as 0 after.
    """

    case: str
    baseline_iou: float | None
    candidate_iou: float | None
    loss: float


def worst_offenders(cases: PairedCases, count: int = 10) -> list[Offender]:
    """The ``count`` cases that lost most alpha IoU, worst first, without losses nobody sees."""
    found = []
    for name, (before, after) in zip(
        cases.names, cases.values(cases.named(MASK_METRIC)), strict=True
    ):
        if before is None and after is None and name not in cases.missing:
            continue
        loss = (1.0 if before is None else before) - (0.0 if after is None else after)
        if loss >= _SEEN_FROM:
            found.append(Offender(name, before, after, loss))
    return sorted(found, key=lambda one: (-one.loss, one.case))[:count]
