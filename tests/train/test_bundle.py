import shutil

from hairopt.convert.quantization.calibration import read_calibration
from hairopt.files.toml import read_toml
from hairopt.models.file_summary import sha256_of, summarize
from hairopt.models.records import read_record
from tools.training.bundle import BUNDLED, NAME, SHIPPED, bundle


def test_all_files_of_the_bundled_network_are_replaced_together(photos, tmp_path) -> None:
    import onnx

    for folder in (BUNDLED, SHIPPED):
        shutil.copytree(folder, tmp_path / folder.name)
    bundled, shipped = tmp_path / BUNDLED.name, tmp_path / SHIPPED.name
    old = read_record(bundled / f"{NAME}.toml", "bundled")
    model = onnx.load(bundled / f"{NAME}.onnx")
    model.doc_string = "another one"
    onnx.save(model, tmp_path / "next.onnx")

    bundle(tmp_path / "next.onnx", photos, bundled, shipped)

    data = (bundled / f"{NAME}.onnx").read_bytes()
    record = read_record(bundled / f"{NAME}.toml", "bundled")
    assert data == (tmp_path / "next.onnx").read_bytes()
    assert (record.sha256, record.bytes) == (sha256_of(data), len(data))
    assert record.contract == old.contract
    assert summarize(bundled / f"{NAME}.tflite").mediapipe_metadata
    entries = read_toml(shipped / "index.toml", "the index of shipped forms")
    assert old.sha256 not in str(entries)
    made = {"int8": shipped / f"{NAME}.int8.onnx", "float32": bundled / f"{NAME}.tflite"}
    for form in entries["form"]:
        assert form["source"] == record.sha256
        assert form["sha256"] == sha256_of(made[form["precision"]].read_bytes())
    assert read_calibration(shipped / f"{NAME}.json").photos == 14
