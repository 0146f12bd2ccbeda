"""Texts and numbers of a comparison, used by all formats."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hairopt.evidence.evidence import UNPROVEN, Evidence, Interval
from hairopt.gate.compare import Comparison
from hairopt.gate.table import MetricRow
from hairopt.gate.verdict import RuleResult, Verdict
from hairopt.measure.run_model import Ratio
from hairopt.metrics.catalog import Metric, known_metrics
from hairopt.quantities import number_of
from hairopt.report.text import (
    change_interval,
    change_tone,
    change_word,
    change_words,
    p_text,
)

UNDEFINED = "undefined"


def side_names(comparison: Comparison) -> tuple[str, str]:
    """The names of baseline and candidate, which always differ."""
    baseline, candidate = comparison.baseline.variant, comparison.candidate.variant
    if baseline == candidate:
        return f"{baseline} (baseline)", f"{candidate} (candidate)"
    return baseline, candidate


def closing_line(comparison: Comparison) -> str:
    """The verdict in one sentence."""
    baseline, candidate = side_names(comparison)
    images = len({case.source for case in comparison.baseline.cases.values()})
    start = {
        Verdict.PASS: f"{candidate} may replace {baseline}",
        Verdict.FAIL: f"{candidate} must not replace {baseline}",
        Verdict.INCONCLUSIVE: f"{candidate} is neither shown to be as good as {baseline} nor worse",
    }[comparison.verdict]
    if not comparison.has_truth:
        start = {
            Verdict.PASS: f"{candidate} agrees with {baseline}",
            Verdict.FAIL: f"{candidate} does not agree with {baseline}",
            Verdict.INCONCLUSIVE: f"{candidate} is neither shown to agree with {baseline} nor not",
        }[comparison.verdict]
    reasons = [rule.rule for rule in comparison.rules if rule.verdict is comparison.verdict]
    why = "" if comparison.verdict is Verdict.PASS else f" (by: {', '.join(reasons)})"
    return (
        f"{comparison.verdict.value}: {start}{why}, by {number_of(images, 'source photo')}"
        f"{_time_clause(comparison)}.{_not_judged_clause(comparison)}"
    )


def _not_judged_clause(comparison: Comparison) -> str:
    """A sentence with every rule that was not applied; empty where all were."""
    rules = [f"{one.rule} ({one.reason})" for one in comparison.not_judged]
    return f" Not judged: {', '.join(rules)}." if rules else ""


def _time_clause(comparison: Comparison) -> str:
    """``, at 1.31 (1.27 to 1.35) times the latency``; empty if no change of it is proven."""
    timed = comparison.timed
    if timed is None or timed.ratio.ci95 is None or not timed.ratio.change.is_proven:
        return ""
    low, high = timed.ratio.ci95
    return f", at {timed.ratio.median:.2f} ({low:.2f} to {high:.2f}) times the latency"


NOT_JUDGED = "not judged"

RULE_TITLES = ("rule", "measured loss", "limit", "n (photos)", "verdict")
"""Titles of the table of rules: the subject of a rule, then its ``rule_cells``."""


def rule_cells(rule: RuleResult) -> tuple[str, str, str, str]:
    """Measured with its interval, limit, n and verdict of a rule as text."""
    counted = rule.rule == "failures"
    if rule.measured is None:
        measured = "not measured"
    elif counted:
        measured = f"{rule.measured:.0f} of {rule.n_images}"
    else:
        measured = f"{_hundredths(rule.measured)} %" + _range(rule)
    limit = f"{100 * rule.limit:g} %"
    n = f"{rule.n} ({rule.n_images})" if rule.n_images not in (0, rule.n) else str(rule.n)
    return measured, limit, n, rule.verdict.value


@dataclass(frozen=True)
class Change:
    """One row of the table of a comparison, as text.

    Attributes:
        name: the metric, or latency or memory.
        baseline, candidate: both values, with their intervals where there are any.
        text: the change with its direction in words, or ``~`` or ``=``; empty if it is undefined.
        interval: its 95 % interval; may be empty.
        evidence: p and n.
        tone: ``good`` or ``bad`` for a proven change in a known direction, otherwise ``same``.
    """

    name: str
    baseline: str
    candidate: str
    text: str
    interval: str
    evidence: str
    tone: str

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells of its row."""
        return self.name, self.baseline, self.candidate, self.text, self.interval, self.evidence


