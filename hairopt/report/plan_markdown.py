"""``plan.md``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hairopt.optimize.outcome import Outcome
from hairopt.report.plan.blocks import Block, Bullets, Code, Drawing, Grid, Heading, Section, Text

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&@!])")
_ADDRESS = re.compile(r"(?:https?|ftp|mailto|xmpp):|www\.", re.I)
_CODE = re.compile(r"`([^`]*)`")


def plan_markdown(outcome: Outcome, sentence: str, sections: Sequence[Section]) -> str:
    """The whole document."""
    lines = [
        f"# Plan: a cheaper {_escaped(outcome.baseline_name)}",
        "",
        f"**{_escaped(sentence)}**",
        "",
        f"{_escaped(outcome.created_utc)}, hairopt {_escaped(outcome.hairopt_version)}, "
        f"{_escaped(outcome.cpu_model)}",
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
        return [f"```{block.language}", *block.text.splitlines(), "```"]
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
    return "".join(f"`{part}`" if i % 2 else _escaped(part) for i, part in enumerate(parts))


def _escaped(text: str) -> str:
    """Text that stays text: no link, image, tag, mention, emphasis, table cell or list.

    Lighter than ``hairopt.report.run.markdown.escape``, because people read a plan as it is stored:
    brackets and colons stay where nothing can come of them.
    """
    text = _SPECIAL.sub(r"\\\1", text).replace("\\<", "&lt;").replace("\\>", "&gt;")
    return _ADDRESS.sub(lambda match: match.group()[:-1] + "\\" + match.group()[-1], text)
