"""A comparison as GitHub workflow commands: annotations in the log of a job."""

from __future__ import annotations

from hairopt.gate.compare import Comparison
from hairopt.gate.verdict import Verdict
from hairopt.report.comparison.text import closing_line, rule_cells
from hairopt.report.foreign_text import github_property, github_text

_LEVELS = {Verdict.FAIL: "error", Verdict.INCONCLUSIVE: "warning", Verdict.PASS: "notice"}


def comparison_github(comparison: Comparison) -> str:
    """One annotation for the verdict, each warning and note, and each rule that does not pass."""
    lines = [annotation(comparison.verdict, "hairopt", closing_line(comparison))]
    lines += [
        annotation(Verdict.INCONCLUSIVE, "hairopt dataset", line)
        for line in comparison.dataset_warnings
    ]
    lines += [annotation(Verdict.PASS, "hairopt", line) for line in comparison.notes]
    for rule in comparison.rules:
        if rule.verdict is Verdict.PASS:
            continue
        measured, limit, n, _ = rule_cells(rule)
        text = f"{rule.subject}: {measured}, limit {limit}, n={n}. {rule.note}"
        lines.append(annotation(rule.verdict, f"hairopt {rule.rule}", text))
    return "\n".join(lines) + "\n"


def annotation(verdict: Verdict, title: str, text: str) -> str:
    """One workflow command, whose level is that of the verdict."""
    return f"::{_LEVELS[verdict]} title={github_property(title)}::{github_text(text)}"
