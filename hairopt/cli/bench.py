"""``hairopt bench``: measure variants over a dataset."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from hairopt.cli.options import IntensitiesOption, JsonOption, ModelOption
from hairopt.variants.registry import DEFAULT_VARIANTS


def bench(
    variant: Annotated[
        list[str] | None,
        typer.Option(
            help="Name or TOML file of a variant. Repeatable; the first is the baseline. "
            f"Default: {', '.join(DEFAULT_VARIANTS)}."
        ),
    ] = None,
    dataset: Annotated[
        Path | None, typer.Option(help="Folder with images/ and masks/. Default: the shipped ones.")
    ] = None,
    model: ModelOption = None,
    runtimes: Annotated[
        str | None,
        typer.Option(metavar="all|NAME,NAME", help="Run every variant in each of these runtimes."),
    ] = None,
    shade: Annotated[
        list[str] | None,
        typer.Option(help="Colour: a name, #rrggbb or name=#rrggbb. Repeatable."),
    ] = None,
    intensity: IntensitiesOption = None,
    out: Annotated[Path, typer.Option(help="Where the run folder is made.")] = Path("reports"),
    rounds: Annotated[
        int | None,
        typer.Option(help="Timed requests per variant; p95 needs 100."),
    ] = None,
    warmup: Annotated[int | None, typer.Option(help="Untimed requests at the start.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the order and the bootstraps.")] = None,
    timeout: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Longest time of one request or load: 90s, 5m."),
    ] = None,
    null: Annotated[
        bool, typer.Option("--null", help="Find the noise floor: one variant against itself.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Measure cost and quality of variants over a dataset, by stage."""
    from hairopt.api.bench import bench_plan, measured
    from hairopt.cli.console import stderr_console
    from hairopt.cli.interruption import saying
    from hairopt.cli.progress import BenchProgress
    from hairopt.cli.run_view import show_run
    from hairopt.quantities import asked, duration_s

    plan = bench_plan(
        variants=variant or (),
        dataset=dataset,
        model=model,
        runtimes=runtimes,
        shades=shade or (),
        intensities=intensity or (),
        out=out,
        rounds=rounds,
        warmup=warmup,
        seed=seed,
        timeout_s=asked("--timeout", duration_s, timeout) if timeout else None,
        null=null,
        command=shlex.join(["hairopt", *sys.argv[1:]]),
    )
    progress = BenchProgress(stderr_console())
    with saying(progress.kept_text):
        with progress:
            folder = measured(plan, progress)
        show_run(folder, as_json=as_json)
