"""``hairopt models inspect``: the content of a network file, and what its forms run in 8 bits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hairopt.cli.options import JsonOption

if TYPE_CHECKING:
    from rich.table import Table

    from hairopt.convert.forms.inventory import QuantisedForm
    from hairopt.models.contract import OperatorCoverage
    from hairopt.models.file_summary import TensorInfo
    from hairopt.models.inspection import ModelInspection

_FORMATS = {"onnx": "onnxruntime and OpenVINO", "tflite": "LiteRT and MediaPipe"}
"""File format -> the runtimes that run it."""


def inspect(
    model: Annotated[str, typer.Argument(help="Name of a model, or a network file.")],
    forms: Annotated[
        bool, typer.Option("--forms", help="Make the int8 and mixed forms that do not exist yet.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the content and the contract of a network file.

    For its int8 and mixed forms it shows which operators run in 8 bits.
    """
    import json

    from hairopt.cli.console import print_json
    from hairopt.convert.forms.inventory import coverage_of_file, quantised_forms
    from hairopt.models.inspection import inspect as inspect_model

    found = inspect_model(model)
    made = quantised_forms(found.record, found.summary.path, make=forms) if found.record else ()
    own = coverage_of_file(found.summary.path)
    if as_json:
        print_json(json.dumps(_data(found, made, own), indent=2, default=str))
        return
    _print_inspection(found)
    if own is not None:
        print_coverage(own)
    _print_forms(made)


def _data(
    found: ModelInspection, forms: Sequence[QuantisedForm], coverage: OperatorCoverage | None
) -> dict[str, Any]:
    import dataclasses

    return dataclasses.asdict(found.summary) | {
        "record": found.record.model_dump(mode="json") if found.record else None,
        "others": [other.model_dump(mode="json") for other in found.others],
        "coverage": coverage.model_dump(mode="json") if coverage else None,
        "forms": [_form_data(form) for form in forms],
    }


def _form_data(form: QuantisedForm) -> dict[str, Any]:
    data: dict[str, Any] = {"precision": form.precision, "format": form.format}
    if form.file is None:
        return data | {"unavailable": form.reason, "fix": form.fix}
    told = {"path", "sha256", "derivation", "coverage"}
    return data | form.file.model_dump(mode="json", include=told)


def _print_inspection(found: ModelInspection) -> None:
    from hairopt.cli.console import stdout_console
    from hairopt.models.contract_text import contract_text, fed_text, read_text

    table = _grid()
    summary, record = found.summary, found.record
    table.add_row("model", f"{record.name}, {record.licence}" if record else "not in the store")
    table.add_row("file", str(summary.path))
    table.add_row("format", summary.format + (f", opset {summary.opset}" if summary.opset else ""))
    table.add_row("size", f"{summary.bytes:,} bytes, {summary.parameters:,} parameters")
    table.add_row("SHA-256", summary.sha256)
    for title, tensors in (("input", summary.inputs), ("output", summary.outputs)):
        for tensor in tensors:
            table.add_row(title, _tensor_text(tensor))
    if record:
        table.add_row("is fed", fed_text(record.contract.input))
        table.add_row("is read", read_text(record.contract.output))
    for other in found.others:
        table.add_row("same file", f"model {other.name}, {contract_text(other.contract)}")
    operators = (f"{name} {count}" for name, count in summary.operators.items())
    table.add_row("operators", ", ".join(operators))
    if summary.mediapipe_metadata is not None:
        table.add_row(
            "MediaPipe", "has its metadata" if summary.mediapipe_metadata else "no metadata"
        )
    stdout_console().print(table)


def _print_forms(forms: Sequence[QuantisedForm]) -> None:
    from hairopt.cli.console import stdout_console

    console = stdout_console()
    for form in forms:
        console.print()
        name, file = f"{form.precision}, {_FORMATS[form.format]}", form.file
        if file is None:
            fix = f"\n  fix: {form.fix}" if form.fix else ""
            console.print(f"{name}: {form.reason}{fix}", soft_wrap=True)
            continue
        console.print(name, style="bold")
        table = _grid()
        table.add_row("made", file.derivation)
        table.add_row("file", str(file.path))
        table.add_row("SHA-256", file.sha256)
        console.print(table)
        if file.coverage is not None:
            print_coverage(file.coverage)


def print_coverage(coverage: OperatorCoverage) -> None:
    """Print the table of operators that run in 8 bits and of those that do not."""
    from rich.table import Table

    from hairopt.cli.console import stdout_console

    table = Table("operator", "in 8 bits", "in float32", box=None)
    for kind in sorted({*coverage.int8, *coverage.float32}):
        small, wide = coverage.int8.get(kind, 0), coverage.float32.get(kind, 0)
        table.add_row(kind, str(small or ""), str(wide or ""))
    console = stdout_console()
    console.print(table)
    console.print(
        f"{coverage.quantize_nodes} quantize and {coverage.dequantize_nodes} dequantize nodes "
        f"added, {coverage.conversions_left} of them executed; {coverage.fusions_lost} fusions lost"
    )


def _grid() -> Table:
    from rich.table import Table

    return Table.grid(padding=(0, 2))


def _tensor_text(tensor: TensorInfo) -> str:
    shape = " x ".join(str(size or "?") for size in tensor.shape)
    scale = f", scale {tensor.scale:g}, zero {tensor.zero_point}" if tensor.scale else ""
    made_by = f", made by {tensor.made_by}" if tensor.made_by else ""
    return f"{tensor.name}: {tensor.dtype} {shape}{scale}{made_by}"
