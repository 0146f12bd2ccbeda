"""The quantised forms of a network, and the operators of each that run in 8 bits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hairopt.convert.forms.cache import QuantisedFacts, facts_of, known_form
from hairopt.convert.forms.resolve import resolve
from hairopt.errors import ModelError, UnavailableError
from hairopt.models.contract import ModelFile, ModelRecord, OperatorCoverage

PRECISIONS = ("int8", "mixed")


@dataclass(frozen=True)
class QuantisedForm:
    """A form of a network: its file, or the reason why there is none and the command for it."""

    precision: str
    format: Literal["onnx", "tflite"]
    file: ModelFile | None = None
    reason: str | None = None
    fix: str | None = None


def quantised_forms(record: ModelRecord, path: Path, *, make: bool) -> tuple[QuantisedForm, ...]:
    """The int8 and the mixed forms of a model, for ONNX runtimes and for TFLite runtimes.

    Models whose file is TFLite have no forms for TFLite runtimes.

    Args:
        record: the model.
        path: its file.
        make: make missing forms now; each takes seconds to half a minute.

    Raises:
        ModelError: the file is damaged or cannot be quantised.
        UsageError: the cache cannot be written.
    """
    formats: tuple[Literal["onnx", "tflite"], ...] = ("onnx", "tflite")
    return tuple(
        _form(record, path, precision, kind, make=make)
        for kind in formats
        for precision in PRECISIONS
        if kind == "onnx" or record.format == "onnx"
    )


def _form(
    record: ModelRecord,
    path: Path,
    precision: str,
    kind: Literal["onnx", "tflite"],
    *,
    make: bool,
) -> QuantisedForm:
    try:
        file = resolve(record, path, formats=(kind,), precision=precision, only_made=not make)
    except UnavailableError as error:
        return QuantisedForm(precision, kind, reason=str(error.args[0]), fix=error.fix)
    return QuantisedForm(precision, kind, file)


def coverage_of_file(path: Path) -> OperatorCoverage | None:
    """The coverage of a quantised file made by hairopt; None for any other file."""
    form = known_form(path)
    try:
        return facts_of(form, QuantisedFacts).coverage if form else None
    except ModelError:
        return None
