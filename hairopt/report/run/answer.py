"""The first screen of a run: the variant that it speaks for, what it wins and what it loses."""

from __future__ import annotations

import shlex

from hairopt.evidence.evidence import UNPROVEN
from hairopt.gate.rules import verdict_on
from hairopt.gate.verdict import Verdict
from hairopt.measure.complete import doubt_lines
from hairopt.measure.run_model import Run
from hairopt.metrics.catalog import agreement
from hairopt.quantities import number_of
from hairopt.report.answer import LOSE, SHIP, SURE, WIN, Answer, Point, Tone
from hairopt.report.matrix import Cell, Column, Matrix, Row
from hairopt.report.run.facts import timing_end
from hairopt.report.run.summary import closing_sentence, spoken_for
from hairopt.report.text import change_interval, delta_text, delta_verdict, interval_text

LIMIT_PERCENT = 95.0
"""Share of the quality that the gate wants to be kept."""

MARGINAL_PERCENT = 5.0
"""A gain below it is not worth a change, and is not named."""

_OLDER = "This run is of an older version: its times, of one process start, prove nothing."


def run_answer(run: Run, matrix: Matrix, place: str) -> Answer:
    """The first screen.

    Args:
        run: the content of ``run.json``.
        matrix: its matrix.
        place: the run folder as a reader types it.
    """
    name = spoken_for(run)
    sentence, warnings = closing_sentence(run, matrix), run_warnings(run, matrix)
    if name is None or matrix.reference is None:
        return Answer(sentence, (), warnings)
    row = matrix.row(name)
    points = (_ship(matrix, row), _wins(matrix, row), _losses(matrix, row), certainty(run, row))
    sides = (f"{place}:{matrix.reference}", f"{place}:{name}")
    return Answer(sentence, points, warnings, shlex.join(["hairopt", "compare", *sides]))


def run_warnings(run: Run, matrix: Matrix) -> tuple[str, ...]:
    """Whatever touches the headline of a run."""
    doubts = (f"Dataset: {line}" for line in doubt_lines(run))
    absent = (f"{row.name} has no numbers: {row.status}." for row in matrix.missing)
    is_old = run.protocol.timing_s is None
    return (*doubts, *run.environment.warnings, *absent, *([_OLDER] if is_old else []))


def _ship(matrix: Matrix, row: Row) -> Point:
    cell = row.cells["kept_percent"]
    if any(column.side == "agreement" for column in matrix.columns):
        return Point(SHIP, "Not judged by this run", _agreed(matrix, row), "doubt")
    if cell.value is None:
        return Point(SHIP, "Not known", ("the quality kept is undefined",), "bad")
    column = next(column for column in matrix.columns if column.key == "kept_percent")
    interval = f" ({interval_text(cell, column)})" if cell.ci95 else ""
    short, tone = _verdict(cell.value, cell.ci95)
    kept = (
        f"{row.name} keeps {cell.value:.1f} %{interval} of the quality of {matrix.reference}; the "
        f"gate wants {LIMIT_PERCENT:g} %"
    )
    return Point(SHIP, short, (kept, "the command below judges it by every rule"), tone)


def _agreed(matrix: Matrix, row: Row) -> tuple[str, ...]:
    """What photos without masks say in place of quality."""
    mask = row.cells.get(agreement("alpha_iou"), Cell()).value
    said = [] if mask is None else [f"its masks agree with {matrix.reference}'s to {mask:.3f} IoU"]
    nobody = "the photos have no masks: agreement does not say which of the two is better"
    return (*said, nobody, "the command below judges the agreement by every rule")


def _verdict(kept: float, ci95: tuple[float, float] | None) -> tuple[str, Tone]:
    """What the gate's rule on retention says of the same number and interval."""
    if ci95 is None:
        return "Not judged by this run", "doubt"
    loss, interval = 100 - kept, (100 - ci95[1], 100 - ci95[0])
    verdict = verdict_on(loss, interval, 100 - LIMIT_PERCENT)
    if verdict is Verdict.PASS:
        return "Its quality speaks for it", "good"
    if verdict is Verdict.FAIL:
        return "Its quality speaks against it", "bad"
    return "Not shown either way", "doubt"


def _wins(matrix: Matrix, row: Row) -> Point:
    won = _proven(matrix, row, "good", MARGINAL_PERCENT)
    first, *others = won or [f"No gain of {MARGINAL_PERCENT:g} % is proven"]
    return Point(WIN, first, tuple(others), "good" if won else "plain")


def _losses(matrix: Matrix, row: Row) -> Point:
    found = _proven(matrix, row, "bad")
    unproven = [
        column.title
        for column in matrix.columns
        if (delta := row.cells[column.key].delta) and delta.evidence.mark == UNPROVEN
    ]
    first, *others = found or ["No loss is proven"]
    if unproven:
        others.append(f"{UNPROVEN} no change is proven of {', '.join(unproven)}")
    return Point(LOSE, first, tuple(others), "bad" if found else "plain")


def _proven(matrix: Matrix, row: Row, verdict: str, least_percent: float = 0.0) -> list[str]:
    """``latency -51 % (-58 to -40 %)`` of every proven change in one direction."""
    return [
        change_of(column, row)
        for column in matrix.columns
        if (delta := row.cells[column.key].delta)
        and delta_verdict(delta) == verdict
        and abs(delta.percent) >= least_percent
    ]


def change_of(column: Column, row: Row) -> str:
    """``latency -51 % (-58 to -40 %)`` of a row that has this change."""
    delta = row.cells[column.key].delta
    assert delta is not None
    return f"{column.title} {delta_text(delta)} ({change_interval(delta.evidence)})"


def certainty(run: Run, row: Row) -> Point:
    """How many photos, requests and process starts the numbers rest on."""
    masks = ("alpha_iou", "iou", agreement("alpha_iou"))
    quality = (c.delta for key, c in row.cells.items() if key in masks)
    iou = next(filter(None, quality), None)
    cases = number_of(run.dataset.n_cases, "case")
    n = number_of(iou.evidence.n_sources, "source photo") if iou else cases
    timed = number_of(run.protocol.rounds, "timed request")
    starts = f"{number_of(run.protocol.starts, 'start')} ({timing_end(run.protocol)})"
    of = f"{cases} of them; " if iou else ""
    details = (f"{of}{timed} each in {starts}", "in brackets: 95 % intervals")
    return Point(SURE, n, details)
