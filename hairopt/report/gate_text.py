"""The words and numbers of a comparison, shared by every format it is printed in."""

from __future__ import annotations

from hairopt.gate.compare import Comparison
from hairopt.gate.rules import RuleResult, Verdict
from hairopt.gate.table import MetricRow
from hairopt.metrics.catalog import Metric, known_metrics

UNCHANGED = "~"


def closing_line(comparison: Comparison) -> str:
    """One sentence that a person can repeat."""
    candidate, baseline = comparison.candidate.variant, comparison.baseline.variant
    images = len({case.source for case in comparison.baseline.cases.values()})
    mask = next(rule for rule in comparison.rules if rule.rule == "mask")
    drop = mask.measured or 0.0
    change = "the same mean IoU" if not round(drop, 4) else f"{_signed(-drop)} mean IoU"
    start = {
        Verdict.PASS: f"{candidate} may replace {baseline}",
        Verdict.FAIL: f"{candidate} must not replace {baseline}",
        Verdict.INCONCLUSIVE: f"{candidate} is neither shown to be as good as {baseline} nor worse",
    }[comparison.verdict]
    reasons = [rule.rule for rule in comparison.rules if rule.verdict is comparison.verdict]
    why = "" if comparison.verdict is Verdict.PASS else f" (by: {', '.join(reasons)})"
    return f"{comparison.verdict.value}: {start}{why}: {change} over {images} source images."


def rule_cells(rule: RuleResult) -> tuple[str, str, str, str, str]:
    """Measured, limit, n, p and verdict of a rule as text."""
    counted = rule.rule == "failures"
    if rule.measured is None:
        measured = "not measured"
    elif counted:
        measured = f"{rule.measured:.0f}"
    else:
        measured = f"{rule.measured:.2%}" + _range(rule)
    limit = f"{rule.limit:.0f}" if counted else f"{rule.limit:.1%}"
    p = "" if rule.p is None else _p(rule.p)
    return measured, limit, str(rule.n), p, rule.verdict.value


def row_cells(row: MetricRow) -> tuple[str, str, str, str]:
    """Baseline, candidate, change and evidence of a metric as text, as benchstat writes them."""
    metric = known_metrics().get(row.metric)
    evidence = f"(p={_p(row.p)} n={row.n_images})"
    return (
        _value(row.baseline, row.baseline_half, metric),
        _value(row.candidate, row.candidate_half, metric),
        _change(row, metric),
        evidence,
    )


def _range(rule: RuleResult) -> str:
    if rule.low is None or rule.high is None:
        return ""
    return f" [{rule.low:.2%}, {rule.high:.2%}]"


def _value(value: float, half: float | None, metric: Metric | None) -> str:
    if metric is not None and metric.unit == "share":
        spread = "" if half is None else f" ± {half * 100:.1f}"
        return f"{value * 100:.1f}{spread} %"
    unit = f" {metric.unit}" if metric is not None else ""
    spread = "" if half is None else f" ± {half:.2f}"
    return f"{value:.2f}{spread}{unit}"


def _change(row: MetricRow, metric: Metric | None) -> str:
    if not row.is_proven or row.relative_change is None:
        return UNCHANGED
    arrow = ""
    if metric is not None and metric.target is None:
        arrow = " better" if (row.change > 0) == metric.higher_is_better else " worse"
    return _signed(row.relative_change) + arrow


def _signed(share: float) -> str:
    return f"{share * 100:+.2f} %".replace("-", "\N{MINUS SIGN}")


def _p(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"
