"""The quantised forms of a network, and what of each one really runs in 8 bits."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from pydantic import ValidationError

from hairopt.convert.form_cache import known_form
from hairopt.convert.forms import resolve
from hairopt.errors import UnavailableError
from hairopt.models.contract import ModelFile, ModelRecord, OperatorCoverage

PRECISIONS = ("int8", "mixed")

Forms: TypeAlias = dict[str, ModelFile | UnavailableError]
"""Precision -> its file, or why there is none and the command that makes it."""


def quantised_forms(record: ModelRecord, path: Path, *, make: bool) -> Forms:
    """The int8 and the mixed form of a model.

    Args:
        record: the model.
        path: its file.
        make: make now what is not there; it takes seconds to half a minute each.

    Raises:
        ModelError: the file is damaged or cannot be quantised.
        UsageError: the cache cannot be written.
    """
    found: Forms = {}
    for precision in PRECISIONS:
        try:
            found[precision] = resolve(
                record, path, formats=("onnx",), precision=precision, only_made=not make
            )
        except UnavailableError as error:
            found[precision] = error
    return found


def coverage_of_file(path: Path) -> OperatorCoverage | None:
    """What is known of a quantised file that hairopt has made; None for any other file."""
    form = known_form(path)
    try:
        return OperatorCoverage.model_validate(form.facts["coverage"]) if form else None
    except (KeyError, ValidationError):
        return None
