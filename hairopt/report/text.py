"""Format numbers, in the same way for terminal, Markdown and HTML."""

from __future__ import annotations

from hairopt.report.matrix import Cell, Column, Delta

ABSENT = "-"
UNPROVEN = "~"
EQUAL = "="
_FOUR_DIGITS = 999.95
_TENFOLD_PERCENT = 900


def value_text(cell: Cell, column: Column) -> str:
    """The value with the decimals of its column, none from 1,000 on; a dash if it is absent."""
    if cell.value is None:
        return ABSENT
    decimals = column.decimals if abs(cell.value) < _FOUR_DIGITS else 0
    return f"{cell.value:,.{decimals}f}"


def delta_text(delta: Delta | None) -> str:
    """``-26 %``; ``~`` if no change is proven; empty if nothing is compared."""
    if delta is None:
        return ""
    if delta.proven is False and delta.percent != 0:
        return UNPROVEN
    return percent_text(delta.percent)


def delta_verdict(delta: Delta | None) -> str:
    """``good`` or ``bad`` if a change is proven, otherwise ``same``, for colours."""
    if delta is None or not delta.proven or percent_text(delta.percent) == EQUAL:
        return "same"
    return "good" if delta.improves else "bad"


def percent_text(percent: float) -> str:
    """A signed percentage: ``-3.2 %``, ``+26 %``, ``=`` for none, ``17x`` for tenfold and more."""
    if percent >= _TENFOLD_PERCENT:
        return f"{1 + percent / 100:,.0f}x"
    decimals = 1 if abs(percent) < 9.95 else 0
    text = f"{percent:+,.{decimals}f}"
    return EQUAL if float(text.replace(",", "")) == 0 else f"{text} %"


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
