"""The plan of an optimisation as ``plan.md`` and ``plan.html``, and its evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from hairopt.files.whole_file import write_whole
from hairopt.measure.run_model import Run
from hairopt.measure.run_store import RUN_FILE, read_run
from hairopt.measure.run_tables import read_cases
from hairopt.optimize.outcome import Outcome
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
    Picture,
    Section,
    Text,
)
from hairopt.report.plan.evidence import evidence_sections
from hairopt.report.plan.options import options
from hairopt.report.plan.pictures import before_after
from hairopt.report.plan.state import current_state, problem
from hairopt.report.render import write_texts
from hairopt.report.templating import new_environment

if TYPE_CHECKING:
    from markupsafe import Markup

PLAN_FILES = {"md": "plan.md", "html": "plan.html", "evidence": "evidence.md"}

_CODE = re.compile(r"`([^`]*)`")


def render_plan(outcome: Outcome, out: Path) -> list[Path]:
    """Write the plan, its picture and its evidence into the folder of the search.

    Returns:
        The files of ``PLAN_FILES``, in that order.

    Raises:
        UsageError: a file cannot be written.
        DataError: a file of the confirming run is damaged.
    """
    run, pictures = _confirming_run(outcome, out)
    sections, answer = plan_sections(outcome), plan_answer(outcome)
    for picture in pictures:
        write_whole(out / picture.file, picture.jpeg)
    texts = {
        PLAN_FILES["md"]: plan_markdown(outcome, answer, sections, pictures),
        PLAN_FILES["html"]: plan_html(outcome, answer, sections, pictures),
        PLAN_FILES["evidence"]: evidence_markdown(outcome, evidence_sections(outcome, run)),
    }
    return write_texts(texts, out)


def _confirming_run(outcome: Outcome, out: Path) -> tuple[Run | None, tuple[Picture, ...]]:
    """The run and the pictures made from it; nothing without a run in the folder."""
    folder = out / outcome.run
    if not outcome.run or not (folder / RUN_FILE).is_file():
        return None, ()
    run = read_run(folder)
    return run, before_after(outcome, read_cases(folder, run), folder)


def plan_sections(outcome: Outcome) -> tuple[Section, ...]:
    """The sections of the plan after its first screen, in order."""
    return (
        current_state(outcome),
        problem(outcome),
        options(outcome),
        recommendation(outcome),
        implementation(outcome),
        monitoring(outcome),
    )


def plan_markdown(
    outcome: Outcome,
    answer: Answer,
    sections: Sequence[Section],
    pictures: Sequence[Picture] = (),
) -> str:
    """The whole of ``plan.md``."""
    title = f"# Plan: a cheaper {markdown_prose(outcome.baseline_name)}"
    where = f"{outcome.created_utc}, hairopt {outcome.hairopt_version}, {outcome.cpu_model}"
    more = f"All candidates, slices, intervals and sources: `{PLAN_FILES['evidence']}`."
    head = [title, "", *answer_markdown(answer)]
    for picture in pictures:
        alt = markdown_prose(picture.alt)
        head += [f"![{alt}]({quote(picture.file)})", "",
                 f"{alt}. [All photos]({quote(picture.href)})", ""]  # fmt: skip
    return _with_sections([*head, f"{markdown_prose(where)}. {more}"], sections)


def evidence_markdown(outcome: Outcome, sections: Sequence[Section]) -> str:
    """The whole of ``evidence.md``."""
    title = f"# Evidence: a cheaper {markdown_prose(outcome.baseline_name)}"
    return _with_sections([title, "", "All numbers behind `plan.md`."], sections)


def _with_sections(lines: list[str], sections: Sequence[Section]) -> str:
    for section in sections:
        lines += ["", f"## {section.title}"]
        for block in section.blocks:
            if shown := _block(block):
                lines += ["", *shown]
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
        return []
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


def plan_html(
    outcome: Outcome,
    answer: Answer,
    sections: Sequence[Section],
    pictures: Sequence[Picture] = (),
) -> str:
    """``plan.html``: one self-contained page."""
    environment = new_environment()
    environment.filters["inline"] = _html_inline
    environment.tests |= {"block": lambda block, kind: type(block).__name__ == kind}
    template = environment.get_template("plan.html.j2")
    return template.render(outcome=outcome, answer=answer, sections=sections, pictures=pictures)


def _html_inline(text: str) -> Markup:
    """Escaped text, with text between backticks as code."""
    from markupsafe import Markup, escape

    parts = _CODE.split(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if i % 2 else escape(part)
        for i, part in enumerate(parts)
    )