CHANGE_TITLES = ("change", "95 % interval", "evidence")
"""Titles of the last columns of the table; before them the names of the metric and both sides."""


def changes(comparison: Comparison) -> list[Change]:
    """Latency and memory, if both sides were timed together, then the metrics, guarded ones first.

    The text is ``~`` if a change is not proven, ``=`` if both sides are equal in every case.
    """
    known = known_metrics()
    rows = sorted(
        comparison.rows,
        key=lambda row: not (row.metric in known and known[row.metric].guarded_by_default),
    )
    return [*_costs(comparison), *(_of_metric(row, known.get(row.metric)) for row in rows)]


def _costs(comparison: Comparison) -> list[Change]:
    timed = comparison.timed
    if timed is None:
        return []
    p50 = (f"{timed.baseline_p50_ms:.1f} ms", f"{timed.candidate_p50_ms:.1f} ms")
    latency = _cost("latency, median", p50, timed.ratio)
    low, high = timed.ratio.change.ci95 or (0.0, 0.0)
    floor = timed.noise_floor or 0.0
    if low <= floor and high >= -floor:
        latency = replace(latency, text=UNPROVEN, tone="same")
    found = [latency]
    before, after = comparison.baseline.peak_rss_mb, comparison.candidate.peak_rss_mb
    if timed.memory is not None and before is not None and after is not None:
        found.append(_cost("memory, peak", (f"{before:.0f} MB", f"{after:.0f} MB"), timed.memory))
    return found


def _cost(name: str, sides: tuple[str, str], ratio: Ratio) -> Change:
    return Change(
        name,
        *sides,
        change_words(ratio.change, higher_is_better=False),
        change_interval(ratio.change),
        f"n = {number_of(ratio.starts, 'start')}",
        change_tone(ratio.change, higher_is_better=False),
    )


def _of_metric(row: MetricRow, metric: Metric | None) -> Change:
    if row.baseline is None or row.candidate is None:
        return Change(row.metric, UNDEFINED, UNDEFINED, "", "", "n = 0", "same")
    higher = metric.higher_is_better if metric is not None and metric.target is None else None
    found = row.evidence
    p = "" if found.p is None else f"p = {p_text(found.p)}, ".replace("= <", "< ")
    return Change(
        row.metric,
        _value(row.baseline, row.baseline_ci95, metric),
        _value(row.candidate, row.candidate_ci95, metric),
        change_words(found, higher) if row.is_relative else _difference(found, higher),
        change_interval(found) if row.is_relative else _ends(found),
        f"{p}n = {found.n_sources}",
        change_tone(found, higher),
    )


def _difference(found: Evidence, higher_is_better: bool | None) -> str:
    """A proven difference, where the baseline is 0 and nothing is relative to it."""
    if found.mark or found.estimate is None:
        return found.mark
    return f"{found.estimate:+.2f}{change_word(found, higher_is_better)}"


def _ends(found: Evidence) -> str:
    return "" if found.ci95 is None else f"{found.ci95[0]:+.2f} to {found.ci95[1]:+.2f}"


def iou_name(comparison: Comparison) -> str:
    """What the IoU of a case is of."""
    return "alpha IoU" if comparison.has_truth else "mask agreement IoU"


def iou_text(value: float | None) -> str:
    """An IoU to three decimals."""
    return UNDEFINED if value is None else f"{value:.3f}"


def _range(rule: RuleResult) -> str:
    if rule.low is None or rule.high is None:
        return ""
    return f" ({_hundredths(rule.low)} to {_hundredths(rule.high)} %)"


def _hundredths(share: float) -> str:
    """A share in per cent, never a negative zero."""
    return f"{round(100 * share, 2) + 0.0:.2f}"


def _value(value: float, ci95: Interval | None, metric: Metric | None) -> str:
    half = None if ci95 is None else (ci95[1] - ci95[0]) / 2
    if metric is not None and metric.unit == "share":
        spread = "" if half is None else f" ± {half * 100:.1f}"
        return f"{value * 100:.1f}{spread} %"
    unit = f" {metric.unit}" if metric is not None and metric.unit != "ratio" else ""
    spread = "" if half is None else f" ± {half:.2f}"
    return f"{value:.2f}{spread}{unit}"
