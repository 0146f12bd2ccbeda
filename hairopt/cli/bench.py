"""``hairopt bench``: measure variants over a dataset."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from hairopt.cli.options import (
    IntensitiesOption,
    JsonOption,
    ModelOption,
    RoundsOption,
    TimingLimitOption,
)
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
    limit: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Only N cases, spread over the photos; always the same ones."
        ),
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
    out: Annotated[
        Path | None, typer.Option(help="Where the run folder is made. Default: reports.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the run folder. Default: made of the time.")
    ] = None,
    rounds: RoundsOption = None,
    timing_limit: TimingLimitOption = None,
    warmup: Annotated[int | None, typer.Option(help="Untimed requests at the start.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the order of timed requests.")] = None,
    timeout: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Longest time of one request or load: 90s, 5m."),
    ] = None,
    null: Annotated[
        bool | None,
        typer.Option(
            "--null/--no-null",
            help="Find the noise floor: one variant against itself.",
            show_default=False,
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="TOML file whose table [bench] has options for this command. "
            "Default: hairopt.toml or pyproject.toml, here or above.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure cost and quality of variants over a dataset, by stage.

    What is typed here wins over the file of --config.
    """
    from hairopt.api.bench import bench_plan, measured
    from hairopt.cli.console import shortest, stderr_console
    from hairopt.cli.interruption import saying
    from hairopt.cli.progress import BenchProgress
    from hairopt.cli.run_view import show_run
    from hairopt.measure.settings import bench_settings

    settings, file = bench_settings(config, Path.cwd())
    typed = {
        "variants": variant,
        "dataset": dataset,
        "limit": limit,
        "model": model,
        "runtimes": runtimes,
        "shades": shade,
        "intensities": intensity,
        "out": out,
        "name": name,
        "rounds": rounds,
        "timing_limit": timing_limit,
        "warmup": warmup,
        "seed": seed,
        "timeout": timeout,
        "null": null,
    }
    plan = bench_plan(settings.changed(typed), command=shlex.join(["hairopt", *sys.argv[1:]]))
    progress = BenchProgress(stderr_console())
    if file is not None:
        progress.note(f"options of [bench] from {shortest(file)}")
    with saying(progress.kept_text):
        with progress:
            folder = measured(plan, progress)
        show_run(folder, as_json=as_json)
