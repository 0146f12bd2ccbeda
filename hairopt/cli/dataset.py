"""``hairopt dataset``: look at a folder of photos before measuring with it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hairopt.cli import dataset_triage
from hairopt.cli.dataset_doubts import reading, say_doubts
from hairopt.cli.options import JsonOption
from hairopt.cli.typer_app import App

if TYPE_CHECKING:
    from hairopt.datasets import Dataset, DatasetReport, DatasetStats, Spread

app = App(help="Check, describe and resize datasets; photos worth labelling.")
app.command("triage")(dataset_triage.triage)

FolderArgument = Annotated[Path, typer.Argument(help="A folder with images/ and masks/.")]


@app.command()
def check(folder: FolderArgument, as_json: JsonOption = False) -> None:
    """Read every file of a dataset and report what is wrong. Exit code 2: a case is unusable."""
    from hairopt.cli.console import print_json
    from hairopt.datasets import check_dataset, load_dataset
    from hairopt.errors import DataError
    from hairopt.quantities import number_of

    dataset = load_dataset(folder, needs_masks=False)
    with reading(dataset) as on_case:
        report = check_dataset(dataset, on_case)
    if as_json:
        print_json(json.dumps(dataclasses.asdict(report), indent=2))
    else:
        _print_report(report)
    if report.bad:
        cases = number_of(report.n_cases, "case")
        raise DataError(f"{folder}: {len(report.bad)} of {cases} cannot be used")


@app.command()
def stats(folder: FolderArgument, as_json: JsonOption = False) -> None:
    """Count cases, sizes and tags of a dataset."""
    from hairopt.cli.console import print_json, stderr_console
    from hairopt.datasets import dataset_stats, load_dataset
    from hairopt.datasets.check import report_of
    from hairopt.datasets.facts import survey

    dataset = load_dataset(folder, needs_masks=False)
    with reading(dataset) as on_case:
        surveyed = survey(dataset, on_case)
    for sentence in report_of(dataset, surveyed).sentences:
        stderr_console().print(f"warning: {sentence}", style="yellow")
    found = dataset_stats(dataset, surveyed)
    if as_json:
        print_json(json.dumps(dataclasses.asdict(found), indent=2))
    else:
        _print_stats(dataset, found)


@app.command()
def resize(
    out: Annotated[Path, typer.Argument(help="The new folder.")],
    side: Annotated[int, typer.Option(help="Pixels of the longer side.", min=16, max=8192)],
    dataset: Annotated[
        Path | None, typer.Option(help="Folder with images/ and masks/. Default: the shipped ones.")
    ] = None,
    quality: Annotated[int, typer.Option(help="Quality of JPEG photos.", min=1, max=100)] = 92,
) -> None:
    """Write a copy of a dataset with photos of another size.

    Use it to measure with photos of the size that your users send.
    """
    from hairopt.datasets.combined import chosen_dataset
    from hairopt.datasets.resized import write_resized

    chosen = chosen_dataset(dataset)
    if dataset is not None:
        say_doubts(chosen)
    with reading(chosen) as on_case:
        write_resized(chosen, out, side, quality, on_case)


def _print_report(report: DatasetReport) -> None:
    from hairopt.cli.console import stdout_console
    from hairopt.quantities import number_of

    console = stdout_console()
    for case in report.bad:
        console.print(f"unusable: {case.reason}", style="red")
    for fix in dict.fromkeys(case.fix for case in report.bad if case.fix):
        console.print(fix, soft_wrap=True)
    for warning in report.warnings:
        console.print(f"warning: {warning.message}", style="yellow")
    cases = number_of(report.n_cases, "case")
    console.print(f"{report.name}: {report.n_usable} of {cases} can be measured")
    if not report.is_labelled:
        console.print(
            "There are no masks: bench, compare and gate measure agreement with the baseline's "
            "answers and the expected IoU, no quality."
        )


def _print_stats(dataset: Dataset, found: DatasetStats) -> None:
    from rich.table import Table

    from hairopt.cli.console import stdout_console

    table = Table.grid(padding=(0, 2))
    table.add_row("dataset", dataset.title)
    table.add_row("licence", dataset.licence or "not stated")
    table.add_row("cases", f"{found.n_cases} ({found.n_bad} unusable, {found.n_derived} derived)")
    table.add_row("sources", str(found.n_sources))
    table.add_row("without hair", str(found.n_without_hair))
    table.add_row("dyed pictures", str(found.n_dyed))
    table.add_row("width, px", _spread(found.width_px, 0))
    table.add_row("height, px", _spread(found.height_px, 0))
    table.add_row("hair fraction", _spread(found.hair_fraction, 3))
    table.add_row("hair L*", _spread(found.hair_lightness, 1))
    table.add_row("noise, dE00", _spread(found.noise_de00, 1))
    for tag, values in found.tags.items():
        table.add_row(tag, ", ".join(f"{value} {count}" for value, count in values.items()))
    stdout_console().print(table)


def _spread(spread: Spread | None, decimals: int) -> str:
    if spread is None:
        return "-"
    least, median, most = (f"{v:.{decimals}f}" for v in (spread.least, spread.median, spread.most))
    return f"{least} to {most}, median {median}"
