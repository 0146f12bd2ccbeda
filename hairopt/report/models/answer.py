"""The first screen of models side by side: what is proven of each against the first one."""

from __future__ import annotations

from hairopt.measure.run_model import Run
from hairopt.quantities import number_of
from hairopt.report.answer import LOSE, SHIP, WIN, Answer, Point, Tone
from hairopt.report.matrix import Matrix
from hairopt.report.run.answer import certainty, change_of, run_warnings
from hairopt.report.text import delta_verdict

_SAID = ("iou", "boundary_iou", "latency_p50_ms")
_MOST = 6


def models_answer(run: Run, matrix: Matrix) -> Answer:
    """The first screen; ``matrix`` is that of the run."""
    others = [row for row in matrix.measured if not row.is_reference]
    warnings = run_warnings(run, matrix)
    if matrix.reference is None or not others:
        return Answer(f"{number_of(len(matrix.measured), 'model')} measured", (), warnings)
    won, lost = _changes(matrix, "good"), _changes(matrix, "bad")
    judged = "hairopt compare judges one model against another by every rule of the gate"
    points = (
        Point(SHIP, "Not judged here", (judged,), "doubt"),
        _point(WIN, won, "Nothing is proven", "good"),
        _point(LOSE, lost, "No loss is proven", "bad"),
        certainty(run, others[0]),
    )
    compared = number_of(len(others), "model is", "models are")
    return Answer(f"{compared} compared with {matrix.reference}", points, warnings)


def _changes(matrix: Matrix, verdict: str) -> list[str]:
    """``small: IoU +3.2 % (1.1 to 5.3 %)`` for every proven change in one direction."""
    return [
        f"{row.name}: {change_of(column, row)}"
        for column in matrix.columns
        if column.key in _SAID
        for row in matrix.measured
        if delta_verdict(row.cells[column.key].delta) == verdict
    ]


def _point(question: str, found: list[str], nothing: str, tone: Tone) -> Point:
    first, *others = found or [nothing]
    if len(others) >= _MOST:
        others = [*others[: _MOST - 1], f"and {len(others) - _MOST + 1} more in the report"]
    return Point(question, first, tuple(others), tone if found else "plain")
