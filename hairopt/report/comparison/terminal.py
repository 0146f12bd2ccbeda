"""A comparison in the terminal: rules first, then every metric, then the worst cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hairopt.gate.compare import Comparison
from hairopt.gate.verdict import Verdict
from hairopt.report.comparison.text import (
    iou_text,
    latency_cells,
    row_cells,
    rule_cells,
    side_names,
)
from hairopt.report.foreign_text import one_line, printable
from hairopt.report.terminal_table import TerminalColumn, TerminalTable

if TYPE_CHECKING:
    from rich.console import RenderableType

_STYLES = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.INCONCLUSIVE: "yellow"}


def comparison_view(comparison: Comparison) -> list[RenderableType]:
    """Tables for a terminal of any width."""
    from rich.text import Text

    parts: list[RenderableType] = [
        Text(f"warning: {printable(line)}", style="yellow") for line in comparison.dataset_warnings
    ]
    parts += [Text(f"note: {printable(line)}") for line in comparison.notes]
    parts.append(_rules(comparison))
    parts += [
        Text(f"  {rule.rule}: {printable(rule.note)}", style="dim")
        for rule in comparison.rules
        if rule.note
    ]
    parts += [Text(), _metrics(comparison)]
    if comparison.offenders:
        parts += [Text(), *_offenders(comparison)]
    return parts


def _rules(comparison: Comparison) -> TerminalTable:
    rows = [(printable(rule.subject), *rule_cells(rule)) for rule in comparison.rules]
    titles = ("rule", "measured loss", "limit", "n (images)", "p", "verdict")
    styles = [_STYLES[rule.verdict] for rule in comparison.rules]
    return _table(titles, rows, {"limit": 30, "n (images)": 20, "p": 10}, styles)


def _metrics(comparison: Comparison) -> TerminalTable:
    rows = [(printable(row.metric), *row_cells(row)) for row in comparison.rows]
    latency = latency_cells(comparison)
    if latency is not None:
        rows.insert(0, ("latency, median", *latency))
    baseline, candidate = map(printable, side_names(comparison))
    titles = ("metric", baseline, candidate, "change", "evidence")
    return _table(titles, rows, {"evidence": 30, candidate: 20, baseline: 10})


def _table(
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    importance: Mapping[str, int],
    last_styles: Sequence[str] | None = None,
) -> TerminalTable:
    """A table whose first and last columns are words, with a style for each cell of the last."""
    from rich.text import Text

    columns = []
    for title, *cells in zip(titles, *rows, strict=True):
        is_last = title == titles[-1]
        styles = last_styles if is_last and last_styles else [""] * len(cells)
        texts = [Text(cell, style=style) for cell, style in zip(cells, styles, strict=True)]
        are_words = title in (titles[0], titles[-1])
        columns.append(TerminalColumn(title, texts, importance.get(title), are_words))
    return TerminalTable(columns)


def _offenders(comparison: Comparison) -> list[RenderableType]:
    """Each case with its scores, its pictures, and the command that measures it again."""
    from rich.text import Text

    lines: list[RenderableType] = [Text("Cases that lost most", style="bold")]
    for one in comparison.offenders:
        before, now = iou_text(one.baseline_iou), iou_text(one.candidate_iou)
        line = Text(f"{printable(one.case)}: IoU {before}, now {now}")
        inspection = comparison.inspections.get(one.case)
        if inspection is not None:
            pictures = inspection.candidate or inspection.baseline
            places = [inspection.photo or "", str(pictures.folder) if pictures else ""]
            for text in (*places, inspection.command):
                line.append(f"\n  {one_line(text)}" if text else "", style="dim")
        lines.append(line)
    return lines
