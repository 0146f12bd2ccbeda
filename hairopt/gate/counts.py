"""Rules that count cases: big losers, and cases that worked and now fail."""

from __future__ import annotations

from collections.abc import Sequence

from hairopt.gate.limits import GateLimits
from hairopt.gate.pairs import PairedCases
from hairopt.gate.verdict import RuleResult, Verdict, listed


def big_loser_rule(cases: PairedCases, limits: GateLimits) -> RuleResult:
    """Judge the share of cases whose IoU falls by more than ``big_loss`` points."""
    pairs = [
        (name, before - after)
        for name, (before, after) in zip(cases.names, cases.values("iou"), strict=True)
        if before is not None and after is not None
    ]
    losers = [name for name, loss in pairs if loss > limits.big_loss]
    share = len(losers) / len(pairs) if pairs else 0.0
    return _count_result(
        "tail",
        f"share of cases that lose over {limits.big_loss * 100:.0f} points of IoU",
        share,
        limits.max_big_losers,
        [name for name, _ in pairs],
        losers,
        cases,
    )


def failure_rule(cases: PairedCases, limits: GateLimits) -> RuleResult:
    """Judge whether any case that worked now fails.

    A case worked if its IoU was at least ``works_from``, or if there was no hair and none was found
    (IoU undefined). It now fails if its IoU is below ``fails_below``, or undefined although it was
    defined before. A case that the candidate does not answer always fails.
    """
    failed = []
    for name, (before, after) in zip(cases.names, cases.values("iou"), strict=True):
        worked = before is None or before >= limits.works_from
        fails = (after is None) != (before is None) or (
            after is not None and after < limits.fails_below
        )
        if name in cases.missing or (worked and fails):
            failed.append(name)
    subject = "cases that worked and now fail"
    return _count_result("failures", subject, len(failed), 0.0, cases.names, failed, cases)


def _count_result(
    rule: str,
    subject: str,
    measured: float,
    limit: float,
    judged: Sequence[str],
    found: Sequence[str],
    cases: PairedCases,
) -> RuleResult:
    verdict = Verdict.FAIL if measured > limit else Verdict.PASS
    source_of = dict(zip(cases.names, cases.sources, strict=True))
    images = len({source_of[name] for name in judged})
    return RuleResult(
        rule,
        subject,
        measured,
        None,
        None,
        limit,
        len(judged),
        None,
        verdict,
        listed(found),
        images,
    )
