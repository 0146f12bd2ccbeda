"""``report.md``: the matrix and the protocol, for a merge request or a wiki."""

from __future__ import annotations

from hairopt.evidence.evidence import UNPROVEN
from hairopt.measure.complete import bad_case_fixes, bad_case_lines
from hairopt.measure.run_model import Run
from hairopt.report.answer import answer_markdown
from hairopt.report.foreign_text import (
    TILDE,
    code_block,
    code_span,
    markdown,
    markdown_cell,
    markdown_prose,
)
from hairopt.report.matrix import Cell, Column, Matrix
from hairopt.report.run.answer import run_answer
from hairopt.report.run.facts import fact_groups
from hairopt.report.run.summary import further_sentences
from hairopt.report.steps import HEADINGS, WORDS, step_tables
from hairopt.report.text import (
    cell_interval,
    delta_verdict,
    delta_words,
    direction,
    legend,
    value_text,
)


def matrix_markdown(matrix: Matrix) -> str:
    """The matrix as a pipe table, proven changes bold, with the variants that have no numbers."""
    lines: list[str] = []
    if matrix.measured:
        titles = [f"{c.title} ({c.unit})" if c.unit else c.title for c in matrix.columns]
        lines.append("| variant | " + " | ".join(titles) + " |")
        lines.append("|---|" + "---:|" * len(titles))
        for row in matrix.measured:
            name = markdown_cell(row.name) + (" (reference)" if row.is_reference else "")
            cells = (_cell(row.cells[c.key], c) for c in matrix.columns)
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        lines += [
            "",
            markdown_prose(legend(matrix.reference or "")),
        ]
    for row in matrix.missing:
        fix = f" Fix: {code_span(row.fix)}" if row.fix else ""
        reason = markdown_cell(row.reason)
        lines += ["", f"- **{markdown_cell(row.name)}** {row.status}: {reason}{fix}"]
    return "\n".join(lines) + "\n"


def render_markdown(run: Run, matrix: Matrix) -> str:
    """The whole of ``report.md``."""
    lines = [
        f"# hairopt run {markdown_cell(run.id)}",
        "",
        *answer_markdown(run_answer(run, matrix, run.id)),
        f"## {matrix.title}",
        "",
        matrix_markdown(matrix),
        *_steps(run),
        *(f"{markdown(sentence)}\n" for sentence in further_sentences(run)),
        *_other_metrics(matrix),
        "## How this was measured",
        "",
    ]
    for group in fact_groups(run):
        lines += [f"**{group.title}**", ""]
        lines += [f"- {markdown(fact.label)}: {markdown_cell(fact.value)}" for fact in group.facts]
        lines.append("")
    bad = bad_case_lines(run)
    if bad:
        lines += [
            "**Cases that could not be used**",
            "",
            *(f"- {markdown(line)}" for line in bad),
            "",
        ]
    for fix in bad_case_fixes(run):
        lines += [*code_block(fix, ""), ""]
    lines.append(f"Command: {code_span(run.command)}")
    return "\n".join(lines) + "\n"


def _steps(run: Run) -> list[str]:
    """The steps of every measured cascade, as pipe tables."""
    lines: list[str] = []
    for table in step_tables(run):
        rulers = ["---" if heading in WORDS else "---:" for heading in HEADINGS]
        lines += [f"Steps of {markdown(table.variant)}:", "", f"| {' | '.join(HEADINGS)} |"]
        lines.append(f"|{'|'.join(rulers)}|")
        lines += [f"| {' | '.join(map(markdown_cell, row))} |" for row in table.rows]
        lines.append("")
    return lines


def _other_metrics(matrix: Matrix) -> list[str]:
    """Every metric that is not in the matrix, folded up: a row for each, a column per variant."""
    if not matrix.others or not matrix.measured:
        return []
    names = [markdown_cell(row.name) for row in matrix.measured]
    lines = [
        f"<details><summary>All other metrics: {len(matrix.others)}</summary>",
        "",
        f"| metric | {' | '.join(names)} | what it is |",
        "|---|" + "---:|" * len(names) + "---|",
    ]
    for column in matrix.others:
        cells = " | ".join(_cell(row.cells[column.key], column) for row in matrix.measured)
        unit = f" ({column.unit})" if column.unit else ""
        meaning = f"{column.meaning} {direction(column.higher_is_better)}".strip()
        lines.append(
            f"| {markdown_cell(column.title)}{unit} | {cells} | {markdown_cell(meaning)} |"
        )
    return [*lines, "", "</details>", ""]


def _cell(cell: Cell, column: Column) -> str:
    """The value, in brackets its change, bold where it is proven, and the interval."""
    change, interval = delta_words(cell.delta), cell_interval(cell, column)
    if delta_verdict(cell.delta) != "same":
        change = f"**{change}**"
    brackets = ", ".join(filter(None, [change.replace(UNPROVEN, TILDE), interval]))
    return f"{value_text(cell, column)} ({brackets})" if brackets else value_text(cell, column)
