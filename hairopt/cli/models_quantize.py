"""``hairopt models quantize`` and ``diagnose``: other precisions of a network, and their effect."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hairopt.cli.dataset_doubts import say_doubts
from hairopt.cli.options import MAX_MINUTES, JsonOption, require_parent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hairopt.convert.quantization.diagnosis import LayerDiagnosis
    from hairopt.convert.quantization.mixed_search import Trial
    from hairopt.convert.quantize import Quantized
    from hairopt.datasets.case import Case
    from hairopt.measure.form_verdict import FormVerdict
    from hairopt.models.contract import ModelFile

PRECISIONS = ("float16", "int8", "mixed")

ModelArgument = Annotated[str, typer.Argument(help="Name of a model, see 'hairopt models list'.")]
DatasetOption = Annotated[
    Path | None,
    typer.Option(help="Labelled photos to judge with. Default: the shipped ones."),
]


def quantize(
    model: ModelArgument,
    precision: Annotated[str, typer.Option(help="float16, int8 or mixed.")],
    calibrate: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Calibration photos: at least 100, none from --dataset."),
    ] = None,
    auto: Annotated[
        bool, typer.Option("--auto", help="Try all calibration methods and keep the best.")
    ] = False,
    method: Annotated[
        str, typer.Option(help="Calibration method: minmax, percentile or entropy.")
    ] = "percentile",
    dataset: DatasetOption = None,
    target: Annotated[
        str, typer.Option(metavar="SHARE", help="For mixed: share of the float32 IoU to keep.")
    ] = "99%",
    minutes: Annotated[
        float, typer.Option(help="For mixed: time of the search.", min=0.1, max=MAX_MINUTES)
    ] = 10.0,
    few_photos: Annotated[
        bool, typer.Option("--few-photos", help="Accept fewer than 100 photos.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Variant file to write, ready for bench.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a float16, int8 or mixed form of a model.

    Says whether the form is faster on this machine, and what quality it keeps.
    """
    from hairopt.convert.forms.resolve import float16_form
    from hairopt.convert.quantization.calibration import METHODS
    from hairopt.datasets.case import photos_of
    from hairopt.datasets.combined import chosen_dataset
    from hairopt.errors import UsageError
    from hairopt.measure.form_verdict import judge_form
    from hairopt.quantities import asked, share

    if precision not in PRECISIONS:
        raise UsageError(f"--precision {precision!r} is not one of: {', '.join(PRECISIONS)}")
    if method not in METHODS:
        raise UsageError(f"--method {method!r} is not one of: {', '.join(METHODS)}")
    least = asked("--target", share, target)
    if not 0.5 <= least <= 1:
        raise UsageError(f"--target {target}: allowed is 50% to 100%")
    if out is not None:
        require_parent(out)
    chosen = chosen_dataset(dataset)
    if dataset is not None:
        say_doubts(chosen)
    cases = chosen.cases
    found: Quantized | None = None
    if precision == "float16":
        form = float16_form(model)
    else:
        if calibrate is None:
            raise UsageError(f"--precision {precision} needs photos: --calibrate DIR")
        methods = tuple(METHODS) if auto else (method,)
        found = _search(model, precision, calibrate, cases, methods, least, minutes, few_photos)
        form = found.file
    photos = photos_of(cases[:4])
    verdict = judge_form(model, form, photos, retention=found.retention if found else None)
    if out is not None:
        _write_variant(out, model, form, found)
    _print_quantized(form, found, verdict, as_json=as_json)


def diagnose(
    model: ModelArgument,
    precision: Annotated[str, typer.Option(help="Only int8 can be diagnosed.")] = "int8",
    dataset: DatasetOption = None,
    top: Annotated[int, typer.Option(help="Number of layers shown; 0: all.", min=0)] = 20,
    as_json: JsonOption = False,
) -> None:
    """Show for each layer what int8 loses and takes."""
    import dataclasses
    import json

    from hairopt.cli.console import print_json
    from hairopt.convert.quantize import diagnose_model
    from hairopt.datasets.combined import chosen_dataset
    from hairopt.errors import UsageError

    if precision != "int8":
        raise UsageError(f"--precision {precision!r} cannot be diagnosed, only int8")
    chosen = chosen_dataset(dataset)
    if dataset is not None:
        say_doubts(chosen)
    layers = diagnose_model(model, chosen.cases)
    if as_json:
        print_json(json.dumps([dataclasses.asdict(layer) for layer in layers], indent=2))
    else:
        _print_layers(layers, top)


