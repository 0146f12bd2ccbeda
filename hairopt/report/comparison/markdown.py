"""A comparison as Markdown, for a pull request or a job summary."""

from __future__ import annotations

from hairopt.gate.compare import Comparison
from hairopt.gate.verdict import Verdict
from hairopt.report.comparison.text import (
    closing_line,
    iou_text,
    latency_cells,
    row_cells,
    rule_cells,
    side_names,
)
from hairopt.report.foreign_text import TILDE, code_span, markdown, markdown_cell, markdown_prose

_SIGNS = {Verdict.PASS: "✅", Verdict.FAIL: "❌", Verdict.INCONCLUSIVE: "⚠️"}


def rules_markdown(comparison: Comparison) -> str:
    """Verdict, rules and their notes."""
    baseline, candidate = map(markdown_cell, side_names(comparison))
    lines = [
        f"## {_SIGNS[comparison.verdict]} hairopt: {candidate} against {baseline}",
        "",
        markdown(closing_line(comparison)),
        "",
        *(f"> **Dataset:** {markdown_prose(line)}\n" for line in comparison.dataset_warnings),
        *(f"> **Note:** {markdown_prose(line)}\n" for line in comparison.notes),
        "| rule | measured loss | limit | n (images) | p | verdict |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for rule in comparison.rules:
        measured, limit, n, p, verdict = rule_cells(rule)
        sign = _SIGNS[rule.verdict]
        subject = markdown_cell(rule.subject)
        lines.append(f"| {subject} | {measured} | {limit} | {n} | {p} | {sign} {verdict} |")
    lines += [
        "",
        *(f"- {markdown(r.subject)}: {markdown_cell(r.note)}" for r in comparison.rules if r.note),
    ]
    return "\n".join(lines) + "\n"


def comparison_markdown(comparison: Comparison) -> str:
    """The whole comparison; names and tags are escaped."""
    lines = [
        rules_markdown(comparison),
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
    baseline, candidate = (markdown_cell(name) for name in side_names(comparison))
    lines = [f"| metric | {baseline} | {candidate} | change | |", "|---|---:|---:|---:|---|"]
    latency = latency_cells(comparison)
    if latency is not None:
        lines.append(_row("latency, median", *latency))
    return [
        *lines,
        *(_row(markdown_cell(row.metric), *row_cells(row)) for row in comparison.rows),
        "",
    ]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('~', TILDE) for cell in cells)} |"


def _worst(comparison: Comparison) -> list[str]:
    lines = ["| case | IoU before | IoU now | lost |", "|---|---:|---:|---:|"]
    for one in comparison.offenders:
        before, after = iou_text(one.baseline_iou), iou_text(one.candidate_iou)
        lines.append(f"| {markdown_cell(one.case)} | {before} | {after} | {one.loss:.3f} |")
    found = [comparison.inspections.get(one.case) for one in comparison.offenders]
    commands = [code_span(one.command) for one in found if one is not None]
    if commands:
        lines += ["", "Each is measured again by:", "", *(f"- {text}" for text in commands)]
    return [*lines, ""]
