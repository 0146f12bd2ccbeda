"""``hairopt models compare``: networks side by side."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hairopt.cli.options import JsonOption

if TYPE_CHECKING:
    from rich.console import JustifyMethod

    from hairopt.bench.run_model import Run
    from hairopt.variants.schema import Variant


def compare(
    models: Annotated[list[str], typer.Argument(help="Names of models; the first is the measure.")],
    dataset: Annotated[
        Path | None, typer.Option(help="Folder with images/ and masks/. Default: the shipped ones.")
    ] = None,
    runtime: Annotated[
        list[str] | None,
        typer.Option(help="Run every model in this runtime; repeat it. Default: onnxruntime."),
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Timed requests per model.")] = 40,
    out: Annotated[Path, typer.Option(help="Where the run folder is made.")] = Path("reports"),
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Bench models side by side: quality, latency, size, licence."""
    from hairopt.bench.bench import run_bench
    from hairopt.bench.plan import BenchPlan
    from hairopt.cli.bench import chosen_dataset, write_reports
    from hairopt.cli.console import print_json, stderr_console
    from hairopt.cli.progress import BenchProgress
    from hairopt.cli.run_view import require_complete
    from hairopt.report.model_table import as_markdown
    from hairopt.types import Shade

    plan = BenchPlan(
        variants=_variants(models, runtime or ["onnxruntime"]),
        dataset=chosen_dataset(dataset),
        out=out,
        shades=(Shade.parse("violet"),),
        rounds=rounds,
        command=shlex.join(["hairopt", *sys.argv[1:]]),
    )
    with BenchProgress(stderr_console()) as progress:
        run = run_bench(plan, progress, write_reports)
    if as_json:
        print_json((out / run.id / "run.json").read_text(encoding="utf-8"))
    elif markdown:
        typer.echo(as_markdown(run), nl=False)
    else:
        _print(run)
    require_complete(run)


def _variants(models: list[str], runtimes: list[str]) -> tuple[Variant, ...]:
    """The variant ``float32`` with each model in each runtime, and nothing else changed."""
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


def _print(run: Run) -> None:
    from rich.table import Table

    from hairopt.cli.console import stdout_console
    from hairopt.report.model_table import HEADINGS, model_rows, notes

    table = Table(box=None, pad_edge=False)
    for heading in HEADINGS:
        numeric = heading not in ("model", "runtime", "licence")
        justify: JustifyMethod = "right" if numeric else "left"
        table.add_column(heading, justify=justify, no_wrap=heading != "licence")
    for row in model_rows(run):
        table.add_row(*row.cells)
    console = stdout_console()
    console.print(table)
    for note in notes(run):
        console.print(note, style="dim")
