"""Networks of one's own, the contracts beside them, and the records of the store."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tools.fuzz.mutators.network import onnx_file, tflite_file
from tools.fuzz.mutators.text import toml
from tools.fuzz.reader import CORPUS, Reader

if TYPE_CHECKING:
    from hairopt.models.contract import ModelRecord

_HOME = "home"


def _prepare(folder: Path) -> None:
    os.environ["HAIROPT_HOME"] = str(folder / _HOME)


def _read_contract(data: bytes, folder: Path) -> None:
    """As ``models add`` does with the TOML beside a network."""
    from hairopt.models.add import add

    network = folder / "mine.onnx"
    if not network.exists():
        network.write_bytes((CORPUS / "onnx" / "own.onnx").read_bytes())
    (folder / "mine.onnx.toml").write_bytes(data)
    shutil.rmtree(folder / _HOME, ignore_errors=True)
    add(network)


def _read_record(data: bytes, folder: Path) -> None:
    """As every command does that names a model: all records are read, one network is fed."""
    import numpy as np

    from hairopt.models.contract_check import check_contract
    from hairopt.models.file_summary import summarize
    from hairopt.models.records import read_record
    from hairopt.models.store import list_models
    from hairopt.models.tensors import prepare

    store = folder / _HOME / "models"
    store.mkdir(parents=True, exist_ok=True)
    (store / "mine.toml").write_bytes(data)
    facts = summarize(CORPUS / "onnx" / "own.onnx")
    list_models()  # is for all the others there, whatever becomes of this one
    contract = read_record(store / "mine.toml", "added").contract
    check_contract(contract, facts.inputs, facts.outputs, "mine")
    prepare(np.zeros((4, 4, 3), np.uint8), contract.input)


def _read_onnx(data: bytes, folder: Path) -> None:
    """As ``models inspect``, ``models add``, another form of it, and loading it do."""
    from hairopt.convert.forms.float32 import float32_network

    record, path = _added(folder / "net.onnx", data)
    float32_network(record, path)
    _load("onnxruntime", record, path)


def _read_tflite(data: bytes, folder: Path) -> None:
    """As ``models inspect``, ``models add``, ``models convert`` and loading it do."""
    from hairopt.convert.tflite.to_onnx import convert_tflite
    from hairopt.errors import ModelError

    record, path = _added(folder / "net.tflite", data)
    with suppress(ModelError):  # what does not convert runs in LiteRT all the same
        convert_tflite(path).SerializeToString(deterministic=True)
    _load("litert", record, path)


def _read_for_mediapipe(data: bytes, folder: Path) -> None:
    """As ``bench`` does with a TFLite file that carries metadata."""
    record, path = _added(folder / "net.tflite", data)
    _load("mediapipe", record, path)


def _added(network: Path, data: bytes) -> tuple[ModelRecord, Path]:
    """The network in an empty store, with whatever its file does not say guessed or made up."""
    from hairopt.models.add import add
    from hairopt.models.file_summary import summarize
    from hairopt.models.guess import Values, guess_input, guess_output
    from hairopt.models.records import model_path

    network.write_bytes(data)
    shutil.rmtree(network.parent / _HOME, ignore_errors=True)
    facts = summarize(network)
    entry: Values = {"layout": "NCHW", "height": 32, "width": 32, **guess_input(facts, {})}
    answer: Values = {"layout": "NCHW", "kind": "logits", "channels": 1}
    answer |= guess_output(facts, entry["layout"], {})
    for values, tensors in ((entry, facts.inputs), (answer, facts.outputs)):
        values.setdefault("name", tensors[0].name if tensors else "absent")
    answer.setdefault("hair", answer["channels"] - 1)
    record = add(
        network,
        name="net",
        licence="CC0-1.0",
        input_values=entry,
        output_values=answer,
        replace=True,
    ).record
    return record, model_path(record)


def _load(runtime: str, record: ModelRecord, path: Path) -> None:
    from hairopt.models.contract import ModelFile
    from hairopt.runtimes import RUNTIMES
    from hairopt.runtimes.protocol import RuntimeSettings

    file = ModelFile(
        record=record,
        path=path,
        format=record.format,
        precision="float32",
        sha256=record.sha256,
        contract=record.contract,
    )
    RUNTIMES.get(runtime).load(file, RuntimeSettings()).close()


_ADD = ("hairopt.models.add", "hairopt.models.guess", "hairopt.models.contract_check")

CONTRACT = Reader("contract", _read_contract, toml, (*_ADD, "hairopt.models.contract"), _prepare)
RECORD = Reader(
    "model-record",
    _read_record,
    toml,
    (
        "hairopt.models.records:added_records,all_records,read_record",
        "hairopt.models.contract",
        "hairopt.models.contract_check",
    ),
    _prepare,
)
TFLITE = Reader(
    "tflite",
    _read_tflite,
    tflite_file,
    (
        "hairopt.models.tflite_summary",
        "hairopt.models.flatbuffer",
        "hairopt.convert.tflite.reader",
        "hairopt.convert.tflite.options",
        "hairopt.convert.tflite.to_onnx",
        *_ADD,
    ),
    _prepare,
)
MEDIAPIPE = Reader(
    "mediapipe",
    _read_for_mediapipe,
    tflite_file,
    ("hairopt.models.mediapipe_metadata", "hairopt.models.flatbuffer"),
    _prepare,
)
ONNX = Reader(
    "onnx",
    _read_onnx,
    onnx_file,
    ("hairopt.models.onnx_summary", "hairopt.convert.forms.float32", *_ADD),
    _prepare,
)
