"""Texts and numbers of a comparison, used by all formats."""

from __future__ import annotations

from hairopt.evidence.evidence import UNPROVEN, Interval
from hairopt.gate.compare import Comparison
from hairopt.gate.judged import MASK_METRIC
from hairopt.gate.table import MetricRow
from hairopt.gate.verdict import RuleResult, Verdict
from hairopt.metrics.catalog import Metric, known_metrics
from hairopt.quantities import number_of
from hairopt.report.text import factor_text, p_text

UNDEFINED = "undefined"
MINUS = "\N{MINUS SIGN}"


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
    reasons = [rule.rule for rule in comparison.rules if rule.verdict is comparison.verdict]
    why = "" if comparison.verdict is Verdict.PASS else f" (by: {', '.join(reasons)})"
    return (
        f"{comparison.verdict.value}: {start}{why}: {_mask_clause(comparison)} over "
        f"{number_of(images, 'source image')}"
        f"{_time_clause(comparison)}.{_not_judged_clause(comparison)}"
    )


def _mask_clause(comparison: Comparison) -> str:
    """What became of the dyed region, whether a rule judges it or not."""
    row = next((row for row in comparison.rows if row.metric == MASK_METRIC), None)
    change = 0.0 if row is None or row.relative_change is None else row.relative_change
    return f"{_signed(change)} mean alpha IoU" if round(change, 4) else "the same mean alpha IoU"


def _not_judged_clause(comparison: Comparison) -> str:
    """A sentence with every rule that was not applied; empty where all were."""
    rules = [f"{one.rule} ({one.reason})" for one in comparison.not_judged]
    return f" Not judged: {', '.join(rules)}." if rules else ""


def _time_clause(comparison: Comparison) -> str:
    """``, 1.31 ± 0.04 times the latency``; empty if no change of it is proven."""
    timed = comparison.timed
    if timed is None or timed.ratio.ci95 is None or not timed.ratio.change.is_proven:
        return ""
    return f", {factor_text(timed.ratio.median, *timed.ratio.ci95)} times the latency"


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
    p = "" if rule.p is None else p_text(rule.p)
    n = f"{rule.n} ({rule.n_images})" if rule.n_images not in (0, rule.n) else str(rule.n)
    return measured, limit, n, p, rule.verdict.value


def row_cells(row: MetricRow) -> tuple[str, str, str, str]:
    """Baseline, candidate, change and evidence of a metric as text, as benchstat writes them.

    The change is ``~`` if it is not proven, ``=`` if both sides are equal in every case.
    """
    metric = known_metrics().get(row.metric)
    if row.baseline is None or row.candidate is None:
        return UNDEFINED, UNDEFINED, "", "(n=0)"
    return (
        _value(row.baseline, row.baseline_ci95, metric),
        _value(row.candidate, row.candidate_ci95, metric),
        _change(row, metric),
        _evidence(row),
    )


def latency_cells(comparison: Comparison) -> tuple[str, str, str, str] | None:
    """The same for the latency of two sides that were timed together; None for others.

    ``~`` unless the interval of the paired ratio lies wholly beyond 1 and the noise floor.
    """
    timed = comparison.timed
    if timed is None:
        return None
    ratio, floor = timed.ratio, timed.noise_floor or 0.0
    change = ratio.median - 1
    arrow = " worse" if change > 0 else " better"
    proven, ends = False, ""
    if ratio.ci95 is not None:
        low, high = (end - 1 for end in ratio.ci95)
        proven = ratio.change.is_proven and (low > floor or high < -floor)
        ends = f"{low:+.0%}..{high:+.0%} "
    return (
        f"{timed.baseline_p50_ms:.1f} ms",
        f"{timed.candidate_p50_ms:.1f} ms",
        _signed(change) + arrow if proven else UNPROVEN,
        f"({ends}n={ratio.n})",
    )


def iou_text(value: float | None) -> str:
    """An IoU to three decimals."""
    return UNDEFINED if value is None else f"{value:.3f}"


def _range(rule: RuleResult) -> str:
    if rule.low is None or rule.high is None:
        return ""
    return f" [{rule.low:.2%}, {rule.high:.2%}]"


def _value(value: float, ci95: Interval | None, metric: Metric | None) -> str:
    half = None if ci95 is None else (ci95[1] - ci95[0]) / 2
    if metric is not None and metric.unit == "share":
        spread = "" if half is None else f" ± {half * 100:.1f}"
        return f"{value * 100:.1f}{spread} %"
    unit = f" {metric.unit}" if metric is not None and metric.unit != "ratio" else ""
    spread = "" if half is None else f" ± {half:.2f}"
    return f"{value:.2f}{spread}{unit}"


def _change(row: MetricRow, metric: Metric | None) -> str:
    mark, change = row.evidence.mark, row.change
    if mark or change is None:
        return mark
    arrow = ""
    if metric is not None and metric.target is None:
        arrow = " better" if (change > 0) == metric.higher_is_better else " worse"
    return (_signed(row.relative_change) if row.relative_change else f"{change:+.2f}") + arrow


def _evidence(row: MetricRow) -> str:
    """``(-0.9..+0.1 % p=0.090 n=38)``; without the interval where there is none."""
    found = row.evidence
    parts = []
    if found.ci95 is not None and not found.is_identical:
        scale, unit = (100, " %") if row.is_relative else (1, "")
        low, high = (scale * end for end in found.ci95)
        parts.append(f"{low:+.2f}..{high:+.2f}{unit}")
    if found.p is not None:
        parts.append(f"p={p_text(found.p)}".replace("=<", "<"))
    return f"({' '.join([*parts, f'n={found.n_sources}'])})".replace("-", MINUS)


def _signed(share: float) -> str:
    return f"{share * 100:+.2f} %".replace("-", MINUS)
