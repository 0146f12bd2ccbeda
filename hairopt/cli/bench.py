"""``hairopt bench``: measure variants over a dataset."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hairopt.cli.options import JsonOption, ModelOption, parse_shades

if TYPE_CHECKING:
    from hairopt.datasets import Dataset
    from hairopt.variants.schema import Variant

DEFAULT_VARIANTS = ("baseline", "float32", "float16", "int8", "conditional-post", "bbox-jpeg")
_NULL_VARIANT = "float32"


def bench(
    variant: Annotated[
        list[str] | None,
        typer.Option(
            help="Name or TOML file of a variant; repeat it. The first is the baseline. "
            f"Default: {', '.join(DEFAULT_VARIANTS)}."
        ),
    ] = None,
    dataset: Annotated[
        Path | None, typer.Option(help="Folder with images/ and masks/. Default: the shipped ones.")
    ] = None,
    model: ModelOption = None,
    runtimes: Annotated[
        str | None,
        typer.Option(
            metavar="all|NAME,NAME", help="Every variant in each of these runtimes, one row each."
        ),
    ] = None,
    shade: Annotated[
        list[str] | None,
        typer.Option(help="Colour: a name, #rrggbb or name=#rrggbb; repeat it."),
    ] = None,
    intensity: Annotated[
        list[float] | None, typer.Option(help="Strength of the colour, 0..100; repeat it.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the run folder is made.")] = Path("reports"),
    rounds: Annotated[
        int | None, typer.Option(help="Timed requests per variant; p95 needs 100.")
    ] = None,
    warmup: Annotated[int | None, typer.Option(help="Untimed requests before them.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of the order, and of every bootstrap.")] = None,
    timeout: Annotated[
        float | None, typer.Option(help="Seconds after which a worker counts as hung.")
    ] = None,
    null: Annotated[
        bool, typer.Option("--null", help="Measure one variant against itself: the noise floor.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Measure cost and quality of variants, stage by stage, over a dataset."""
    from hairopt.cli.console import stderr_console
    from hairopt.cli.progress import BenchProgress
    from hairopt.cli.run_view import show_run
    from hairopt.measure.bench import run_bench
    from hairopt.measure.plan import BenchPlan

    asked: dict[str, Any] = {
        "shades": parse_shades(shade or []),
        "intensities": tuple(intensity or []),
        "rounds": rounds,
        "warmup": warmup,
        "seed": seed,
        "timeout_s": timeout,
    }
    plan = BenchPlan(
        variants=_variants(
            variant or ([_NULL_VARIANT] if null or runtimes else DEFAULT_VARIANTS), model, runtimes
        ),
        dataset=chosen_dataset(dataset),
        out=out,
        null=null,
        command=shlex.join(["hairopt", *sys.argv[1:]]),
        **{name: value for name, value in asked.items() if value not in (None, ())},
    )
    with BenchProgress(stderr_console()) as progress:
        run = run_bench(plan, progress, write_reports)
    show_run(out / run.id, as_json=as_json)


def _variants(
    names: list[str] | tuple[str, ...], model: str | None, runtimes: str | None
) -> tuple[Variant, ...]:
    from hairopt.variants.expand import in_runtimes, runtime_names
    from hairopt.variants.load import load_variant, with_model

    variants = [load_variant(name) for name in names]
    if model:
        variants = [with_model(variant, model) for variant in variants]
    if runtimes is None:
        return tuple(variants)
    chosen = runtime_names(runtimes)
    return tuple(row for variant in variants for row in in_runtimes(variant, chosen))


def chosen_dataset(folder: Path | None) -> Dataset:
    """The dataset of a folder, or all that are shipped, as one."""
    from hairopt.datasets import default_datasets, load_dataset
    from hairopt.datasets.combined import combine_datasets

    folders = [folder] if folder else default_datasets()
    return combine_datasets([load_dataset(path) for path in folders])


def write_reports(folder: Path) -> None:
    """Write the reports of a run into its folder."""
    from hairopt.report.render import render_reports

    render_reports(folder)
