"""``hairopt golden``: record the answers of a trusted version, and find what changed since."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hairopt.cli.console import say
from hairopt.cli.dataset_doubts import say_doubts
from hairopt.cli.options import (
    IntensityOption,
    JsonOption,
    ModelOption,
    parse_intensity,
    require_no_input,
)
from hairopt.cli.typer_app import App

if TYPE_CHECKING:
    from hairopt.datasets import Dataset
    from hairopt.golden.check import CaseChange, CheckedCase
    from hairopt.golden.store import Manifest
    from hairopt.variants.schema import Variant

app = App(help="Record golden masks and answers, and check against them.")

FolderArgument = Annotated[Path, typer.Argument(help="Folder of the golden set.")]


@app.command()
def record(
    folder: FolderArgument,
    variant: Annotated[str, typer.Option(help="The trusted version: name or TOML file.")],
    dataset: Annotated[Path | None, typer.Option(help="Folder with images/ and masks/.")] = None,
    model: ModelOption = None,
    shade: Annotated[str, typer.Option(help="Colour: a name, #rrggbb or name=#rrggbb.")] = "violet",
    intensity: IntensityOption = "70",
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite a golden set.")] = False,
) -> None:
    """Store the mask and the answer of every case."""
    from hairopt.cli.console import tell_kept
    from hairopt.cli.interruption import saying
    from hairopt.gate.measure import dataset_of
    from hairopt.gate.settings import GateSettings
    from hairopt.golden.store import record_golden
    from hairopt.offline import guard
    from hairopt.quantities import number_of
    from hairopt.types import Shade

    cases = dataset_of(GateSettings(dataset=dataset), None)
    if dataset is not None:
        say_doubts(cases)
    now = datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    chosen, colour = _variant(variant, model), Shade.parse(shade)
    strength = parse_intensity(intensity)
    before = _identity(folder)
    with (
        saying(lambda: _recorded(folder, before)),
        _progress("recording", len(cases.cases)) as on_case,
    ):

        def record_all() -> Manifest:
            return record_golden(
                folder,
                chosen,
                cases,
                colour,
                strength,
                created_utc=now,
                replace=replace,
                on_case=on_case,
                tell=tell_kept,
            )

        manifest = guard.run(record_all, with_network=chosen.process.network)
    say(f"{folder}: {number_of(len(manifest.cases), 'case')} of {manifest.dataset} with {variant}")


@app.command()
def check(
    folder: FolderArgument,
    variant: Annotated[
        str | None, typer.Option(help="What to check. Default: the variant that was recorded.")
    ] = None,
    dataset: Annotated[Path | None, typer.Option(help="New folder of the cases.")] = None,
    model: ModelOption = None,
    min_mask_iou: Annotated[
        str | None,
        typer.Option(metavar="SHARE", help="Least IoU with the golden mask. [0.998]"),
    ] = None,
    max_probability_change: Annotated[
        str | None, typer.Option(metavar="SHARE", help="Largest change of a mask pixel. [0.005]")
    ] = None,
    max_de00: Annotated[
        float | None, typer.Option(help="Largest CIEDE2000 of an answer pixel. [2.0]")
    ] = None,
    across_isa: Annotated[
        bool, typer.Option("--across-isa", help="Check even on another kind of CPU.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for pictures of what changed, side by side.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Run every case again; report what changed, where and how much."""
    from hairopt.errors import RegressionError
    from hairopt.golden.check import check_golden, tolerances_of
    from hairopt.golden.store import read_manifest
    from hairopt.offline import guard
    from hairopt.quantities import number_of

    manifest = read_manifest(folder)
    asked = {
        "min_mask_iou": min_mask_iou,
        "max_probability_change": max_probability_change,
        "max_de00": max_de00,
    }
    tolerances = tolerances_of({key: value for key, value in asked.items() if value is not None})
    chosen = _variant(variant, model) if variant else manifest.variant
    cases = _same_dataset(dataset, manifest.dataset_path)
    if out is not None:  # the pictures have numbers as names, and the photos may have them too
        read = (*(cases.path / part for part in ("images", "masks", "dyed")), folder)
        require_no_input(out, *read, option="--out")
    checked = check_golden(folder, manifest, chosen, cases, tolerances, across_isa=across_isa)
    changes, pictures = guard.run(
        lambda: _collect(checked, len(manifest.cases), out), with_network=chosen.process.network
    )
    _show(changes, pictures, as_json=as_json)
    beyond = [one.case for one in changes if not one.is_within]
    if beyond:
        whole = number_of(len(changes), "case")
        differ = number_of(len(beyond), f"of {whole} differs", f"of {whole} differ")
        raise RegressionError(f"{differ} from {folder}")


