"""A comparison as Markdown, for a pull request or a job summary."""

from __future__ import annotations

import re

from hairopt.gate.compare import Comparison
from hairopt.gate.verdict import Verdict
from hairopt.report.comparison.text import (
    closing_line,
    iou_text,
    latency_cells,
    one_line,
    row_cells,
    rule_cells,
    side_names,
)
from hairopt.report.run.markdown import escape as escape_markup
from hairopt.report.text import printable

TILDE = "\\~"
"""``~`` means "no change proven"; two of them in a line would strike the text through."""

_SIGNS = {Verdict.PASS: "✅", Verdict.FAIL: "❌", Verdict.INCONCLUSIVE: "⚠️"}


def escape(text: str) -> str:
    """Text that stays text, with control characters made visible."""
    return escape_markup(printable(text))


def rules_markdown(comparison: Comparison) -> str:
    """Verdict, rules and their notes."""
    baseline, candidate = side_names(comparison)
    lines = [
        f"## {_SIGNS[comparison.verdict]} hairopt: {escape(candidate)} against {escape(baseline)}",
        "",
        escape(closing_line(comparison)),
        "",
        "| rule | measured loss | limit | n (images) | p | verdict |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for rule in comparison.rules:
        measured, limit, n, p, verdict = rule_cells(rule)
        sign = _SIGNS[rule.verdict]
        subject = escape(rule.subject)
        lines.append(f"| {subject} | {measured} | {limit} | {n} | {p} | {sign} {verdict} |")
    lines += ["", *(f"- {escape(r.subject)}: {escape(r.note)}" for r in comparison.rules if r.note)]
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
    baseline, candidate = (escape(name) for name in side_names(comparison))
    lines = [f"| metric | {baseline} | {candidate} | change | |", "|---|---:|---:|---:|---|"]
    latency = latency_cells(comparison)
    if latency is not None:
        lines.append(_row("latency, median", *latency))
    return [*lines, *(_row(escape(row.metric), *row_cells(row)) for row in comparison.rows), ""]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('~', TILDE) for cell in cells)} |"


def _worst(comparison: Comparison) -> list[str]:
    lines = ["| case | IoU before | IoU now | lost |", "|---|---:|---:|---:|"]
    for one in comparison.offenders:
        before, after = iou_text(one.baseline_iou), iou_text(one.candidate_iou)
        lines.append(f"| {escape(one.case)} | {before} | {after} | {one.loss:.3f} |")
    found = [comparison.evidence.get(one.case) for one in comparison.offenders]
    commands = [code_span(one.command) for one in found if one is not None]
    if commands:
        lines += ["", "Each is measured again by:", "", *(f"- {text}" for text in commands)]
    return [*lines, ""]


def code_span(text: str) -> str:
    """Text as inline code, whatever backticks it holds (CommonMark 0.31, section 6.1)."""
    plain = one_line(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", plain)), default=0))
    pad = " " if plain.startswith("`") or plain.endswith("`") else ""
    return f"{fence}{pad}{plain}{pad}{fence}"
