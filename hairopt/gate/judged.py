"""What is judged: the rules by name, the metrics of the answer they look at, and what is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

RULES = (
    "mask",
    "boundary",
    "slice",
    "tail",
    "failures",
    "retention",
    "latency",
    "memory",
)
"""Every rule, in the order of the output."""

MASK_METRIC = "alpha_iou"
"""What was really blended, not the network's mask: a customer sees only the answer."""

BOUNDARY_METRIC = "alpha_boundary_iou"


@dataclass(frozen=True)
class NotJudged:
    """A rule that was not applied.

    Attributes:
        rule: its name.
        reason: why, in a few words.
    """

    rule: str
    reason: str


def switched_off(without: Sequence[str]) -> list[NotJudged]:
    """The rules that were switched off by name, in their own order."""
    return [NotJudged(rule, "switched off") for rule in RULES if rule in without]