def _identity(folder: Path) -> tuple[int, int] | None:
    """Inode and time of change (ns) of the manifest in a golden set; None where there is none."""
    from hairopt.golden.store import MANIFEST

    try:
        found = (folder / MANIFEST).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _recorded(folder: Path, before: tuple[int, int] | None) -> str:
    """What is in the folder after an interruption; ``before`` is the earlier ``_identity``."""
    now = _identity(folder)
    if now is None:
        return "nothing was recorded"
    if now != before:
        return f"the new set in {folder} is complete"
    return f"nothing was recorded; the set in {folder} is unchanged"


def _collect(
    checked: Iterator[CheckedCase], total: int, out: Path | None
) -> tuple[list[CaseChange], dict[str, Path]]:
    """The changes of all cases, and for each case beyond a tolerance the file of its picture."""
    from hairopt.report.golden import write_golden_picture

    changes: list[CaseChange] = []
    pictures: dict[str, Path] = {}
    with _progress("checking", total) as on_case:
        for number, case in enumerate(checked, start=1):
            changes.append(case.change)
            if out is not None and not case.change.is_within:
                pictures[case.change.case] = write_golden_picture(case, number, out)
            on_case()
    return changes, pictures


def _show(changes: list[CaseChange], pictures: dict[str, Path], *, as_json: bool) -> None:
    import sys

    from hairopt.cli.console import print_json, stdout_console
    from hairopt.quantities import number_of
    from hairopt.report.foreign_text import one_line
    from hairopt.report.golden import golden_table

    if as_json:
        plain = [
            {
                **dataclasses.asdict(one),
                "is_within": one.is_within,
                "picture": str(pictures[one.case]) if one.case in pictures else None,
            }
            for one in changes
        ]
        print_json(json.dumps({"schema": "hairopt.golden-check/1", "cases": plain}, indent=1))
        return
    console = stdout_console()
    with console.capture() as capture:
        moved = [one for one in changes if one.changed_px or one.probability_change or one.reasons]
        if moved:
            console.print(golden_table(moved))
        for one in moved:
            if one.reasons:
                place = f"; {pictures[one.case]}" if one.case in pictures else ""
                text = f"{one.case}: {', '.join(one.reasons)}{place}"
                console.print(one_line(text), soft_wrap=True)
        within = sum(one.is_within for one in moved)
        console.print(
            f"{number_of(len(changes) - len(moved), 'case is', 'cases are')} equal, "
            f"{number_of(within, 'differs', 'differ')} within the tolerances, "
            f"{len(moved) - within} beyond"
        )
    sys.stdout.write(capture.get())


def _variant(name: str, model: str | None) -> Variant:
    from hairopt.variants.load import load_variant, with_model

    variant = load_variant(name)
    return with_model(variant, model) if model else variant


def _same_dataset(given: Path | None, recorded: str) -> Dataset:
    from hairopt.gate.measure import dataset_of
    from hairopt.gate.settings import GateSettings

    folder = given or (Path(recorded) if recorded else None)
    dataset = dataset_of(GateSettings(dataset=folder), None)
    if folder is not None:
        say_doubts(dataset)
    return dataset


@contextmanager
def _progress(label: str, total: int) -> Iterator[Callable[[], None]]:
    from hairopt.cli.console import stderr_console
    from hairopt.cli.progress import step_bars

    with step_bars(stderr_console()) as bars:
        task = bars.add_task(label, total=total)
        yield lambda: bars.advance(task)
