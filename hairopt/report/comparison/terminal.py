"""A comparison in the terminal: what a reader asks first stands at the end, where the eye is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hairopt.gate.compare import Comparison
from hairopt.gate.verdict import Verdict
from hairopt.report.answer import answer_view
from hairopt.report.comparison.answer import comparison_answer
from hairopt.report.comparison.text import (
    CHANGE_TITLES,
    NOT_JUDGED,
    RULE_TITLES,
    changes,
    iou_name,
    iou_text,
    rule_cells,
    side_names,
)
from hairopt.report.foreign_text import one_line, printable
from hairopt.report.terminal_table import TerminalColumn, TerminalTable
from hairopt.report.text import legend

if TYPE_CHECKING:
    from rich.console import RenderableType

_TONES = {"good": "bold green", "bad": "bold red", "same": ""}
_STYLES = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.INCONCLUSIVE: "yellow"}


def comparison_view(comparison: Comparison) -> list[RenderableType]:
    """Every metric, the worst cases and the rules, for a terminal of any width; then the answer."""
    from rich.text import Text

    baseline, _ = side_names(comparison)
    parts: list[RenderableType] = [
        _metrics(comparison),
        Text(legend(printable(baseline)), style="dim"),
    ]
    if comparison.offenders:
        parts += [Text(), *_offenders(comparison)]
    parts += [Text(), _rules(comparison)]
    parts += [
        Text(f"  {rule.rule}: {printable(rule.note)}", style="dim")
        for rule in comparison.rules
        if rule.note
    ]
    return [*parts, *answer_view(comparison_answer(comparison))]


def _rules(comparison: Comparison) -> TerminalTable:
    rows = [(printable(rule.subject), *rule_cells(rule)) for rule in comparison.rules]
    rows += [(f"{one.rule}: {one.reason}", "", "", "", NOT_JUDGED) for one in comparison.not_judged]
    styles = [
        *(_STYLES[r.verdict] for r in comparison.rules),
        *["yellow"] * len(comparison.not_judged),
    ]
    return _table(RULE_TITLES, rows, {"limit": 30, "n (photos)": 20}, {"verdict": styles})


def _metrics(comparison: Comparison) -> TerminalTable:
    found = changes(comparison)
    baseline, candidate = side_names(comparison)
    titles = ("metric", printable(baseline), printable(candidate), *CHANGE_TITLES)
    importance = dict(zip((titles[1], titles[2], titles[-1]), (10, 20, 5), strict=True))
    styles = {"change": [_TONES[change.tone] for change in found]}
    return _table(titles, [tuple(map(printable, one.cells)) for one in found], importance, styles)


def _table(
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    importance: Mapping[str, int],
    styles: Mapping[str, Sequence[str]],
) -> TerminalTable:
    """A table whose first column and verdicts are words; ``styles`` of the cells by title."""
    from rich.text import Text

    columns = []
    for index, (title, *cells) in enumerate(zip(titles, *rows, strict=True)):
        chosen = styles.get(title, [""] * len(cells))
        texts = [Text(cell, style=style) for cell, style in zip(cells, chosen, strict=True)]
        are_words = index == 0 or title == "verdict"
        columns.append(TerminalColumn(title, texts, importance.get(title), are_words))
    return TerminalTable(columns)


def _offenders(comparison: Comparison) -> list[RenderableType]:
    """Each case with its scores, its pictures, and the command that measures it again."""
    from rich.text import Text

    lines: list[RenderableType] = [Text("Cases that lost most", style="bold")]
    for one in comparison.offenders:
        before, now = iou_text(one.baseline_iou), iou_text(one.candidate_iou)
        line = Text(
            f"{printable(one.case)}: {iou_name(comparison)} {before}, now {now}", no_wrap=True
        )
        inspection = comparison.inspections.get(one.case)
        if inspection is not None:
            pictures = inspection.candidate or inspection.baseline
            places = [inspection.photo or "", str(pictures.folder) if pictures else ""]
            for text in (*places, inspection.command):
                line.append(f"\n  {one_line(text)}" if text else "", style="dim")
        lines.append(line)
    return lines
