"""``report.html``: one file without any request to anywhere, for the browser and for paper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hairopt.bench.run_model import Run
from hairopt.report.facts import bad_case_lines, fact_groups
from hairopt.report.gallery import gallery
from hairopt.report.matrix import Matrix
from hairopt.report.page import Chart, Page
from hairopt.report.sentence import closing_sentence
from hairopt.report.slices import slice_tables
from hairopt.report.startup import startup_rows
from hairopt.report.text import delta_text, delta_verdict, interval_text, value_text
from hairopt.report.tiles import tiles
from hairopt.types import STAGES

if TYPE_CHECKING:
    import pandas as pd

_QUALITY = "iou"
_QUALITY_TITLE = "IoU"


def render_html(run: Run, cases: pd.DataFrame, matrix: Matrix, folder: Path) -> str:
    """The page of a run.

    Args:
        run: the content of ``run.json``.
        cases: the rows of ``cases.parquet``.
        matrix: of the run.
        folder: the run folder, whose pictures are made into thumbnails.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("hairopt.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "value_text": value_text,
        "interval_text": interval_text,
        "delta_text": delta_text,
        "delta_verdict": delta_verdict,
        # Only for the drawings of this package, which escape every name they hold.
        "drawing": Markup,
    }
    page = _page(run, cases, matrix, folder)
    return environment.get_template("report.html.j2").render(page=page)


def _page(run: Run, cases: pd.DataFrame, matrix: Matrix, folder: Path) -> Page:
    measured = ", ".join(row.name for row in matrix.measured) or "nothing"
    date = run.created_utc[:16].replace("T", " ")
    return Page(
        title=f"Run {run.id}",
        subtitle=f"Run {run.id} · {date} UTC · {run.environment.cpu_model}",
        sentence=_unbroken(closing_sentence(run, matrix)),
        notes=(
            f"Measured: {measured}, on {run.dataset.n_cases} cases of "
            f"{run.dataset.title or run.dataset.name}.",
        ),
        tiles=tiles(matrix),
        matrix=matrix,
        charts=_charts(run),
        startup=startup_rows(run),
        slices_lead="Means over the cases of each slice; the stronger the shade, the better.",
        slices=slice_tables(run),
        gallery_lead=(
            f"The cases with the lowest {_QUALITY_TITLE}, worst first, each with the variant "
            "that did worst on it."
        ),
        gallery=gallery(cases, matrix, folder),
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


def _charts(run: Run) -> tuple[Chart, ...]:
    from hairopt.report.charts.scatter import Point, scatter_svg
    from hairopt.report.charts.stages import stages_svg

    measured = {name: result for name, result in run.variants.items() if result.status == "ok"}
    charts = []
    points = [
        Point(name, total.mean, summary.mean, total.ci95, summary.ci95)
        for name, result in measured.items()
        if (total := result.latency_ms.get("total"))
        and (summary := result.quality.get(_QUALITY))
        and summary.mean is not None
    ]
    if points:
        caption = (
            "Mean latency and mean IoU with their 95 % intervals. Round points on the dashed line "
            "form the Pareto front: nothing is both faster and better."
        )
        charts.append(Chart("Cost against quality", caption, scatter_svg(points, _QUALITY_TITLE)))
    stage_ms = {
        name: {
            stage: result.latency_ms[stage].mean for stage in STAGES if stage in result.latency_ms
        }
        for name, result in measured.items()
    }
    stage_ms = {name: times for name, times in stage_ms.items() if times}
    if stage_ms:
        caption = "Mean of warm requests, one after another, in a process of their own."
        charts.append(Chart("Time of each stage", caption, stages_svg(stage_ms, STAGES)))
    return tuple(charts)
