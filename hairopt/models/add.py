"""Add a user's network file to the store."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import tomli_w

from hairopt.errors import ConfigError, ModelError
from hairopt.files.validated import validated
from hairopt.models.contract import ModelRecord
from hairopt.models.contract_check import check_contract
from hairopt.models.derived import discard_derived
from hairopt.models.file_summary import FileSummary, read_network, sha256_of, summarize
from hairopt.models.guess import Values, guess_input, guess_output, normalisation
from hairopt.models.mediapipe_metadata import read_metadata
from hairopt.models.records import (
    added_records,
    all_records,
    check_name,
    damaged_records,
    files_of,
    model_path,
    shipped_records,
    store_dir,
)
from hairopt.models.store import alone, delete, record_path, verify, write_atomically
from hairopt.models.told import Told, what_is_told

_MEANINGS = {
    "licence": "the SPDX identifier of its licence, or a description of it",
    "input.name": "the input that takes the photo",
    "input.layout": "NCHW or NHWC",
    "input.height": "rows in pixels; the file leaves them open",
    "input.width": "columns in pixels; the file leaves them open",
    "output.name": "the output that holds the mask",
    "output.layout": "NCHW or NHWC",
    "output.kind": "logits, softmax, sigmoid or class_map",
    "output.channels": "number of channels of the output",
    "output.hair": "the channel (of a class map: the class number) of hair, counted from 0",
}
_INTENT = ".adding"
"""Suffix of a marker file that exists while the files of a model are written."""

_EXAMPLES: dict[str, Any] = {
    "input.name": "image", "input.layout": "NCHW", "input.height": 256, "input.width": 256,
    "output.name": "logits", "output.layout": "NCHW", "output.kind": "logits",
    "output.channels": 2, "output.hair": 1, "licence": "Apache-2.0",
}  # fmt: skip


@dataclass(frozen=True)
class Added:
    """The result of adding a network file.

    Attributes:
        outcome: ``unchanged`` where it was there already, the file intact.
        record: the record of the model, as it is in the store now.
        outcome: ``unchanged`` where the store already had the model, with an intact file.
        outcome: ``unchanged`` where it was there already, the file intact.
    """

    record: ModelRecord
    outcome: Literal["added", "replaced", "unchanged"]


def add(
    file: Path,
    *,
    name: str | None = None,
    licence: str | None = None,
    source: str | None = None,
    summary: str | None = None,
    input_values: Mapping[str, Any] | None = None,
    output_values: Mapping[str, Any] | None = None,
    replace: bool = False,
) -> Added:
    """Copy a network file into the store, with its hash, licence and contract.

    What the file does not state comes from ``FILE.toml`` beside it (``net.onnx.toml`` or
    ``net.toml``: keys ``name``, ``licence``, ``source``, ``summary`` and the tables ``[input]``
    and ``[output]``), and from the arguments, which override the TOML. For a file that one of the
    package's own records describes, that record fills in the rest. Only TFLite files with
    MediaPipe's metadata state their normalisation; the default for all others is RGB / 255.

    One file can be several models, each with its own name and contract. A file that the store
    already has, with the same name and contract, is left as it is.

    Args:
        file: an ``.onnx`` or ``.tflite`` file; recognised by content.
        name: the name for use in variants; by default the name of a known file, otherwise made
            from the file name.
        licence: SPDX identifier, or a description of the licence.
        source: where the file comes from; by default the file's own name.
        summary: one line for lists.
        input_values: keys of ``InputContract``.
        output_values: keys of ``OutputContract``.
        replace: whether an added model of this name is replaced; files made from the old one are
            then deleted.

    Raises:
        ModelError: the file is damaged, is no network, or contradicts the stated contract.
        ConfigError: a value is missing (all missing ones are listed, with an example) or not
            allowed; or the name is taken, by another file or by this one with other options.
        UsageError: the store cannot be written.
    """
    data = read_network(file)
    texts = {"name": name, "licence": licence, "source": source, "summary": summary}
    told = what_is_told(file, texts, input_values or {}, output_values or {})
    added = None
    while added is None:
        added = _add(file, data, told, replace=replace)
    return added


def _add(file: Path, data: bytes, told: Told, *, replace: bool) -> Added | None:
    """Add the file; None where another process changed the model meanwhile."""
    sha256 = sha256_of(data)
    there = _there(sha256, told, replace=replace)
    if there is not None:
        return _again(there, data)
    chosen = check_name(told.texts["name"] or _name_of(file))
    taken, damage = all_records().get(chosen), damaged_records().get(chosen)
    if taken is None and damage and not replace:
        raise ConfigError(
            f"model name {chosen!r} is taken by a damaged record: {damage.rstrip('.')}; add "
            "--replace to the same command to replace it"
        )
    if taken is not None and not (replace and taken.origin == "added"):
        raise ConfigError(_refusal(taken, sha256, told))
    shipped = next((one for one in shipped_records().values() if one.sha256 == sha256), None)
    record = _record(chosen, summarize(file), told.over(shipped) if shipped else told)
    if taken == record:
        return _again(record, data)
    with alone(store_dir()):
        _finish_killed()
        if (taken, damage) != (all_records().get(chosen), damaged_records().get(chosen)):
            return None
        _keep(record, data, taken)
    return Added(record, "replaced" if taken else "added")


def _there(sha256: str, told: Told, *, replace: bool) -> ModelRecord | None:
    """The model in the store that already has this file, and no statement contradicts it."""
    name = told.texts["name"]
    for record in [*shipped_records().values(), *added_records().values()]:
        is_it = record.sha256 == sha256 and name in (None, record.name)
        if is_it and not (replace and record.origin == "added") and not told.differences(record):
            return record
    return None


def _again(record: ModelRecord, data: bytes) -> Added:
    """The result for a model that the store has; its file is written if absent or damaged."""
    path = model_path(record)
    if path.is_file():
        with suppress(ModelError):
            verify(record, path)
            return Added(record, "unchanged")
    if record.origin != "bundled":
        write_atomically(path, data)
    return Added(record, "added")


def _refusal(taken: ModelRecord, sha256: str, told: Told) -> str:
    """Why a name cannot be used, and what to type instead."""
    other = "give another name with --name"
    if taken.origin == "added":
        other = f"add --replace to the same command to replace it, or {other} to keep both"
    if taken.sha256 != sha256:
        return (
            f"model name {taken.name!r} is taken by the {taken.origin} model with SHA-256 "
            f"{taken.sha256}; {other}"
        )
    return (
        f"this file is already the {taken.origin} model {taken.name!r}, with other options: "
        f"{'; '.join(told.differences(taken))}; {other}"
    )


def _record(name: str, facts: FileSummary, told: Told) -> ModelRecord:
    """The record of a file, from its content and the user's statements."""
    texts = told.texts
    metadata = read_metadata(facts.path) if facts.mediapipe_metadata else None
    entry = guess_input(facts, {**normalisation(metadata), **told.tables["input"]})
    answer = guess_output(facts, entry.get("layout"), told.tables["output"])
    if metadata is not None and metadata.activation != "none":
        answer.setdefault("kind", "logits")
    if answer.get("kind") == "class_map":
        answer.setdefault("channels", 1)
    _require_complete(facts, texts["licence"], entry, answer)
    values = {
        "name": name,
        "format": facts.format,
        "sha256": facts.sha256,
        "bytes": facts.bytes,
        "licence": texts["licence"],
        "source": texts["source"] or f"added from {facts.path.name}",
        "contract": {"input": entry, "output": answer},
        "origin": "added",
        "summary": texts["summary"] or "",
    }
    told_of = f"the description of {facts.path}"
    record = validated(values, ModelRecord, lambda _: told_of, strict=False)
    check_contract(record.contract, facts.inputs, facts.outputs, str(facts.path))
    return record


