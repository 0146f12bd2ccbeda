"""The verdict of a rule, and of all rules together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from hairopt.errors import NotComparableError


class Verdict(str, Enum):
    """The verdict of a rule or of the whole gate."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"


@dataclass(frozen=True)
class RuleResult:
    """The result of one rule.

    Attributes:
        rule: name of the rule, such as ``mask``.
        subject: the measured quantity, in words.
        measured: the loss, in the unit of ``limit``; None if it was not measured.
        low, high: its 95 % interval; None for counts and for a single image.
        limit: the largest allowed loss.
        n: number of cases (for latency: of requests).
        n_images: number of independent source images among them.
        p: one-sided p of "worse than the limit"; None for counts.
        verdict: the verdict of this rule.
        note: what is needed to decide, or the cases concerned; may be empty.
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
        NotComparableError: there is no result.
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
    """The first five names, and the number of further ones."""
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
