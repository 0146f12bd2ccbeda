"""``hairopt models``: the networks that variants can use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hairopt.cli import (
    models_calibrate,
    models_compare,
    models_inspect,
    models_quantize,
    models_rewrites,
)
from hairopt.cli.console import say
from hairopt.cli.options import JsonOption, parse_settings, require_no_input, require_parent
from hairopt.cli.typer_app import App, HelpFirstCommand

app = App(help="List, add, inspect, convert, quantize and compare models.")
app.command("compare")(models_compare.compare)
app.command("inspect")(models_inspect.inspect)
app.command("quantize")(models_quantize.quantize)
app.command("rewrites")(models_rewrites.rewrites)
app.command("diagnose")(models_quantize.diagnose)
app.command("calibrate-quality")(models_calibrate.calibrate_quality)

NameArgument = Annotated[str, typer.Argument(help="Name of a model, see 'hairopt models list'.")]


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List all models: bundled, known and added."""
    import json

    from rich.table import Table

    from hairopt.cli.console import print_json, stdout_console
    from hairopt.models.records import damaged_records
    from hairopt.models.store import list_models

    found, damaged = list_models(), damaged_records()
    if as_json:
        data = [m.record.model_dump(mode="json") | {"present": m.present} for m in found]
        data += [{"name": name, "damaged": reason} for name, reason in damaged.items()]
        print_json(json.dumps(data, indent=2))
        return
    table = Table("model", "origin", "here", "format", "MB", "licence", "summary", box=None)
    for model in found:
        record = model.record
        table.add_row(
            record.name,
            record.origin,
            "yes" if model.present else "no",
            record.format,
            f"{record.bytes / 1e6:.2f}",
            record.licence,
            record.summary,
        )
    console = stdout_console()
    console.print(table)
    for name, reason in damaged.items():
        remark = f"damaged: {reason.rstrip('.')}; remove it with: hairopt models remove {name}"
        console.print(remark, style="red", soft_wrap=True)


@app.command(cls=HelpFirstCommand)
def pull(name: NameArgument) -> None:
    """Download a known model and check its SHA-256."""
    from rich.progress import Progress

    from hairopt.cli.console import stderr_console
    from hairopt.cli.interruption import saying
    from hairopt.models.download import pull as pull_model

    console = stderr_console()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(name)

        def show(done: int, total: int) -> None:
            bars.update(task, completed=done, total=total)

        with saying(lambda: _pulled(name)):
            path = pull_model(name, show)
    say(f"{name} is in the store, with the expected SHA-256: {path}")


def _pulled(name: str) -> str:
    """What is in the store after an interruption."""
    from hairopt.errors import HairoptError
    from hairopt.models.store import find_model

    try:
        return f"{name} is in the store nevertheless: {find_model(name)[1]}"
    except HairoptError:
        return f"nothing of {name} is kept"


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="An .onnx or .tflite file.")],
    name: Annotated[str | None, typer.Option(help="Name for use in variants.")] = None,
    licence: Annotated[str | None, typer.Option(help="SPDX identifier of its licence.")] = None,
    source: Annotated[str | None, typer.Option(help="Where the file comes from.")] = None,
    summary: Annotated[str | None, typer.Option(help="One line for lists.")] = None,
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", metavar="KEY=VALUE", help="Input setting, as layout=NCHW."),
    ] = None,
    outputs: Annotated[
        list[str] | None,
        typer.Option("--output", metavar="KEY=VALUE", help="Output setting, as kind=logits."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the added model of this name.")
    ] = False,
) -> None:
    """Add a network file as a model.

    What the file does not state comes from FILE.toml beside it, or from options.

    One file may be added under several names, each with its own options.
    """
    from hairopt.models.add import add as add_model
    from hairopt.models.contract_text import contract_text

    added = add_model(
        file,
        name=name,
        licence=licence,
        source=source,
        summary=summary,
        input_values=parse_settings("--input", inputs or []),
        output_values=parse_settings("--output", outputs or []),
        replace=replace,
    )
    record = added.record
    done = {
        "added": "is in the store",
        "replaced": "is replaced in the store",
        "unchanged": "is in the store already, nothing was changed",
    }[added.outcome]
    say(f"{record.name} {done}: {record.format}, SHA-256 {record.sha256}")
    say(f"It is {contract_text(record.contract)}.")


@app.command()
def remove(name: NameArgument) -> None:
    """Delete a model and the forms made from it."""
    from hairopt.models.store import remove as remove_model

    remove_model(name)
    say(f"{name} is no longer on this machine")


@app.command()
def convert(
    name: NameArgument,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write. Default: NAME.onnx here.")
    ] = None,
) -> None:
    """Convert a TFLite model to ONNX."""
    from hairopt.convert.tflite.to_onnx import convert_tflite
    from hairopt.errors import UsageError
    from hairopt.files.whole_file import write_whole
    from hairopt.models.file_summary import summarize
    from hairopt.models.store import find_model

    record, path = find_model(name)
    if record.format != "tflite":
        raise UsageError(f"model {name} is {record.format} already; only TFLite is converted")
    target = out or Path(f"{name}.onnx")
    require_parent(target)
    require_no_input(target, path)
    write_whole(target, convert_tflite(path).SerializeToString(deterministic=True))
    say(f"{target}: {target.stat().st_size} bytes, SHA-256 {summarize(target).sha256}")
