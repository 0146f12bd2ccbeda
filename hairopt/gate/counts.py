"""Rules that count source photos: big losers, and photos that worked and now fail.

A count is judged by an exact binomial test against the share that is allowed, because a few photos
may change by chance. A photo without any answer is no chance event: it always fails.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from hairopt.evidence.counts import fewest_beyond, most_hidden, p_more_than
from hairopt.evidence.significance import ALPHA, FEWEST_IMAGES
from hairopt.gate.judged import BOUNDARY_METRIC, MASK_METRIC
from hairopt.gate.limits import GateLimits
from hairopt.gate.pairs import PairedCases
from hairopt.gate.verdict import RuleResult, Verdict, listed
from hairopt.metrics.retention import DEFAULT_GUARDED, guarded_metrics, metric_retention
from hairopt.quantities import number_of


def big_loser_rule(
    cases: PairedCases, limits: GateLimits, guarded: Sequence[str] = DEFAULT_GUARDED
) -> RuleResult:
    """Judge the share of source photos that lose more than ``big_loss``.

    What counts is the largest loss of a photo: points of alpha IoU, or the share of its own quality
    that it loses in another guarded metric but Boundary IoU, which differs too much from photo to
    photo. A photo's values are the means over its cases.

    FAIL: significantly more than ``max_big_losers``. PASS: at most that share, of at least six.
    """
    losses = _source_losses(cases, guarded)
    found = [source for source, loss in losses.items() if loss > limits.big_loss]
    subject = cases.told(f"share of photos that lose over {limits.big_loss:.0%} in any metric")
    n_cases = sum(source in losses for source in cases.sources)
    share = len(found) / len(losses) if losses else 0.0
    names = _cases_of(cases, found)
    is_within = share <= limits.max_big_losers
    limit, what = limits.max_big_losers, "such a loss"
    verdict, note = _judged(found, len(losses), limit, what, is_within=is_within)
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
    for name, (before, after) in zip(
        cases.names, cases.values(cases.named(MASK_METRIC)), strict=True
    ):
        worked = before is None or before >= limits.works_from
        fails = (after is None) != (before is None) or (
            after is not None and after < limits.fails_below
        )
        if worked and fails and name not in cases.missing:
            failed.append(name)
    source_of = dict(zip(cases.names, cases.sources, strict=True))
    sources = {source_of[name] for name in [*failed, *cases.missing]}
    n = len(set(cases.sources))
    verdict, note = _judged(
        list(sources), n, limits.max_failures, "a failure", is_within=not sources
    )
    if cases.missing:
        verdict, note = Verdict.FAIL, f"{number_of(len(cases.missing), 'case')} without an answer"
    names = [*sorted(cases.missing), *failed]
    subject = cases.told("photos that worked and now fail")
    return _result("failures", subject, len(sources), limits.max_failures, len(cases.names), n,
                   verdict, _note(names, note))  # fmt: skip


def _judged(
    found: Sequence[str], n: int, limit: float, what: str, *, is_within: bool
) -> tuple[Verdict, str]:
    """Verdict and reason for a number of photos among ``n``."""
    if n < FEWEST_IMAGES:
        return Verdict.INCONCLUSIVE, f"{number_of(n, 'source photo')}; {FEWEST_IMAGES} are needed"
    if p_more_than(len(found), n, limit) < ALPHA:
        return Verdict.FAIL, ""
    hidden = most_hidden(len(found), n)
    if is_within and not found:
        return Verdict.PASS, f"{what} in fewer than 1 of {1 / hidden:.0f} photos could hide in {n}"
    if is_within:
        return Verdict.PASS, f"{len(found)} of {n}; up to {hidden:.1%} of all photos are possible"
    needed = fewest_beyond(n, limit, ALPHA)
    return Verdict.INCONCLUSIVE, f"{len(found)} of {n} may be chance; {needed} would prove it"


def _source_losses(cases: PairedCases, guarded: Sequence[str]) -> dict[str, float]:
    """The largest loss of every source with values on both sides."""
    worst: dict[str, float] = {}
    for name, metric in guarded_metrics(guarded).items():
        if name == cases.named(BOUNDARY_METRIC) or name not in cases.baseline:
            continue
        for source, (before, after) in _source_means(cases, name).items():
            kept = metric_retention(metric, before, after)
            loss = (
                before - after
                if name == cases.named(MASK_METRIC)
                else 1 - (1.0 if kept is None else kept)
            )
            worst[source] = max(loss, worst.get(source, loss))
    return worst


def _source_means(cases: PairedCases, metric: str) -> dict[str, tuple[float, float]]:
    """The means of baseline and candidate over the cases of a source that have a value on both."""
    found: dict[str, list[tuple[float, float]]] = {}
    for source, (before, after) in zip(cases.sources, cases.values(metric), strict=True):
        if before is not None and after is not None:
            found.setdefault(source, []).append((before, after))
    return {source: (_mean(b for b, _ in pairs), _mean(a for _, a in pairs))
            for source, pairs in found.items()}  # fmt: skip


def _mean(values: Iterable[float]) -> float:
    given = list(values)
    return math.fsum(given) / len(given)


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
