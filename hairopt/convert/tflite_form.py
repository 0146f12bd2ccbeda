"""The TFLite form of a network that is kept as ONNX: the one of the package, or one made now."""

from __future__ import annotations

from pathlib import Path

from hairopt.convert.form_cache import cached
from hairopt.convert.onnx_to_tflite import TFLITE_WRITER_VERSION, convert_onnx, written_contract
from hairopt.convert.shipped import shipped_form
from hairopt.models.contract import ModelFile, ModelRecord
from hairopt.runtimes.installed import package_version


def tflite_form(record: ModelRecord, path: Path, cache_dir: Path) -> ModelFile:
    """Find or write the float32 TFLite file of an ONNX network.

    Args:
        record: the network.
        path: its ONNX file.
        cache_dir: where it is kept once it was written.

    Raises:
        UnavailableError: an operator of it has no exact counterpart in TFLite.
        ModelError: the file is damaged.
        UsageError: the cache cannot be written.
    """
    form = shipped_form(record.sha256, "float32") or cached(
        cache_dir,
        {
            "to": "tflite",
            "source": record.sha256,
            "writer": TFLITE_WRITER_VERSION,
            # They are part of the metadata.
            "name": record.name,
            "licence": record.licence,
            "contract": record.contract.model_dump_json(),
            "onnxruntime": package_version(
                "onnxruntime", "onnxruntime-gpu", "onnxruntime-openvino"
            ),
        },
        lambda: convert_onnx(path, record),
        suffix=".tflite",
    )
    return ModelFile(
        record=record,
        path=form.path,
        format="tflite",
        precision="float32",
        sha256=form.sha256,
        contract=written_contract(record.contract),
        derivation="ONNX to TFLite",
    )
