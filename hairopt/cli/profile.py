"""``hairopt profile``: where the time of one variant goes, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hairopt.cli.options import (
    MAX_ROUNDS,
    IntensityOption,
    JsonOption,
    ModelOption,
    parse_intensity,
    parse_shades,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.table import Table

    from hairopt.profile.model import Profile

_LAYERS = 8


def profile(
    variant: Annotated[str, typer.Option(help="Name or TOML file of a variant.")] = "baseline",
    photo: Annotated[
        Path | None, typer.Option(help="A photo. Default: the largest that is shipped.")
    ] = None,
    model: ModelOption = None,
    shade: Annotated[str, typer.Option(help="Colour: a name, #rrggbb or name=#rrggbb.")] = "violet",
    intensity: IntensityOption = "70",
    requests: Annotated[int, typer.Option(help="Timed warm requests.", min=1, max=MAX_ROUNDS)] = 30,
    out: Annotated[
        Path | None, typer.Option(help="Folder for profile.json and the flame graph.")
    ] = None,
    dataset: Annotated[
        Path | None,
        typer.Option(
            help="Of a cascade: photos that show how many take which path. Default: the shipped."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Time each stage cold and warm; say what dominates, and why.

    Times the layers of the network, too.
    """
    from hairopt.cli.console import print_json, stdout_console
    from hairopt.profile.profile import ProfileRequest, profile_variant
    from hairopt.variants.load import load_variant, with_model

    chosen = load_variant(variant)
    name, data = _photo(photo)
    found = profile_variant(
        ProfileRequest(
            variant=with_model(chosen, model) if model else chosen,
            photo_name=name,
            data=data,
            shade=parse_shades([shade])[0],
            intensity=parse_intensity(intensity),
            requests=requests,
            out=out,
            others=_others(dataset) if chosen.segment.steps else (),
        )
    )
    if as_json:
        print_json(found.model_dump_json(by_alias=True, indent=1))
        return
    console = stdout_console()
    console.print(
        f"{found.variant} with {found.photo}, {found.width_px}x{found.height_px}, on "
        f"{found.cpu_model}",
        style="dim",
    )
    for table in (_stages(found), _steps(found), _network(found)):
        if table is not None:
            console.print(table)
    console.print(
        f"start: import {found.import_ms:.0f} ms, load {found.load_ms:.0f} ms, first request "
        f"{found.first_ms:.0f} ms; memory {found.after_load_mb:.0f} MB at rest, "
        f"{found.peak_mb:.0f} MB at peak"
    )
    console.print(
        f"decoding and encoding alone: {found.recode_ms:.1f} ms; a request takes "
        f"{found.warm_ms / found.recode_ms:.2f} times as long"
    )
    if paths := _paths(found):
        console.print(paths)
    console.print(f"network: {found.network.note}", style="dim", soft_wrap=True)
    if out is not None:
        where = f"{out / found.flame} (open it in speedscope)" if found.flame else found.flame_note
        console.print(f"flame graph: {where}", soft_wrap=True)
    console.print()
    for warning in found.warnings:
        console.print(f"warning: {warning}", style="yellow", soft_wrap=True)
    console.print(found.verdict, style="bold", soft_wrap=True)


def _photo(photo: Path | None) -> tuple[str, bytes]:
    from hairopt.datasets import default_datasets, load_dataset
    from hairopt.images import read_bytes

    if photo is not None:
        return photo.name, read_bytes(photo)
    cases = [case for path in default_datasets() for case in load_dataset(path).cases]
    # Of equally large photos the first by name, so that the choice is always the same.
    found = [(case.name, case.photo_bytes()) for case in cases if case.change is None]
    return max(found, key=lambda one: (len(one[1]), one[0]))


def _others(dataset: Path | None) -> list[Callable[[], bytes]]:
    """The photos whose paths through a cascade are timed."""
    from hairopt.datasets import default_datasets, load_dataset

    folders = [dataset] if dataset is not None else default_datasets()
    return [case.photo_bytes for folder in folders for case in load_dataset(folder).cases]


def _steps(found: Profile) -> Table | None:
    from rich.table import Table

    if not found.steps:
        return None
    table = Table("step", "network", "asked", box=None)
    for title in ("softness", "ms"):
        table.add_column(title, justify="right")
    for number, step in enumerate(found.steps, start=1):
        table.add_row(
            str(number),
            step.label,
            step.when,
            "-" if step.softness is None else f"{step.softness:.3f}",
            "not asked" if step.ms is None else f"{step.ms:.1f}",
        )
    return table


def _paths(found: Profile) -> str:
    from hairopt.quantities import number_of
    from hairopt.report.steps import PhotoPath, path_sentence

    taken = [PhotoPath(one.step, one.share, one.ms) for one in found.paths]
    n = sum(one.n for one in found.paths)
    cheapest = next((one.share for one in taken if one.share), 1.0)
    sentence = path_sentence(taken, found.paths_p95_ms, 1 - cheapest)
    return f"paths of {number_of(n, 'photo')}: {sentence}" if sentence else ""


def _stages(found: Profile) -> Table:
    from rich.table import Table

    table = Table("stage", box=None)
    for title in ("cold ms", "warm ms", "share", "CPU ms", "memory MB", "in kB", "out kB"):
        table.add_column(title, justify="right")
    table.add_column("cause")
    for stage in found.stages:
        table.add_row(
            stage.name,
            f"{stage.cold_ms:.1f}",
            f"{stage.warm_ms:.1f}",
            f"{100 * stage.warm_ms / found.warm_ms:.0f} %",
            f"{stage.cpu_ms:.1f}",
            "-" if stage.peak_mb is None else f"{stage.peak_mb:.1f}",
            f"{stage.bytes_in / 1000:.0f}",
            f"{stage.bytes_out / 1000:.0f}",
            f"{stage.cause}: {stage.reason}",
        )
    return table


def _network(found: Profile) -> Table | None:
    from rich.table import Table

    if not found.network.types:
        return None
    table = Table("operator", "calls", "ms", "share", "slowest layers", "ms", box=None)
    types, layers = found.network.types[:_LAYERS], found.network.layers[:_LAYERS]
    for kind, layer in zip(types, layers, strict=False):
        table.add_row(
            kind.name,
            str(kind.calls),
            f"{kind.ms:.2f}",
            f"{100 * kind.share:.0f} %",
            f"{layer.name} ({layer.type_})",
            f"{layer.ms:.2f}",
        )
    return table
