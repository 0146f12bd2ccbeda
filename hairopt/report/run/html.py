"""``report.html``: one file without any request to anywhere, for the browser and for paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hairopt.measure.complete import bad_case_lines
from hairopt.measure.run_model import Run
from hairopt.report.matrix import Matrix
from hairopt.report.run.charts import run_charts
from hairopt.report.run.facts import fact_groups
from hairopt.report.run.gallery import gallery
from hairopt.report.run.page import Page
from hairopt.report.run.response import response_charts, series_keys
from hairopt.report.run.slices import FEW, slice_tables
from hairopt.report.run.summary import closing_sentence, further_sentences
from hairopt.report.startup import startup_rows
from hairopt.report.templating import render_template
from hairopt.report.tiles import tiles

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
        matrix: of the run.
        folder: the run folder, whose pictures are made into thumbnails.
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
        sentence=_unbroken(closing_sentence(run, matrix)),
        measured=f"Measured: {measured}, on {run.dataset.n_cases} cases of "
        f"{run.dataset.title or run.dataset.name}.",
        further=tuple(map(_unbroken, further_sentences(run))),
        tiles=tiles(matrix),
        matrix=matrix,
        charts=run_charts(run, timings),
        response=response_charts(run, cases, timings),
        series=series_keys(run),
        startup=startup_rows(run),
        slices_lead=(
            "Means over the cases of each slice; the stronger the shade, the better. "
            f"Pale: fewer than {FEW} cases, too few to rely on."
        ),
        slices=slice_tables(run),
        gallery=gallery(run, cases, folder),
        warnings=tuple(run.environment.warnings),
        facts=fact_groups(run),
        bad_cases=bad_case_lines(run),
        command=run.command,
        folder=run.id,
    )


def _unbroken(sentence: str) -> str:
    """The sentence with no line break between a figure and its sign."""
    return sentence.replace(" %", "\N{NO-BREAK SPACE}%").replace(
        " ± ", "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"
    )
