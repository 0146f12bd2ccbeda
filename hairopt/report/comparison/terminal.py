"""A comparison in the terminal: rules first, then every metric, then the worst cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hairopt.gate.compare import Comparison
from hairopt.gate.verdict import RuleResult, Verdict
from hairopt.report.comparison.text import (
    iou_text,
    latency_cells,
    row_cells,
    rule_cells,
    side_names,
)
from hairopt.report.foreign_text import one_line, printable

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

_STYLES = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.INCONCLUSIVE: "yellow"}


def comparison_view(comparison: Comparison) -> list[RenderableType]:
    """Tables that fit into 100 columns."""
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


def _table(*columns: tuple[str, str]) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for title, side in columns:
        table.add_column(
            printable(title),
            justify="right" if side == "right" else "left",
            no_wrap=side == "right",
        )
    return table


def _rules(comparison: Comparison) -> Table:
    table = _table(
        ("rule", "left"),
        ("measured loss", "right"),
        ("limit", "right"),
        ("n (images)", "right"),
        ("p", "right"),
        ("verdict", "left"),
    )
    for rule in comparison.rules:
        *cells, verdict = rule_cells(rule)
        table.add_row(printable(rule.subject), *cells, _verdict(rule, verdict))
    return table


def _verdict(rule: RuleResult, text: str) -> RenderableType:
    from rich.text import Text

    return Text(text, style=_STYLES[rule.verdict])


def _metrics(comparison: Comparison) -> Table:
    baseline, candidate = side_names(comparison)
    table = _table(
        ("metric", "left"),
        (baseline, "right"),
        (candidate, "right"),
        ("change", "right"),
        ("", "left"),
    )
    latency = latency_cells(comparison)
    if latency is not None:
        table.add_row("latency, median", *latency)
    for row in comparison.rows:
        table.add_row(printable(row.metric), *row_cells(row))
    return table


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
