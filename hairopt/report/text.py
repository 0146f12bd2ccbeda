"""Format numbers, in the same way for terminal, Markdown and HTML."""

from __future__ import annotations

from hairopt.evidence.evidence import IDENTICAL, UNPROVEN, Evidence
from hairopt.report.matrix import Cell, Column, Delta

ABSENT = "-"
WORSE = "!"
"""Mark of a proven change for the worse, where there is no room for the word."""

_FOUR_DIGITS = 999.95
_TENFOLD_PERCENT = 900


def value_text(cell: Cell, column: Column) -> str:
    """The value with the decimals of its column, none from 1,000 on; a dash if it is absent."""
    if cell.value is None:
        return ABSENT
    decimals = column.decimals if abs(cell.value) < _FOUR_DIGITS else 0
    return f"{cell.value:,.{decimals}f}"


def direction(higher_is_better: bool | None) -> str:
    """``higher is better`` and the like; empty where neither is."""
    if higher_is_better is None:
        return ""
    return "higher is better" if higher_is_better else "lower is better"


def legend(reference: str) -> str:
    """The meaning of all marks of a page, in one place for every format."""
    return (
        f"With each number: its change against {reference} and the 95 % interval of the change "
        f"(of the number itself where no change is shown). {UNPROVEN} no change is proven, "
        f"{IDENTICAL} the same in every case, {ABSENT} not measured."
    )


def delta_text(delta: Delta | None) -> str:
    """``-26 %``; ``~`` if no change is proven, ``=`` if nothing differs; empty without a change."""
    return "" if delta is None else change_text(delta.evidence)


def delta_words(delta: Delta | None) -> str:
    """``-26 % better``, so that colour is not all that says it; otherwise as ``delta_text``."""
    return "" if delta is None else change_words(delta.evidence, delta.higher_is_better)


def delta_verdict(delta: Delta | None) -> str:
    """``good`` or ``bad`` if a change is proven, otherwise ``same``, for colours."""
    return "same" if delta is None else change_tone(delta.evidence, delta.higher_is_better)


def cell_interval(cell: Cell, column: Column) -> str:
    """The interval of the change, or that of the value where there is no change; may be empty."""
    if cell.delta is not None:
        return change_interval(cell.delta.evidence)
    return interval_text(cell, column)


def change_text(evidence: Evidence) -> str:
    """A relative change, or its mark; empty if it is undefined."""
    if evidence.estimate is None:
        return ""
    return evidence.mark or percent_text(100 * evidence.estimate)


def change_words(evidence: Evidence, higher_is_better: bool | None) -> str:
    """``-26 % better``; the mark if nothing is proven, no word without a known direction."""
    return change_text(evidence) + change_word(evidence, higher_is_better)


def change_word(evidence: Evidence, higher_is_better: bool | None) -> str:
    """`` better`` or `` worse`` after a proven change in a known direction, otherwise empty."""
    return {"good": " better", "bad": " worse", "same": ""}[change_tone(evidence, higher_is_better)]


def change_interval(evidence: Evidence) -> str:
    """The 95 % interval of a relative change: ``-30 to -2.2 %``; empty if there is none."""
    if evidence.ci95 is None:
        return ""
    low, high = (_end(100 * end) for end in evidence.ci95)
    return f"{low} to {high} %"


def _end(percent: float) -> str:
    """An end of an interval: one decimal below ten, and no sign of a zero."""
    text = f"{percent:,.{1 if abs(percent) < 9.95 else 0}f}"
    return text.removeprefix("-") if not percent or not float(text.replace(",", "")) else text


def change_tone(evidence: Evidence, higher_is_better: bool | None) -> str:
    """``good`` or ``bad`` for a proven change in a known direction, otherwise ``same``."""
    if not evidence.is_proven or higher_is_better is None:
        return "same"
    return "good" if ((evidence.estimate or 0.0) > 0) is higher_is_better else "bad"


def p_text(p: float) -> str:
    """``0.012``; ``<0.001`` below that."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def percent_text(percent: float) -> str:
    """A signed percentage: ``-3.2 %``, ``+26 %``, ``+0.004 %``, ``17x`` for tenfold."""
    if percent == 0:
        return "0 %"
    if percent >= _TENFOLD_PERCENT:
        return f"{1 + percent / 100:,.0f}x"
    decimals = 1 if abs(percent) < 9.95 else 0
    text = f"{percent:+,.{decimals}f}"
    return f"{percent:+.1g} %" if float(text.replace(",", "")) == 0 else f"{text} %"


def interval_text(cell: Cell, column: Column) -> str:
    """``12.3 to 12.9``; empty if there is no interval."""
    if cell.ci95 is None:
        return ""
    low, high = cell.ci95
    return f"{low:,.{column.decimals}f} to {high:,.{column.decimals}f}"


def factor_text(ratio: float, low: float, high: float) -> str:
    """``1.31 ± 0.04``: a ratio and half its interval, with the significant decimals."""
    half = (high - low) / 2
    decimals = 2 if half < 1 else 1
    return f"{ratio:.{decimals}f} ± {half:.{decimals}f}"
