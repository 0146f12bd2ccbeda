"""``hairopt models compare``: networks side by side."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hairopt.cli.console import say
from hairopt.cli.options import MAX_ROUNDS, JsonOption

if TYPE_CHECKING:
    from hairopt.datasets.dataset import Dataset
    from hairopt.measure.run_model import Run
    from hairopt.variants.schema import Variant


def compare(
    models: Annotated[list[str], typer.Argument(help="Models; the first is the reference.")],
    dataset: Annotated[
        Path | None, typer.Option(help="Folder with images/ and masks/. Default: the shipped ones.")
    ] = None,
    runtime: Annotated[
        list[str] | None,
        typer.Option(help="Run every model in this runtime. Repeatable. Default: onnxruntime."),
    ] = None,
    rounds: Annotated[
        int, typer.Option(min=1, max=MAX_ROUNDS, help="Timed requests per model.")
    ] = 40,
    out: Annotated[Path, typer.Option(help="Where the run folder is made.")] = Path("reports"),
    by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TAG", help="Show the slices of this tag. Repeatable. Default: the main ones."
        ),
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Bench models: quality by slice, latency, size."""
    from hairopt.cli.console import print_json, stderr_console
    from hairopt.cli.interruption import saying
    from hairopt.cli.progress import BenchProgress
    from hairopt.datasets.combined import chosen_dataset
    from hairopt.measure.bench import run_bench
    from hairopt.measure.complete import require_complete
    from hairopt.measure.plan import BenchPlan
    from hairopt.report.render import render_reports
    from hairopt.types import Shade

    data = chosen_dataset(dataset)
    tags = _known_tags(data, by) if by else None
    plan = BenchPlan(
        variants=_variants(models, runtime or ["onnxruntime"]),
        dataset=data,
        out=out,
        shades=(Shade.parse("violet"),),
        rounds=rounds,
        command=shlex.join(["hairopt", *sys.argv[1:]]),
    )
    progress = BenchProgress(stderr_console())
    with saying(progress.kept_text):
        with progress:
            run = run_bench(plan, progress, render_reports)
        if as_json:
            print_json((out / run.id / "run.json").read_text(encoding="utf-8"))
        else:
            _show(run, out / run.id, tags, markdown=markdown)
    require_complete(run)


def _known_tags(dataset: Dataset, wanted: list[str]) -> list[str]:
    """The tags that the user asked for.

    Raises:
        UsageError: a tag that no case has; the message lists the tags that exist.
    """
    from hairopt.errors import UsageError
    from hairopt.measure.case_scorer import LIGHTNESS_TAG
    from hairopt.registry import unknown_name

    known = sorted({LIGHTNESS_TAG, *(tag for case in dataset.cases for tag in case.tags)})
    for tag in wanted:
        if tag not in known:
            raise UsageError(f"--by: {unknown_name('tag', tag, known)}")
    return list(dict.fromkeys(wanted))


def _variants(models: list[str], runtimes: list[str]) -> tuple[Variant, ...]:
    """The variant ``float32`` with each model in each runtime; all other settings stay."""
    from hairopt.variants.load import load_variant, with_model

    base = load_variant("float32")
    found = []
    for model in models:
        for runtime in runtimes:
            chosen = with_model(base, model)
            segment = chosen.segment.model_copy(update={"runtime": runtime})
            name = model if len(runtimes) == 1 else f"{model}@{runtime}"
            found.append(chosen.model_copy(update={"name": name, "segment": segment}))
    return tuple(found)


def _show(run: Run, folder: Path, tags: list[str] | None, *, markdown: bool) -> None:
    from hairopt.cli.console import show, stdout_console
    from hairopt.measure.run_tables import read_cases, read_timings
    from hairopt.report.models.answer import models_answer
    from hairopt.report.models.slices import MAIN_TAGS, model_slices
    from hairopt.report.models.table import as_markdown
    from hairopt.report.models.terminal import models_view
    from hairopt.report.run.build_matrix import build_matrix

    timings = read_timings(folder)
    cases = read_cases(folder, run)
    slices = model_slices(run, cases, tags or MAIN_TAGS)
    answer = models_answer(run, build_matrix(run, cases))
    if markdown:
        say(as_markdown(run, timings, slices, answer).rstrip("\n"))
        return
    show(stdout_console(), models_view(run, timings, slices, answer))
