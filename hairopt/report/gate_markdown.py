"""A comparison as Markdown, for a pull request or a job summary."""

from __future__ import annotations

from hairopt.gate.compare import Comparison
from hairopt.gate.rules import Verdict
from hairopt.report.gate_text import closing_line, row_cells, rule_cells
from hairopt.report.markdown import escape

_SIGNS = {Verdict.PASS: "✅", Verdict.FAIL: "❌", Verdict.INCONCLUSIVE: "⚠️"}


def comparison_markdown(comparison: Comparison) -> str:
    """The whole comparison; names and tags are escaped."""
    baseline, candidate = comparison.baseline.variant, comparison.candidate.variant
    lines = [
        f"## {_SIGNS[comparison.verdict]} hairopt: {escape(candidate)} against {escape(baseline)}",
        "",
        escape(closing_line(comparison)),
        "",
        "| rule | measured | limit | n | p | verdict |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for rule in comparison.rules:
        measured, limit, n, p, verdict = rule_cells(rule)
        sign = _SIGNS[rule.verdict]
        subject = escape(rule.subject)
        lines.append(f"| {subject} | {measured} | {limit} | {n} | {p} | {sign} {verdict} |")
    lines += ["", *(f"- {escape(r.subject)}: {escape(r.note)}" for r in comparison.rules if r.note)]
    lines += [
        "",
        "<details><summary>All metrics</summary>",
        "",
        *_metrics(comparison),
        "</details>",
    ]
    if comparison.offenders:
        lines += ["", "<details><summary>Cases that lost most</summary>", "", *_worst(comparison)]
        lines.append("</details>")
    return "\n".join(lines) + "\n"


def _metrics(comparison: Comparison) -> list[str]:
    head = [
        f"| metric | {escape(comparison.baseline.variant)} | "
        f"{escape(comparison.candidate.variant)} | change | |",
        "|---|---:|---:|---:|---|",
    ]
    rows = [f"| {row.metric} | {' | '.join(row_cells(row))} |" for row in comparison.rows]
    return [*head, *rows]


def _worst(comparison: Comparison) -> list[str]:
    lines = ["| case | IoU before | IoU now | lost |", "|---|---:|---:|---:|"]
    for one in comparison.offenders:
        before, after = _iou(one.baseline_iou), _iou(one.candidate_iou)
        lines.append(f"| {escape(one.case)} | {before} | {after} | {one.loss:.3f} |")
    return lines


def _iou(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
