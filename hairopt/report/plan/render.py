"""The plan of an optimisation as ``plan.md`` and ``plan.html``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hairopt.optimize.outcome import Outcome
from hairopt.quantities import number_of
from hairopt.report.answer import Answer, answer_markdown
from hairopt.report.foreign_text import code_block, markdown_prose
from hairopt.report.plan.advice import implementation, monitoring, recommendation
from hairopt.report.plan.answer import plan_answer
from hairopt.report.plan.blocks import (
    Block,
    Bullets,
    Code,
    Drawing,
    Grid,
    Heading,
    Section,
    Text,
    safe,
)
from hairopt.report.plan.state import current_state, options, problem
from hairopt.report.render import write_texts
from hairopt.report.templating import new_environment

if TYPE_CHECKING:
    from markupsafe import Markup

PLAN_FILES = {"md": "plan.md", "html": "plan.html"}

_CODE = re.compile(r"`([^`]*)`")


def render_plan(outcome: Outcome, out: Path) -> list[Path]:
    """Write both renderings into the folder of the search.

    Raises:
        UsageError: it cannot be written.
    """
    sections, answer = plan_sections(outcome), plan_answer(outcome)
    texts = {
        PLAN_FILES["md"]: plan_markdown(outcome, answer, sections),
        PLAN_FILES["html"]: plan_html(outcome, answer, sections),
    }
    return write_texts(texts, out)


def plan_sections(outcome: Outcome) -> tuple[Section, ...]:
    """The sections of the plan, in order."""
    return (
        current_state(outcome),
        problem(outcome),
        options(outcome),
        recommendation(outcome),
        implementation(outcome),
        monitoring(outcome),
        _measured(outcome),
    )


def _measured(outcome: Outcome) -> Section:
    n = len(outcome.screened)
    ok = sum(one.status == "ok" for one in outcome.screened)
    endings = {
        "complete": "every combination that the search proposed was measured",
        "settled": "further proposals were no better",
        "budget": "the budget ended it",
        "nothing": "there was no time for the first measurement",
    }
    screened = number_of(n, "candidate was screened", "candidates were screened")
    blocks: list[Block] = [
        Text(
            f"Search over {outcome.spent_s:.0f} of {outcome.budget_s:.0f} s: {screened}, "
            f"{ok} of them with numbers; {endings[outcome.ending]}."
        )
    ]
    confirmed = outcome.confirmed_on
    if confirmed is not None:
        blocks.append(
            Text(
                f"Confirmed in one interleaved run on {confirmed.n_cases} of "
                f"{number_of(confirmed.n_cases_all, 'case')} of {safe(outcome.dataset)}, with "
                f"{number_of(confirmed.rounds, 'request')} to each variant, shades "
                f"{', '.join(map(safe, outcome.shades))}, intensities "
                f"{', '.join(f'{v:g}' for v in outcome.intensities)}: `{safe(outcome.run)}`."
            )
        )
    remarks = (*outcome.notes, *(f"Not tried: {x}" for x in outcome.left_out))
    if remarks:
        blocks += [Text("Notes:"), Bullets(tuple(map(safe, remarks)))]
    if outcome.command:
        blocks.append(Code(safe(outcome.command), "sh"))
    return Section("How this was measured", tuple(blocks))


def plan_markdown(outcome: Outcome, answer: Answer, sections: Sequence[Section]) -> str:
    """The whole of ``plan.md``."""
    lines = [
        f"# Plan: a cheaper {markdown_prose(outcome.baseline_name)}",
        "",
        *answer_markdown(answer),
        markdown_prose(
            f"{outcome.created_utc}, hairopt {outcome.hairopt_version}, {outcome.cpu_model}"
        ),
    ]
    for section in sections:
        lines += ["", f"## {section.title}"]
        for block in section.blocks:
            lines += ["", *_block(block)]
    return "\n".join(lines) + "\n"


def _block(block: Block) -> list[str]:
    if isinstance(block, Text):
        return [_markdown_inline(block.text)]
    if isinstance(block, Heading):
        return [f"### {_markdown_inline(block.text)}"]
    if isinstance(block, Bullets):
        marks = (f"{i}." if block.numbered else "-" for i in range(1, len(block.items) + 1))
        return [f"{m} {_markdown_inline(item)}" for m, item in zip(marks, block.items, strict=True)]
    if isinstance(block, Code):
        return code_block(block.text, block.language)
    if isinstance(block, Drawing):
        return [f"{_markdown_inline(block.caption)}: {_markdown_inline(block.words)}."]
    return _grid(block)


def _grid(grid: Grid) -> list[str]:
    lines = [f"{_markdown_inline(grid.caption)}:", ""] if grid.caption else []
    lines.append("| " + " | ".join(map(_markdown_inline, grid.head)) + " |")
    marks = ["---" if i < grid.words else "---:" for i in range(len(grid.head))]
    lines.append("|" + "|".join(marks) + "|")
    return lines + ["| " + " | ".join(map(_markdown_inline, row)) + " |" for row in grid.rows]


def _markdown_inline(text: str) -> str:
    """Escaped text, except between backticks."""
    parts = _CODE.split(text)
    return "".join(f"`{part}`" if i % 2 else _beside_code(part) for i, part in enumerate(parts))


def _beside_code(part: str) -> str:
    """Escaped prose with its outer spaces, which ``markdown_prose`` removes."""
    first, last = " " * part.startswith(" "), " " * (part != " " and part.endswith(" "))
    return f"{first}{markdown_prose(part)}{last}"


def plan_html(outcome: Outcome, answer: Answer, sections: Sequence[Section]) -> str:
    """``plan.html``: one self-contained page."""
    environment = new_environment()
    environment.filters["inline"] = _html_inline
    environment.tests |= {"block": lambda block, kind: type(block).__name__ == kind}
    template = environment.get_template("plan.html.j2")
    return template.render(outcome=outcome, answer=answer, sections=sections)


def _html_inline(text: str) -> Markup:
    """Escaped text, with text between backticks as code."""
    from markupsafe import Markup, escape

    parts = _CODE.split(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if i % 2 else escape(part)
        for i, part in enumerate(parts)
    )
