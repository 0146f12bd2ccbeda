"""``plan.md``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hairopt.optimize.outcome import Outcome
from hairopt.report.foreign_text import code_block, markdown_prose
from hairopt.report.plan.blocks import Block, Bullets, Code, Drawing, Grid, Heading, Section, Text

_CODE = re.compile(r"`([^`]*)`")


def plan_markdown(outcome: Outcome, sentence: str, sections: Sequence[Section]) -> str:
    """The whole document."""
    lines = [
        f"# Plan: a cheaper {markdown_prose(outcome.baseline_name)}",
        "",
        f"**{markdown_prose(sentence)}**",
        "",
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
        return [_inline(block.text)]
    if isinstance(block, Heading):
        return [f"### {_inline(block.text)}"]
    if isinstance(block, Bullets):
        marks = (f"{i}." if block.numbered else "-" for i in range(1, len(block.items) + 1))
        return [f"{m} {_inline(item)}" for m, item in zip(marks, block.items, strict=True)]
    if isinstance(block, Code):
        return code_block(block.text, block.language)
    if isinstance(block, Drawing):
        return [f"{_inline(block.caption)}: {_inline(block.words)}."]
    return _grid(block)


def _grid(grid: Grid) -> list[str]:
    lines = [f"{_inline(grid.caption)}:", ""] if grid.caption else []
    lines.append("| " + " | ".join(map(_inline, grid.head)) + " |")
    marks = ["---" if i < grid.words else "---:" for i in range(len(grid.head))]
    lines.append("|" + "|".join(marks) + "|")
    return lines + ["| " + " | ".join(map(_inline, row)) + " |" for row in grid.rows]


def _inline(text: str) -> str:
    """Escaped, but for what stands between backticks."""
    parts = _CODE.split(text)
    return "".join(f"`{part}`" if i % 2 else markdown_prose(part) for i, part in enumerate(parts))