def _require_complete(
    facts: FileSummary, licence: str | None, entry: Values, answer: Values
) -> None:
    """Raise one ConfigError that lists everything that is missing, with an example."""
    wanted = {
        "input": ("name", "layout", "height", "width"),
        "output": ("name", "layout", "kind", "channels", "hair"),
    }
    missing = [] if licence else ["licence"]
    for table, values in (("input", entry), ("output", answer)):
        missing += [f"{table}.{key}" for key in wanted[table] if key not in values]
    if not missing:
        return
    listed = "\n".join(f"  {key}: {_MEANINGS[key]}" for key in missing)
    example: dict[str, Any] = {}
    for key in missing:
        table, _, leaf = key.rpartition(".")
        (example.setdefault(table, {}) if table else example)[leaf] = _EXAMPLES[key]
    raise ConfigError(
        f"{facts.path} does not state:\n{listed}\nGive these as options, or in "
        f"{facts.path.name}.toml beside it, for example:\n\n{tomli_w.dumps(example)}"
    )


def _name_of(path: Path) -> str:
    """A model name from a file's name: other characters become dashes."""
    name = re.sub(r"[^A-Za-z0-9._+-]+", "-", path.stem).strip("-._+")[:80]
    if not name:
        raise ConfigError(f"no model name can be made from {path.name}; give one with --name")
    return name


def _keep(record: ModelRecord, data: bytes, replaced: ModelRecord | None) -> None:
    """Write the file, then the record: the model exists once its record does."""
    intent = store_dir() / f"{record.name}{_INTENT}"
    write_atomically(intent, b"")
    try:
        write_atomically(model_path(record), data)
        content = record.model_dump(mode="json", exclude={"origin"}, exclude_none=True)
        write_atomically(record_path(record.name), tomli_w.dumps(content).encode())
    finally:
        _delete_others(record.name)
        delete(intent)
    if replaced is not None:
        discard_derived(replaced)


def _finish_killed() -> None:
    """Delete the files of an ``add`` that was killed before or after it wrote the record."""
    for intent in store_dir().glob(f"*{_INTENT}"):
        _delete_others(intent.stem)
        delete(intent)


def _delete_others(name: str) -> None:
    """Delete the network files of a name, except the one that its record describes."""
    if name in damaged_records():
        return
    record = added_records().get(name)
    for path in files_of(name):
        if record is None or path != model_path(record):
            delete(path)
