"""Rules that count source photos: big losers, and photos that worked and now fail.

A count is judged by an exact binomial test against the share that is allowed, because a few photos
may change by chance. A photo without any answer is no chance event: it always fails.
"""

from __future__ import annotations

from collections.abc import Sequence

from hairopt.evidence.counts import fewest_beyond, most_hidden, p_more_than
from hairopt.evidence.significance import ALPHA, FEWEST_IMAGES
from hairopt.gate.judged import MASK_METRIC
from hairopt.gate.limits import GateLimits
from hairopt.gate.pairs import PairedCases
from hairopt.gate.verdict import RuleResult, Verdict, listed
from hairopt.quantities import number_of


def big_loser_rule(cases: PairedCases, limits: GateLimits) -> RuleResult:
    """Judge the share of source photos whose alpha IoU falls by more than ``big_loss`` points.

    A photo's loss is the mean over its cases.

    FAIL: significantly more than ``max_big_losers``. PASS: at most that share, of at least six.
    """
    losses = _source_losses(cases)
    found = [source for source, loss in losses.items() if loss > limits.big_loss]
    subject = f"share of photos that lose over {limits.big_loss * 100:.0f} points of alpha IoU"
    n_cases = sum(
        before is not None and after is not None for before, after in cases.values(MASK_METRIC)
    )
    share = len(found) / len(losses) if losses else 0.0
    names = _cases_of(cases, found)
    is_within = share <= limits.max_big_losers
    verdict, note = _judged(found, len(losses), limits.max_big_losers, is_within=is_within)
    return _result("tail", subject, share, limits.max_big_losers, n_cases, len(losses), verdict,
                   _note(names, note))  # fmt: skip


def failure_rule(cases: PairedCases, limits: GateLimits) -> RuleResult:
    """Judge the source photos of which a case worked and now fails.

    A case worked if its alpha IoU was at least ``works_from``, or if there was no hair and none was
    found (undefined). It now fails if it is below ``fails_below``, or undefined although it was
    defined before.

    FAIL: a case without an answer, or significantly more photos than ``max_failures``. PASS: none,
    of at least six.
    """
    failed = []
    for name, (before, after) in zip(cases.names, cases.values(MASK_METRIC), strict=True):
        worked = before is None or before >= limits.works_from
        fails = (after is None) != (before is None) or (
            after is not None and after < limits.fails_below
        )
        if worked and fails and name not in cases.missing:
            failed.append(name)
    source_of = dict(zip(cases.names, cases.sources, strict=True))
    sources = {source_of[name] for name in [*failed, *cases.missing]}
    n = len(set(cases.sources))
    verdict, note = _judged(list(sources), n, limits.max_failures, is_within=not sources)
    if cases.missing:
        verdict, note = Verdict.FAIL, f"{number_of(len(cases.missing), 'case')} without an answer"
    names = [*sorted(cases.missing), *failed]
    subject = "photos that worked and now fail"
    return _result("failures", subject, len(sources), limits.max_failures, len(cases.names), n,
                   verdict, _note(names, note))  # fmt: skip


def _judged(found: Sequence[str], n: int, limit: float, *, is_within: bool) -> tuple[Verdict, str]:
    """Verdict and reason for a number of photos among ``n``."""
    if n < FEWEST_IMAGES:
        return Verdict.INCONCLUSIVE, f"{number_of(n, 'source photo')}; {FEWEST_IMAGES} are needed"
    if p_more_than(len(found), n, limit) < ALPHA:
        return Verdict.FAIL, ""
    hidden = most_hidden(len(found), n)
    if is_within and not found:
        return Verdict.PASS, f"it could hide in fewer than 1 of {1 / hidden:.0f} photos"
    if is_within:
        return Verdict.PASS, f"{len(found)} of {n}; up to {hidden:.1%} of all photos are possible"
    needed = fewest_beyond(n, limit, ALPHA)
    return Verdict.INCONCLUSIVE, f"{len(found)} of {n} may be chance; {needed} would prove it"


def _source_losses(cases: PairedCases) -> dict[str, float]:
    """The mean loss of alpha IoU of every source with a value on both sides."""
    found: dict[str, list[float]] = {}
    for source, (before, after) in zip(cases.sources, cases.values(MASK_METRIC), strict=True):
        if before is not None and after is not None:
            found.setdefault(source, []).append(before - after)
    return {source: sum(losses) / len(losses) for source, losses in found.items()}


def _cases_of(cases: PairedCases, sources: Sequence[str]) -> list[str]:
    """The first case of each of these sources."""
    firsts: dict[str, str] = {}
    for name, source in zip(cases.names, cases.sources, strict=True):
        firsts.setdefault(source, name)
    return [firsts[source] for source in sources]


def _note(names: Sequence[str], reason: str) -> str:
    return "; ".join(filter(None, [listed(names), reason]))


def _result(
    rule: str,
    subject: str,
    measured: float,
    limit: float,
    n_cases: int,
    n_sources: int,
    verdict: Verdict,
    note: str,
) -> RuleResult:
    return RuleResult(
        rule, subject, measured, None, None, limit, n_cases, None, verdict, note, n_sources
    )
