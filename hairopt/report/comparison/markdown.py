"""A comparison as Markdown, for a pull request or a job summary."""

from __future__ import annotations

from hairopt.gate.compare import Comparison
from hairopt.gate.verdict import Verdict
from hairopt.report.answer import answer_markdown
from hairopt.report.comparison.answer import comparison_answer
from hairopt.report.comparison.text import (
    CHANGE_TITLES,
    NOT_JUDGED,
    RULE_TITLES,
    Change,
    changes,
    iou_name,
    iou_text,
    rule_cells,
    side_names,
)
from hairopt.report.foreign_text import code_span, markdown, markdown_cell, markdown_prose
from hairopt.report.text import legend

_SIGNS = {Verdict.PASS: "✅", Verdict.FAIL: "❌", Verdict.INCONCLUSIVE: "⚠️"}


def rules_markdown(comparison: Comparison) -> str:
    """Verdict, rules and their notes."""
    baseline, candidate = map(markdown_cell, side_names(comparison))
    lines = [
        f"## {_SIGNS[comparison.verdict]} hairopt: {candidate} against {baseline}",
        "",
        *answer_markdown(comparison_answer(comparison)),
        f"| {' | '.join(RULE_TITLES)} |",
        "|---|---:|---:|---:|---|",
    ]
    for rule in comparison.rules:
        measured, limit, n, verdict = rule_cells(rule)
        sign = _SIGNS[rule.verdict]
        subject = markdown_cell(rule.subject)
        lines.append(f"| {subject} | {measured} | {limit} | {n} | {sign} {verdict} |")
    for one in comparison.not_judged:
        lines.append(f"| {one.rule}: {markdown_cell(one.reason)} | | | | ⚠️ {NOT_JUDGED} |")
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
    titles = ("metric", baseline, candidate, *CHANGE_TITLES)
    return [
        f"| {' | '.join(titles)} |",
        "|---|---:|---:|---:|---:|---|",
        *(_row(one) for one in changes(comparison)),
        "",
        markdown_prose(legend(side_names(comparison)[0])),
        "",
    ]


def _row(change: Change) -> str:
    cells = [markdown_cell(cell) for cell in change.cells]
    if change.tone != "same":
        cells[3] = f"**{cells[3]}**"
    return f"| {' | '.join(cells)} |"


def _worst(comparison: Comparison) -> list[str]:
    name = iou_name(comparison)
    lines = [f"| case | {name} before | {name} now | lost |", "|---|---:|---:|---:|"]
    for one in comparison.offenders:
        before, after = iou_text(one.baseline_iou), iou_text(one.candidate_iou)
        lines.append(f"| {markdown_cell(one.case)} | {before} | {after} | {one.loss:.3f} |")
    found = [comparison.inspections.get(one.case) for one in comparison.offenders]
    commands = [code_span(one.command) for one in found if one is not None]
    if commands:
        lines += ["", "Each is measured again by:", "", *(f"- {text}" for text in commands)]
    return [*lines, ""]
