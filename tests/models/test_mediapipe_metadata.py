"""What MediaPipe Tasks would feed and read, as the file itself says it."""

import struct
from pathlib import Path

import pytest

from hairopt.convert.tflite.from_onnx import convert_onnx
from hairopt.errors import ModelError
from hairopt.models.add import add
from hairopt.models.mediapipe_metadata import MediapipeMetadata, read_metadata
from hairopt.models.store import find_model

MEAN, STD = [0.4, 0.5, 0.6], [0.2, 0.25, 0.5]


@pytest.mark.parametrize(
    ("fed", "channels", "kind", "expected"),
    [
        ({}, 1, "logits", MediapipeMetadata((0.0,), (255.0,), "sigmoid")),
        ({}, 2, "logits", MediapipeMetadata((0.0,), (255.0,), "softmax")),
        ({}, 2, "softmax", MediapipeMetadata((0.0,), (255.0,), "none")),
        ({"mean": MEAN, "std": STD}, 1, "sigmoid",
         MediapipeMetadata((102.0, 127.5, 153.0), (51.0, 63.75, 127.5), "none")),
    ],
)  # fmt: skip
def test_what_hairopt_writes_is_read(tiny_onnx, tmp_path, fed, channels, kind, expected) -> None:
    source = tiny_onnx(channels=channels)
    told = {"kind": kind, "hair": 0}
    record = add(source, licence="MIT", input_values=fed, output_values=told).record
    path = tmp_path / "made.tflite"
    path.write_bytes(convert_onnx(source, record))
    found = read_metadata(path)
    assert found.mean == pytest.approx(expected.mean)
    assert found.std == pytest.approx(expected.std)
    assert found.activation == expected.activation

    copy = add(path, name="copy", licence="MIT", output_values=told).record
    assert copy.contract.input.mean == pytest.approx(record.contract.input.mean)
    assert copy.contract.input.std == pytest.approx(record.contract.input.std)


def test_of_a_file_that_says_so_neither_normalisation_nor_kind_has_to_be_told(
    tiny_onnx, tmp_path
) -> None:
    told = {"input_values": {"mean": MEAN, "std": STD}, "output_values": {"kind": "logits"}}
    record = add(tiny_onnx(channels=1), licence="MIT", **told).record
    path = tmp_path / "made.tflite"
    path.write_bytes(convert_onnx(tiny_onnx(channels=1), record))
    assert add(path, licence="MIT").record.contract.output.kind == "logits"
    assert find_model("made")[0].contract.input.std == pytest.approx(STD)
    other = add(path, name="other", licence="MIT", input_values={"mean": [0, 0, 0]}).record
    assert other.contract.input.mean == (0, 0, 0)


def test_googles_own(shared_dir: Path) -> None:
    found = read_metadata(shared_dir / "models" / "hair_segmenter.tflite")
    assert found == MediapipeMetadata((0.0,), (255.0,), "softmax")


def test_a_file_without_them_has_none(tmp_path: Path) -> None:
    data = find_model("hairnet")[1].with_suffix(".tflite").read_bytes()
    path = tmp_path / "plain.tflite"
    path.write_bytes(data.replace(b"TFLITE_METADATA", b"XXXXXX_METADATA"))
    assert read_metadata(path) is None


@pytest.mark.parametrize("mark", [b"M001", b"V001", b"TFL3"])
def test_damaged_ones_are_said(tmp_path: Path, mark: bytes) -> None:
    data = find_model("hairnet")[1].with_suffix(".tflite").read_bytes()
    path = tmp_path / "damaged.tflite"
    path.write_bytes(data.replace(mark, b"X001"))
    with pytest.raises(ModelError, match=r"damaged\.tflite is not an intact TFLite file"):
        read_metadata(path)


def _with_word(data: bytes, at: int, number: int) -> bytes:
    return data[:at] + struct.pack("<I", number) + data[at + 4 :]


def test_a_list_that_is_longer_than_the_file_is_refused(tmp_path: Path) -> None:
    """MediaPipe follows it and dies. hairopt has no use for it: the largest value of the input."""
    data = find_model("hairnet")[1].with_suffix(".tflite").read_bytes()
    at = data.index(struct.pack("<If", 1, 1.0), data.index(b"M001"))
    path = tmp_path / "damaged.tflite"
    path.write_bytes(_with_word(data, at, 2**24))
    with pytest.raises(ModelError, match="beyond the end"):
        read_metadata(path)


def test_any_word_may_be_damaged(tmp_path: Path) -> None:
    data = find_model("hairnet")[1].with_suffix(".tflite").read_bytes()
    block = data.index(b"M001") - 4
    refused = 0
    path = tmp_path / "damaged.tflite"
    for at in range(block, block + 600, 4):
        path.write_bytes(_with_word(data, at, 0x12000000))
        try:
            read_metadata(path)
        except ModelError:
            refused += 1
    assert refused > 75
