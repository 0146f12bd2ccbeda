"""The first screen of a comparison: the verdict, what is won and lost, and how sure it is."""

from __future__ import annotations

from collections.abc import Sequence

from hairopt.evidence.evidence import UNPROVEN
from hairopt.gate.compare import Comparison
from hairopt.gate.verdict import Verdict
from hairopt.metrics.catalog import known_metrics
from hairopt.quantities import number_of
from hairopt.report.answer import LOSE, SHIP, SURE, WIN, Answer, Point, Tone
from hairopt.report.comparison.text import NOT_JUDGED, Change, changes, closing_line, rule_cells

_MOST = 4
"""Changes that are named; the others are in the table."""

_SHORT: dict[Verdict, tuple[str, Tone]] = {
    Verdict.PASS: ("Yes", "good"),
    Verdict.FAIL: ("No", "bad"),
    Verdict.INCONCLUSIVE: ("Not shown either way", "doubt"),
}


def comparison_answer(comparison: Comparison) -> Answer:
    """The first screen."""
    found = changes(comparison)
    warnings = [f"Dataset: {line}" for line in comparison.dataset_warnings]
    if comparison.timed is not None:
        warnings += comparison.timed.warnings
    points = (_ship(comparison), _wins(found), _losses(found), _certainty(comparison))
    return Answer(closing_line(comparison), points, tuple(warnings))


def _ship(comparison: Comparison) -> Point:
    short, tone = _SHORT[comparison.verdict]
    deciding = [rule for rule in comparison.rules if rule.verdict is comparison.verdict]
    open_ = [f"{NOT_JUDGED}: {one.rule}, {one.reason}" for one in comparison.not_judged]
    if comparison.verdict is Verdict.PASS:
        passed = f"all {number_of(len(deciding), 'rule')} pass"
        return Point(SHIP, short, (passed, *open_), "doubt" if open_ else tone)
    details = []
    for rule in deciding:
        measured, limit, *_ = rule_cells(rule)
        details.append(f"{rule.subject}: {measured}, limit {limit}")
    return Point(SHIP, short, (*details, *open_), tone)


def _wins(found: Sequence[Change]) -> Point:
    won = _named([change for change in found if change.tone == "good"])
    first, *others = won or ["Nothing is proven"]
    return Point(WIN, first, tuple(others), "good" if won else "plain")


def _losses(found: Sequence[Change]) -> Point:
    lost = _named([change for change in found if change.tone == "bad"])
    first, *others = lost or ["No loss is proven"]
    unproven = [c.name for c in found if c.name in _guarded() and c.text == UNPROVEN]
    if unproven:
        others.append(f"{UNPROVEN} no change is proven of {', '.join(unproven)}")
    return Point(LOSE, first, tuple(others), "bad" if lost else "plain")


def _named(found: Sequence[Change]) -> list[str]:
    """Changes with their intervals: of costs and guarded metrics, else of others; and how many."""
    known = known_metrics()
    guarded = [one for one in found if one.name in _guarded() or one.name not in known]
    chosen = (guarded or found)[:_MOST]
    names = [
        f"{one.name} {one.text.removesuffix(' better').removesuffix(' worse')} ({one.interval})"
        for one in chosen
    ]
    more = len(found) - len(chosen)
    return names + ([f"and {more} more in the table"] if more else [])


def _guarded() -> set[str]:
    return {name for name, metric in known_metrics().items() if metric.guarded_by_default}


def _certainty(comparison: Comparison) -> Point:
    photos = {case.source for case in comparison.baseline.cases.values()}
    unseen = [
        f"{rule.subject}: {rule.note}"
        for rule in comparison.rules
        if rule.rule in ("tail", "failures") and rule.note
    ]
    short = number_of(len(photos), "source photo")
    return Point(SURE, short, ("in brackets: 95 % intervals", *unseen, *comparison.notes))
