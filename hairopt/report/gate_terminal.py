"""A comparison in the terminal: rules first, then every metric, then the worst cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hairopt.gate.compare import Comparison
from hairopt.gate.rules import RuleResult, Verdict
from hairopt.report.gate_text import row_cells, rule_cells
from hairopt.report.text import printable

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

_STYLES = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.INCONCLUSIVE: "yellow"}
_SHOWN = 10


def comparison_view(comparison: Comparison) -> list[RenderableType]:
    """Tables that can be read at 100 columns."""
    from rich.text import Text

    parts: list[RenderableType] = [_rules(comparison)]
    parts += [
        Text(f"  {rule.rule}: {printable(rule.note)}", style="dim")
        for rule in comparison.rules
        if rule.note
    ]
    parts += [Text(), _metrics(comparison)]
    if comparison.offenders:
        parts += [Text(), _offenders(comparison)]
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
        ("n", "right"),
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
    table = _table(
        ("metric", "left"),
        (comparison.baseline.variant, "right"),
        (comparison.candidate.variant, "right"),
        ("change", "right"),
        ("", "left"),
    )
    for row in comparison.rows:
        table.add_row(row.metric, *row_cells(row))
    return table


def _offenders(comparison: Comparison) -> Table:
    table = _table(("case that lost most", "left"), ("IoU", "right"), ("now", "right"))
    for one in comparison.offenders[:_SHOWN]:
        cells = [
            "undefined" if value is None else f"{value:.3f}"
            for value in (one.baseline_iou, one.candidate_iou)
        ]
        table.add_row(printable(one.case), *cells)
    return table
