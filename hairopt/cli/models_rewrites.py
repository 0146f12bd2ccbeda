"""``hairopt models rewrites``: each exact rewrite of a network, with the time it saves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hairopt.cli.dataset_doubts import say_doubts
from hairopt.cli.options import JsonOption

if TYPE_CHECKING:
    from hairopt.measure.in_turns import TimeRatio
    from hairopt.measure.rewrite_gain import RewriteGain, RewriteReport
    from hairopt.types import ImageU8

_LISTED_KINDS = 4


def rewrites(
    model: Annotated[str, typer.Argument(help="Name of a model, see 'hairopt models list'.")],
    runtime: Annotated[str, typer.Option(help="onnxruntime or openvino.")] = "onnxruntime",
    dataset: Annotated[
        Path | None,
        typer.Option(help="Folder with images/ to compare masks on. Default: the shipped ones."),
    ] = None,
    photos: Annotated[int, typer.Option(min=1, help="Photos to compare masks on.")] = 8,
    rounds: Annotated[int, typer.Option(min=2, help="Pairs of timed runs per rewrite.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Show what each exact rewrite of a network saves.

    The masks before and after are compared, and the times.
    """
    import dataclasses
    import json

    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from hairopt.cli.console import print_json, stderr_console
    from hairopt.measure.rewrite_gain import measure_rewrites

    console = stderr_console()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(f"loading {model}")
        report = measure_rewrites(
            model,
            _spread(dataset, photos),
            runtime=runtime,
            rounds=rounds,
            on_pass=lambda name: bar.update(task, description=name),
        )
    if as_json:
        print_json(json.dumps(dataclasses.asdict(report), indent=2))
    else:
        _print(report)


def _spread(dataset: Path | None, count: int) -> list[ImageU8]:
    """Photos evenly spread over a dataset: neighbours are often from the same series."""
    from hairopt.datasets.case import photos_of
    from hairopt.datasets.combined import chosen_dataset

    chosen = chosen_dataset(dataset)
    step = max(1, len(chosen.cases) // count)
    spread = replace(chosen, cases=chosen.cases[::step][:count])
    if dataset is not None:
        say_doubts(spread)
    return photos_of(spread.cases)


def _print(report: RewriteReport) -> None:
    from rich.table import Table

    from hairopt.cli.console import stdout_console
    from hairopt.measure.rewrite_gain import CLOSE
    from hairopt.quantities import number_of

    table = Table("rewrite", "operators", box=None)
    for title in ("largest\ndifference", f"pixels\n> {CLOSE:g}", "IoU of\nmasks"):
        table.add_column(title, justify="right")
    table.add_column("time ratio to\nthe form before")
    for gain in report.gains:
        table.add_row(gain.name, *_cells(gain))
    console = stdout_console()
    console.print(table)
    refusals = {"unrewritten": report.refusal} | {gain.name: gain.refusal for gain in report.gains}
    for name, refusal in refusals.items():
        if refusal:
            console.print(f"{name}: {report.runtime} cannot run it: {refusal}", soft_wrap=True)
    if report.time is not None:
        console.print(
            f"All together: {_times(report.time)} of the time of {_reference(report)} in "
            f"{report.runtime}, one thread; both masks compared on "
            f"{number_of(report.photos, 'photo')}."
        )
    else:
        console.print(f"No rewrite applies in {report.runtime}.")


def _cells(gain: RewriteGain) -> list[str]:
    from hairopt.quantities import number_of

    if not gain.applied:
        return ["nothing to rewrite", "", "", "", ""]
    kinds = [f"{change:+d} {kind}" for kind, change in gain.operators.items()]
    more = len(kinds) - _LISTED_KINDS
    listed = ", ".join(kinds[:_LISTED_KINDS])
    if more > 0:
        listed += f", {number_of(more, 'more kind')}"
    same = gain.same
    return [
        listed or "the same, with other shapes",
        f"{same.largest_difference:.1g}" if same else "",
        f"{100 * same.share_beyond:.3f} %" if same else "",
        f"{same.iou:.5f}" if same and same.iou is not None else "",
        _times(gain.time) if gain.time else "",
    ]


def _times(time: TimeRatio) -> str:
    low, high = time.ci95
    return f"{time.median:.2f} ({low:.2f} to {high:.2f})"


def _reference(report: RewriteReport) -> str:
    if report.refusal is None:
        return "the original network"
    return f"the first form it can run ({report.reference})"