def _search(
    model: str,
    precision: str,
    folder: Path,
    cases: Sequence[Case],
    methods: Sequence[str],
    target: float,
    minutes: float,
    few_photos: bool,
) -> Quantized:
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from hairopt.cli.console import stderr_console
    from hairopt.convert.quantize import Budget, photos_in, quantize
    from hairopt.quantities import number_of

    console = stderr_console()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(f"calibrating {model}")

        def show(trial: Trial) -> None:
            bar.update(
                task,
                description=f"{number_of(len(trial.float_layers), 'layer')} in float32 keep "
                f"{100 * trial.retention:.2f} %",
            )

        budget = Budget(target, methods, _deadline(minutes), show)
        return quantize(model, precision, photos_in(folder), cases, budget, few_photos=few_photos)


def _deadline(minutes: float) -> Callable[[], bool]:
    import time

    end = time.monotonic() + 60 * minutes
    return lambda: time.monotonic() > end


def _write_variant(path: Path, model: str, form: ModelFile, found: Quantized | None) -> None:
    from hairopt.files.whole_file import write_whole
    from hairopt.variants.load import dump_toml, load_variant

    base = load_variant("float32")
    changes: dict[str, object] = {"model": model, "precision": form.precision}
    if found is not None and found.search is not None:
        changes["float_layers"] = list(found.search.best.float_layers)
    segment = base.segment.model_copy(update=changes)
    name = f"{model}-{form.precision}"
    summary = f"{model} in {form.precision}: {form.derivation}"
    variant = base.model_copy(update={"name": name, "summary": summary, "segment": segment})
    write_whole(path, dump_toml(variant, path.parent).encode())


def _print_quantized(
    form: ModelFile, found: Quantized | None, verdict: FormVerdict, *, as_json: bool
) -> None:
    import dataclasses
    import json

    from hairopt.cli.console import print_json, stdout_console
    from hairopt.cli.models_inspect import print_coverage
    from hairopt.quantities import number_of

    if as_json:
        data: dict[str, object] = {
            "file": form.model_dump(mode="json"),
            "verdict": dataclasses.asdict(verdict) | {"sentence": verdict.sentence},
        }
        if found is not None:
            data |= {"method": found.method, "iou": found.iou, "iou_float32": found.iou_float32}
            data |= {"tried": found.tried, "retention": found.retention}
            if found.search is not None:
                data["search"] = dataclasses.asdict(found.search)
        print_json(json.dumps(data, indent=2))
        return
    console = stdout_console()
    console.print(f"{form.path}\n{form.derivation}, SHA-256 {form.sha256}", soft_wrap=True)
    if found is not None:
        for method, score in found.tried.items():
            kept = 100 * score / found.iou_float32
            console.print(f"int8, {method}: IoU {score:.4f}, {kept:.1f} % of float32's")
        if found.search is not None:
            best, reached = found.search.best, "" if found.search.reached else " (target missed)"
            console.print(
                f"mixed: {number_of(len(best.float_layers), 'layer')} in float32 keep "
                f"{100 * best.retention:.1f} %{reached}: {', '.join(best.float_layers) or 'none'}"
            )
    if form.coverage is not None:
        print_coverage(form.coverage)
    console.print(verdict.sentence)


def _print_layers(layers: Sequence[LayerDiagnosis], top: int) -> None:
    from rich.table import Table

    from hairopt.cli.console import stdout_console
    from hairopt.quantities import number_of

    table = Table("layer", "kind", "signal dB", "lost dB", "float32 ms", "int8 ms", box=None)
    ranked = sorted(layers, key=lambda layer: -layer.lost_db)
    for layer in ranked[: top or len(ranked)]:
        table.add_row(
            layer.name,
            layer.kind,
            f"{layer.signal_db:.1f}",
            f"{layer.lost_db:.1f}",
            f"{layer.float32_ms:.3f}",
            f"{layer.int8_ms:.3f}",
        )
    console = stdout_console()
    console.print(table)
    wide, small = (sum(getattr(la, key) for la in layers) for key in ("float32_ms", "int8_ms"))
    console.print(
        f"{number_of(len(layers), 'layer')}: {wide:.2f} ms in float32, {small:.2f} ms in int8, "
        "one thread; time between the layers is not counted"
    )
