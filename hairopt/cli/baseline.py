"""``hairopt baseline``: trusted measurements as small files, to be committed."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hairopt.cli.console import say
from hairopt.cli.options import (
    IntensitiesOption,
    JsonOption,
    ModelOption,
    RoundsOption,
    TimingLimitOption,
)
from hairopt.cli.typer_app import App

if TYPE_CHECKING:
    from hairopt.gate.settings import GateSettings
    from hairopt.gate.snapshot import Snapshot

app = App(help="Save, list, show and promote stored baselines.")

FolderOption = Annotated[
    Path | None,
    typer.Option("--baselines", help="Folder of stored baselines. Default: the configured one."),
]
ReplaceOption = Annotated[bool, typer.Option("--replace", help="Overwrite a baseline.")]


@app.command()
def save(
    name: Annotated[str, typer.Argument(help="Name of the baseline, such as release.")],
    source: Annotated[
        str, typer.Argument(help="A run[:VARIANT], or a variant; a variant is measured now.")
    ],
    dataset: Annotated[Path | None, typer.Option(help="Folder with images/ and masks/.")] = None,
    model: ModelOption = None,
    shade: Annotated[list[str] | None, typer.Option(help="Colour. Repeatable.")] = None,
    intensity: IntensitiesOption = None,
    rounds: RoundsOption = None,
    timing_limit: TimingLimitOption = None,
    out: Annotated[Path | None, typer.Option(help="Where run folders are made.")] = None,
    baselines: FolderOption = None,
    replace: ReplaceOption = False,
) -> None:
    """Store one measured variant under a name.

    A variant is measured as the configured gate says: [gate] in hairopt.toml or pyproject.toml.
    """
    from hairopt.cli.console import stderr_console
    from hairopt.cli.interruption import saying
    from hairopt.cli.progress import BenchProgress
    from hairopt.gate.sides import take_snapshot
    from hairopt.gate.stored import require_free, save_baseline
    from hairopt.quantities import number_of
    from hairopt.report.render import render_reports

    settings = _settings(baselines).changed(
        {
            "dataset": dataset,
            "model": model,
            "shades": shade,
            "intensities": intensity,
            "rounds": rounds,
            "timing_limit": timing_limit,
            "out": out,
        }
    )
    require_free(settings.baselines, name, replace=replace)
    progress = BenchProgress(stderr_console())
    with saying(progress.kept_text):
        with progress:
            found = take_snapshot(
                source,
                settings,
                progress=progress,
                render=render_reports,
                command=shlex.join(["hairopt", *sys.argv[1:]]),
            )
        file = save_baseline(settings.baselines, name, found, replace=replace)
    cases = number_of(len(found.cases), "case")
    say(f"{file}: {found.variant} on {cases} of {found.dataset}")


@app.command("list")
def list_(baselines: FolderOption = None, as_json: JsonOption = False) -> None:
    """List the stored baselines."""
    import json

    from rich.table import Table

    from hairopt.cli.console import print_json, stdout_console
    from hairopt.errors import DataError
    from hairopt.gate.stored import list_baselines, load_baseline

    folder = _settings(baselines).baselines
    found: dict[str, Snapshot] = {}
    damaged: dict[str, str] = {}
    for name in list_baselines(folder):
        try:
            found[name] = load_baseline(folder, name)
        except DataError as error:
            damaged[name] = str(error)
    if as_json:
        whole = [{"name": name, **_facts(one)} for name, one in found.items()]
        broken = [{"name": name, "damaged": reason} for name, reason in damaged.items()]
        print_json(json.dumps([*whole, *broken]))
        return
    if not found and not damaged:
        say(f"no baseline in {folder}; `hairopt baseline save NAME SOURCE` stores one")
        return
    table = Table("baseline", "variant", "dataset", "cases", "IoU", "measured", box=None)
    for name, one in found.items():
        facts = _facts(one)
        iou = "undefined" if facts["iou"] is None else f"{facts['iou']:.3f}"
        cells = (name, one.variant, one.dataset, str(len(one.cases)), iou, one.created_utc)
        table.add_row(*cells)
    console = stdout_console()
    if found:
        console.print(table)
    for reason in damaged.values():
        console.print(f"damaged: {reason}", style="red", soft_wrap=True)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Stored baseline, its file, or REVISION:BASELINE.")],
    baselines: FolderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a baseline was measured with, and its mean scores."""
    from hairopt.cli.console import print_json, stdout_console
    from hairopt.errors import DataError
    from hairopt.gate.sides import read_side
    from hairopt.gate.stored import list_baselines
    from hairopt.registry import unknown_name
    from hairopt.report.baseline import baseline_view

    settings = _settings(baselines)
    side = read_side(name, settings)
    if side is None:
        raise DataError(unknown_name("baseline", name, list_baselines(settings.baselines)))
    if as_json:
        print_json(side.snapshot.to_json())
        return
    console = stdout_console()
    for part in baseline_view(side.snapshot):
        console.print(part)


@app.command()
def promote(
    source: Annotated[str, typer.Argument(help="Stored baseline, such as next.")],
    target: Annotated[str, typer.Argument(help="Its second name, such as release.")],
    baselines: FolderOption = None,
) -> None:
    """Store a baseline under a second name; replaces its old content."""
    from hairopt.gate.stored import promote_baseline

    file = promote_baseline(_settings(baselines).baselines, source, target)
    say(f"{file} is now {source}")


def _settings(baselines: Path | None) -> GateSettings:
    """The settings of the configured gate, which will judge with the baseline."""
    from hairopt.gate.settings import GateSettings, find_settings

    settings = find_settings(Path.cwd()) or GateSettings()
    return settings.changed({"baselines": baselines})


def _facts(snapshot: Snapshot) -> dict[str, object]:
    from hairopt.gate.snapshot import means

    return {
        "variant": snapshot.variant,
        "dataset": snapshot.dataset,
        "dataset_fingerprint": snapshot.dataset_fingerprint,
        "model_sha256": snapshot.model_sha256,
        "isa": snapshot.isa,
        "cases": len(snapshot.cases),
        "created_utc": snapshot.created_utc,
        "iou": means(snapshot).get("iou"),
    }
