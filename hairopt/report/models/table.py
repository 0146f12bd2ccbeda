"""Models side by side: quality, time, size and licence, one row per model and runtime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hairopt.measure.latency import Times, paired_ratio
from hairopt.measure.run_model import Run, VariantResult
from hairopt.quantities import number_of
from hairopt.report.answer import Answer, answer_markdown
from hairopt.report.foreign_text import markdown, markdown_cell, printable
from hairopt.report.models.slices import HEADINGS as SLICE_HEADINGS
from hairopt.report.text import ABSENT, factor_text

if TYPE_CHECKING:
    import pandas as pd

HEADINGS = (
    "model", "runtime", "IoU", "95 %", "p10", "edge", "ms", "of first", "MB", "licence",
)  # fmt: skip
"""Titles of the columns, in the order of ``ModelRow.cells``."""


@dataclass(frozen=True)
class ModelRow:
    """One model in one runtime, all figures as text; ``reason`` says why there are none."""

    cells: tuple[str, ...]
    reason: str = ""


def model_rows(run: Run, timings: pd.DataFrame | None) -> list[ModelRow]:
    """The rows of a run whose variants differ only in model and runtime.

    ``edge`` is Boundary IoU, ``ms`` the median time of the segment stage, ``of first`` the median
    over rounds of that time divided by that of the first row that was measured, with half its
    95 % interval, marked ``~`` if no difference is proven, ``MB`` the size of the file run.

    Args:
        run: the run.
        timings: its rows of ``timings.parquet``; None if nothing was timed.
    """
    factors = _factors(run, timings)
    return [_row(result, factors.get(name, ABSENT)) for name, result in run.variants.items()]


def as_markdown(
    run: Run, timings: pd.DataFrame | None, slices: Sequence[Sequence[str]], answer: Answer
) -> str:
    """The answer, the rows as a table with its conditions below, then the slices as another one.

    Args:
        run: as in ``model_rows``.
        timings: as in ``model_rows``.
        slices: the rows of ``model_slices``.
        answer: the first screen.
    """
    rows = model_rows(run, timings)
    lines = answer_markdown(answer) + _table(
        HEADINGS, [row.cells for row in rows], left=("model", "runtime", "licence")
    )
    lines += [f"\n{markdown(note)}" for note in notes(run, rows)]
    if slices:
        lines += ["", *_table(SLICE_HEADINGS, slices, left=("slice", "model"))]
    return "\n".join(lines) + "\n"


def notes(run: Run, rows: Sequence[ModelRow]) -> list[str]:
    """The conditions of the figures, and why a row has none."""
    isa = ", ".join(run.environment.isa)
    conditions = (
        f"{number_of(run.dataset.n_cases, 'case')} of {run.dataset.name}, "
        f"{number_of(run.protocol.rounds, 'timed request')}, "
        f"one thread, {run.environment.cpu_model} ({isa or 'instruction sets unknown'})."
    )
    return [conditions, *(row.reason for row in rows if row.reason)]


def _factors(run: Run, timings: pd.DataFrame | None) -> dict[str, str]:
    """Variant -> its time of segmentation as a multiple of the first one's, round by round."""
    measured = [name for name, result in run.variants.items() if result.status == "ok"]
    if timings is None:
        return {}
    times = {name: _by_start(timings[timings["variant"] == name]) for name in measured}
    found = dict.fromkeys(measured[:1], "1")
    for name in measured[1:]:
        ratio = paired_ratio(times[name], times[measured[0]])
        if ratio is not None:
            text = factor_text(ratio.median, *ratio.ci95) if ratio.ci95 else f"{ratio.median:.2f}"
            found[name] = f"{ratio.change.mark} {text}".strip()
    return found


def _by_start(timings: pd.DataFrame) -> Times:
    """The times of segmentation of one variant."""
    found: dict[int, dict[int, float]] = {}
    numbers = (timings[column] for column in ("start", "round", "segment_ms"))
    for start, number, segment_ms in zip(*numbers, strict=True):
        found.setdefault(int(start), {})[int(number)] = float(segment_ms)
    return found


def _row(result: VariantResult, factor: str) -> ModelRow:
    segment = result.spec["segment"]
    names = (printable(str(segment["model"])), printable(str(segment["runtime"])))
    if result.status != "ok":
        reason = f"{names[0]} in {names[1]} {result.status}: {printable(result.error or '')}"
        return ModelRow((*names, *[ABSENT] * (len(HEADINGS) - 2)), reason)
    time = result.latency_ms["segment"].p50
    model = result.model
    return ModelRow(
        (
            *names,
            *_overlap(result),
            f"{time:.1f}",
            factor,
            f"{model.bytes / 1e6:.2f}" if model else ABSENT,
            printable(model.licence) if model else ABSENT,
        )
    )


def _overlap(result: VariantResult) -> tuple[str, str, str, str]:
    iou, edge = result.quality.get("iou"), result.quality.get("boundary_iou")
    if iou is None or iou.mean is None:
        return ABSENT, ABSENT, ABSENT, ABSENT
    interval = f"{iou.ci95[0]:.3f}-{iou.ci95[1]:.3f}" if iou.ci95 else ABSENT
    tail = f"{iou.p10:.3f}" if iou.p10 is not None else ABSENT
    along = f"{edge.mean:.3f}" if edge is not None and edge.mean is not None else ABSENT
    return f"{iou.mean:.3f}", interval, tail, along


def _table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[str]
) -> list[str]:
    """The lines of a pipe table, with right-aligned figures."""
    rulers = ["---" if heading in left else "---:" for heading in headings]
    texts = [[markdown_cell(cell) for cell in row] for row in (headings, *rows)]
    return [_line(row) for row in (texts[0], rulers, *texts[1:])]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
