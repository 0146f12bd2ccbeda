"""``report.html``: one self-contained file, for the browser and for print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hairopt.measure.complete import bad_case_fixes, bad_case_lines
from hairopt.measure.run_model import Run, VariantResult
from hairopt.measure.run_tables import asked_rows
from hairopt.quantities import number_of
from hairopt.report.matrix import Matrix
from hairopt.report.run.answer import run_answer
from hairopt.report.run.charts import run_charts
from hairopt.report.run.color import colors
from hairopt.report.run.facts import fact_groups
from hairopt.report.run.gallery import gallery
from hairopt.report.run.page import Page, StartupRow
from hairopt.report.run.response import response_charts, series_keys
from hairopt.report.run.slices import FEW, slice_tables
from hairopt.report.run.summary import further_sentences
from hairopt.report.steps import step_tables
from hairopt.report.templating import render_template
from hairopt.report.text import ABSENT

if TYPE_CHECKING:
    import pandas as pd


def render_html(
    run: Run,
    cases: pd.DataFrame,
    matrix: Matrix,
    folder: Path,
    timings: pd.DataFrame | None = None,
) -> str:
    """The page of a run.

    Args:
        run: the content of ``run.json``.
        cases: the rows of ``cases.parquet``.
        matrix: matrix of the run.
        folder: the run folder; its pictures become thumbnails.
        timings: the rows of ``timings.parquet``; None for a run that kept no single times.
    """
    page = _page(run, cases, matrix, folder, timings)
    return render_template("report.html.j2", page=page)


def _page(
    run: Run, cases: pd.DataFrame, matrix: Matrix, folder: Path, timings: pd.DataFrame | None
) -> Page:
    measured = ", ".join(row.name for row in matrix.measured) or "nothing"
    date = run.created_utc[:16].replace("T", " ")
    return Page(
        title=f"Run {run.id}",
        subtitle=f"Run {run.id} · {date} UTC · {run.environment.cpu_model}",
        answer=run_answer(run, matrix, run.id),
        measured=f"Measured: {measured}, on {number_of(run.dataset.n_cases, 'case')} of "
        f"{run.dataset.title or run.dataset.name}.",
        further=tuple(further_sentences(run)),
        matrix=matrix,
        steps=step_tables(run),
        charts=run_charts(run, matrix, timings),
        response=response_charts(run, asked_rows(cases), timings),
        series=series_keys(run),
        colors=colors(run),
        startup=startup_rows(run),
        slices_lead=(
            "Means over the cases of each slice; the stronger the shade, the better. "
            f"Pale: fewer than {FEW} cases, too few to rely on."
        ),
        slices=slice_tables(run),
        gallery=gallery(run, asked_rows(cases), folder),
        facts=fact_groups(run),
        bad_cases=bad_case_lines(run),
        fixes=bad_case_fixes(run),
        command=run.command,
        folder=run.id,
    )


def startup_rows(run: Run) -> tuple[StartupRow, ...]:
    """One row per measured variant whose start was measured."""
    return tuple(
        _startup_row(name, result)
        for name, result in run.variants.items()
        if result.status == "ok" and result.startup_ms
    )


def _startup_row(name: str, result: VariantResult) -> StartupRow:
    start, total = result.startup_ms, result.latency_ms.get("total")
    return StartupRow(
        name=name,
        modules=_quantity(start.import_ if start else None, "ms"),
        network=_quantity(start.load if start else None, "ms"),
        first=_quantity(start.first if start else None, "ms"),
        warm=_quantity(total.p50 if total else None, "ms"),
        at_rest=_quantity(result.memory_mb.after_load if result.memory_mb else None, "MB"),
        throughput=_quantity(result.throughput_ips, "", decimals=1),
    )


def _quantity(value: float | None, unit: str, decimals: int = 0) -> str:
    return ABSENT if value is None else f"{value:,.{decimals}f} {unit}".rstrip()
