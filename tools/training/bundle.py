"""Make a trained network the bundled one: ``python -m tools.training.bundle FILE.onnx PHOTOS``.

Writes the ONNX file with its record, the TFLite form, the int8 form and the calibration of
hairnet, and their entries in the index. The int8 form has 7-bit weights, which no processor
saturates. PHOTOS are some of those that were trained on: none of them may judge the result.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import tomli_w

import hairopt.convert.quantization
import hairopt.models
from hairopt.convert.forms.coverage import coverage
from hairopt.convert.forms.resolve import DEFAULT_METHOD
from hairopt.convert.passes.protocol import Network
from hairopt.convert.passes.rewrite import QUANTIZED, rewrite
from hairopt.convert.quantization.calibration import Calibration, calibration_json, observe
from hairopt.convert.quantization.onnx_int8 import INT8_OPERATORS, Int8Settings, fold, to_int8
from hairopt.convert.tflite.from_onnx import tflite_bytes
from hairopt.files.toml import read_toml
from hairopt.models.file_summary import sha256_of
from hairopt.models.records import read_record
from hairopt.models.store import write_atomically
from hairopt.train.photos import find_photos
from hairopt.types import ImageU8
from tools.training.candidate import contract_of

NAME = "hairnet"
BUNDLED = Path(hairopt.models.__file__).parent / "bundled"
SHIPPED = Path(hairopt.convert.quantization.__file__).parent / "shipped"
_PHOTOS = 160


def calibration_photos(folder: Path) -> Iterator[ImageU8]:
    """The first 160 photos by hash: as good as drawn by lot, and always the same."""
    for photo in find_photos(folder)[:_PHOTOS]:
        yield photo.read()


def bundle(network: Path, photos: Path, bundled: Path = BUNDLED, shipped: Path = SHIPPED) -> None:
    """Replace the files of the bundled network.

    Raises:
        ModelError: the file is damaged, or of another contract.
    """
    import onnx

    record = read_record(bundled / f"{NAME}.toml", "bundled")
    model, data = onnx.load(str(network)), network.read_bytes()
    contract = contract_of(model, record.contract)
    # The shipped form takes what the network takes; forms made on a machine are rewritten first.
    plain = Network(model, contract)
    quantized = to_int8(fold(model), _ranges(plain, photos), Int8Settings(reduce_range=True))
    rewritten = rewrite(plain, QUANTIZED).network
    ranges = replace(_ranges(rewritten, photos), network=rewritten.structure)
    files = {
        bundled / f"{NAME}.onnx": data,
        bundled / f"{NAME}.tflite": tflite_bytes(model, NAME, record.licence, contract),
        shipped / f"{NAME}.int8.onnx": quantized.SerializeToString(deterministic=True),
        shipped / f"{NAME}.json": calibration_json(ranges).encode(),
    }
    for path, content in files.items():
        write_atomically(path, content)
    values = read_toml(bundled / f"{NAME}.toml", "the record of a model")
    values |= {"sha256": sha256_of(data), "bytes": len(data)}
    side = contract.input.height
    values["contract"]["input"] |= {"height": side, "width": side}
    values["summary"] = re.sub(r"\d+ px", f"{side} px", values["summary"])
    write_atomically(bundled / f"{NAME}.toml", tomli_w.dumps(values).encode())
    counted = coverage(plain, quantized).model_dump()
    _repin(shipped / "index.toml", record.sha256, sha256_of(data), files, counted)


def _ranges(network: Network, photos: Path) -> Calibration:
    observed = observe(
        fold(network.model), network.contract.input, calibration_photos(photos), INT8_OPERATORS
    )
    return observed.calibration(DEFAULT_METHOD)


def _repin(
    index: Path, old: str, new: str, files: dict[Path, bytes], counted: dict[str, Any]
) -> None:
    """Point every entry of the old network to the new one."""
    entries = read_toml(index, "the index of shipped forms")
    made = {path.name: sha256_of(content) for path, content in files.items()}
    for entry in (entry for kind in entries.values() for entry in kind):
        if entry["source"] != old:
            continue
        entry["source"] = new
        if "sha256" in entry:
            entry["sha256"] = made[Path(entry["file"]).name]
        if "coverage" in entry:
            entry["coverage"] = counted
            entry["derivation"] = re.sub(
                r"weights, .*",
                f"weights, {DEFAULT_METHOD} of {_PHOTOS} photos",
                entry["derivation"],
            )
    head = (
        "# What comes with hairopt for networks it knows, by the hash of their original file.\n\n"
    )
    write_atomically(index, (head + tomli_w.dumps(entries)).encode())


def main() -> None:
    """Replace the bundled network of this checkout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", type=Path)
    parser.add_argument("photos", type=Path)
    chosen = parser.parse_args()
    bundle(chosen.network, chosen.photos)


if __name__ == "__main__":
    main()
