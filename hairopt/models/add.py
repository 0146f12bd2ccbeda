"""Adding a network file of one's own to the store."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import ValidationError

from hairopt.errors import ConfigError
from hairopt.models.contract import ModelRecord
from hairopt.models.contract_check import check_contract
from hairopt.models.file_summary import FileSummary, read_network, sha256_of, summarize
from hairopt.models.guess import Values, guess_input, guess_output
from hairopt.models.records import (
    added_records,
    all_records,
    check_name,
    explain,
    model_path,
    shipped_records,
)
from hairopt.models.store import record_path, write_atomically
from hairopt.toml_file import read_toml

_TEXTS = ("name", "licence", "source", "summary")
_MEANINGS = {
    "licence": "the SPDX identifier of its licence, or its words",
    "input.name": "the input that takes the photo",
    "input.layout": "NCHW or NHWC",
    "input.height": "rows in pixels; the file leaves them open",
    "input.width": "columns in pixels; the file leaves them open",
    "output.name": "the output that is read",
    "output.layout": "NCHW or NHWC",
    "output.kind": "logits, softmax, sigmoid or class_map",
    "output.channels": "how many channels the output has",
    "output.hair": "the channel, or in a class map the number, that means hair; from 0 on",
}
_EXAMPLES: dict[str, Any] = {
    "input.name": "image", "input.layout": "NCHW", "input.height": 256, "input.width": 256,
    "output.name": "logits", "output.layout": "NCHW", "output.kind": "logits",
    "output.channels": 2, "output.hair": 1, "licence": "Apache-2.0",
}  # fmt: skip


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
) -> ModelRecord:
    """Copy a network file into the store, with its hash, licence and contract.

    A file whose SHA-256 the store knows needs no further words. For any other, what the file does
    not say itself comes from ``FILE.toml`` beside it (``net.onnx.toml`` or ``net.toml``: keys
    ``name``, ``licence``, ``source``, ``summary`` and the tables ``[input]`` and ``[output]``),
    and from the arguments, which win over the TOML. Normalisation is in no file: unless told,
    networks are fed RGB / 255.

    Args:
        file: an ``.onnx`` or ``.tflite`` file; recognised by content.
        name: what variants will call it; by default the file's name.
        licence: SPDX identifier, or the words of whoever adds it.
        source: where the file comes from; by default the file's own name.
        summary: one line for lists.
        input_values: keys of ``InputContract``.
        output_values: keys of ``OutputContract``.
        replace: whether an added model of this name, or of this hash, is replaced.

    Returns:
        The record, as the store has it now.

    Raises:
        ModelError: the file is damaged or no network, or contradicts what it is said to be.
        ConfigError: something is missing (all of it is listed, with an example), not allowed, or
            the name is taken.
        UsageError: the store cannot be written.
    """
    data = read_network(file)
    known = _known(sha256_of(data))
    if known is not None and not (replace and known.origin == "added"):
        if known.origin != "bundled":
            write_atomically(model_path(known), data)
        return known
    facts = summarize(file)
    beside = _toml_beside(file)
    texts = {key: beside.get(key) for key in _TEXTS}
    given = {"name": name, "licence": licence, "source": source, "summary": summary}
    texts |= {key: value for key, value in given.items() if value is not None}
    contract = {
        "input": {**beside.get("input", {}), **(input_values or {})},
        "output": {**beside.get("output", {}), **(output_values or {})},
    }
    record = _record(facts, texts, contract)
    _keep(record, data, replace=replace)
    return record


def _known(sha256: str) -> ModelRecord | None:
    """The record that is pinned to this hash, those of the package first."""
    records = [*shipped_records().values(), *added_records().values()]
    return next((record for record in records if record.sha256 == sha256), None)


def _toml_beside(file: Path) -> dict[str, Any]:
    """What the TOML beside a file says; empty without one.

    Raises:
        ConfigError: unreadable, or with keys that mean nothing here.
    """
    candidates = (file.with_name(file.name + ".toml"), file.with_suffix(".toml"))
    path = next((path for path in candidates if path.is_file()), None)
    if path is None:
        return {}
    values = read_toml(path, "what a network file does not say")
    allowed = (*_TEXTS, "input", "output")
    for key, value in values.items():
        if key not in allowed:
            raise ConfigError(f"{path}: key {key!r} is not allowed (allowed: {', '.join(allowed)})")
        if not isinstance(value, dict if key in ("input", "output") else str):
            wanted = "a table" if key in ("input", "output") else "a text"
            raise ConfigError(f"{path}: {key} must be {wanted}, got {value!r}")
    return values


def _record(facts: FileSummary, texts: Values, told: dict[str, Values]) -> ModelRecord:
    """The record of a file, from what it says and what was told."""
    entry = guess_input(facts, told["input"])
    answer = guess_output(facts, entry.get("layout"), told["output"])
    if answer.get("kind") == "class_map":
        answer.setdefault("channels", 1)
    _require_complete(facts, texts, entry, answer)
    values = {
        "name": check_name(texts["name"] or _name_of(facts.path)),
        "format": facts.format,
        "sha256": facts.sha256,
        "bytes": facts.bytes,
        "licence": texts["licence"],
        "source": texts["source"] or f"added from {facts.path.name}",
        "contract": {"input": entry, "output": answer},
        "origin": "added",
        "summary": texts["summary"] or "",
    }
    try:
        record = ModelRecord.model_validate(values)
    except ValidationError as error:
        raise ConfigError(f"what is said of {facts.path}: {explain(error)}") from error
    check_contract(record.contract, facts.inputs, facts.outputs, str(facts.path))
    return record


def _require_complete(facts: FileSummary, texts: Values, entry: Values, answer: Values) -> None:
    """Raise one ConfigError that lists everything that is missing, with an example."""
    wanted = {
        "input": ("name", "layout", "height", "width"),
        "output": ("name", "layout", "kind", "channels", "hair"),
    }
    missing = [] if texts["licence"] else ["licence"]
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
        f"{facts.path} does not say:\n{listed}\nGive them as options, or in "
        f"{facts.path.name}.toml beside it, for example:\n\n{tomli_w.dumps(example)}"
    )


def _name_of(path: Path) -> str:
    """A model name from a file's name: other characters become dashes."""
    name = re.sub(r"[^A-Za-z0-9._+-]+", "-", path.stem).strip("-._+")[:80]
    if not name:
        raise ConfigError(f"{path.name} makes no model name; give one with --name")
    return name


def _keep(record: ModelRecord, data: bytes, *, replace: bool) -> None:
    """Write file and record; the record last, since it is what makes the model exist."""
    taken = all_records().get(record.name)
    if taken is not None and (taken.origin != "added" or not replace):
        advice = "use --replace, or " if taken.origin == "added" else ""
        raise ConfigError(
            f"model name {record.name!r} is taken by the {taken.origin} model with SHA-256 "
            f"{taken.sha256}; {advice}give another with --name"
        )
    write_atomically(model_path(record), data)
    content = record.model_dump(mode="json", exclude={"origin"}, exclude_none=True)
    write_atomically(record_path(record.name), tomli_w.dumps(content).encode())
    if taken is not None and taken.sha256 != record.sha256:
        model_path(taken).unlink(missing_ok=True)
