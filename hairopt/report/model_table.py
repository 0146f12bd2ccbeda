"""Models side by side: quality, time, size and licence, one row per model and runtime."""

from __future__ import annotations

from dataclasses import dataclass

from hairopt.bench.run_model import Run, VariantResult
from hairopt.report.text import ABSENT, printable

HEADINGS = (
    "model", "runtime", "IoU", "95 %", "p10", "edge", "ms", "of first", "MB", "licence",
)  # fmt: skip
"""Titles of the columns, in the order of ``ModelRow.cells``."""


@dataclass(frozen=True)
class ModelRow:
    """One model in one runtime, every figure as text; ``reason`` says why it has none."""

    cells: tuple[str, ...]
    reason: str = ""


def model_rows(run: Run) -> list[ModelRow]:
    """The rows of a run whose variants differ in nothing but model and runtime.

    ``edge`` is Boundary IoU, ``ms`` the median time of the segment stage, ``of first`` that time
    divided by the one of the first row that was measured, ``MB`` the size of the file that was run.
    """
    measured = [result for result in run.variants.values() if result.status == "ok"]
    first_ms = measured[0].latency_ms["segment"].p50 if measured else None
    return [_row(result, first_ms) for result in run.variants.values()]


def as_markdown(run: Run) -> str:
    """The rows as a Markdown table with its conditions below."""
    lines = [_line(HEADINGS), _line([*["---"] * 2, *["---:"] * 7, "---"])]
    lines += [_line([cell.replace("|", "\\|") for cell in row.cells]) for row in model_rows(run)]
    lines += [f"\n{note}" for note in notes(run)]
    return "\n".join(lines) + "\n"


def notes(run: Run) -> list[str]:
    """What the figures were measured on, and why a row has none."""
    isa = ", ".join(run.environment.isa)
    conditions = (
        f"{run.dataset.n_cases} cases of {run.dataset.name}, {run.protocol.rounds} timed requests, "
        f"one thread, {run.environment.cpu_model} ({isa or 'instruction sets unknown'})."
    )
    return [conditions, *(row.reason for row in model_rows(run) if row.reason)]


def _row(result: VariantResult, first_ms: float | None) -> ModelRow:
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
            f"{time / first_ms:.2f}" if first_ms else ABSENT,
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


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"
