"""What a rule says, and what all rules together say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from hairopt.errors import NotComparableError


class Verdict(str, Enum):
    """What a rule, or a whole gate, says."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"


@dataclass(frozen=True)
class RuleResult:
    """One line of a verdict.

    Attributes:
        rule: name of the rule, such as ``mask``.
        subject: what was measured, in words.
        measured: the loss, in the unit of ``limit``; None where it was not measured.
        low, high: its 95 % interval; None for counts and where one image cannot give one.
        limit: the most that is allowed.
        n: cases that entered (requests where latency is measured).
        n_images: independent source images among them.
        p: one-sided p of "worse than the limit allows"; None for counts.
        verdict: of this rule.
        note: what would settle it, or the cases it is about; empty where there is nothing to say.
    """

    rule: str
    subject: str
    measured: float | None
    low: float | None
    high: float | None
    limit: float
    n: int
    p: float | None
    verdict: Verdict
    note: str = ""
    n_images: int = 0


def overall(results: Sequence[RuleResult]) -> Verdict:
    """FAIL if any rule fails, else INCONCLUSIVE if any is, else PASS.

    Raises:
        NotComparableError: without any result there is nothing to pass.
    """
    if not results:
        raise NotComparableError(
            "no rule could be applied: the two have no measured case in common"
        )
    verdicts = {result.verdict for result in results}
    for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE):
        if verdict in verdicts:
            return verdict
    return Verdict.PASS


def listed(names: Sequence[str]) -> str:
    """The first five names, and how many more there are."""
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
