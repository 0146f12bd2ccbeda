"""Networks and photos that cannot be quantised: what is said, and that nothing is left behind."""

import numpy as np
import onnx
import pytest
from PIL import Image

from hairopt.convert.forms.float32 import read_onnx
from hairopt.convert.forms.resolve import resolve
from hairopt.convert.quantize import photos_in, quantize
from hairopt.datasets import load_dataset
from hairopt.errors import DataError, ModelError, UsageError
from hairopt.models import file_summary
from hairopt.models.add import add
from hairopt.models.store import find_model
from tests.convert.own_network import own_network, with_outside_weights, write_network

pytestmark = pytest.mark.usefixtures("own_home")


@pytest.fixture
def cases(tmp_path):
    """Two photos, the upper half of each hair."""
    truth = np.zeros((40, 40), np.uint8)
    truth[:20] = 255
    for i in range(2):
        noise = np.random.default_rng(i).integers(0, 256, (40, 40, 3), dtype=np.uint8)
        for folder, picture in (("images", noise), ("masks", truth)):
            (tmp_path / "labelled" / folder).mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture).save(tmp_path / "labelled" / folder / f"{i}.png")
    return load_dataset(tmp_path / "labelled").cases


def _photos(count=3, seed=9):
    shape = (count, 40, 40, 3)
    return lambda: iter(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8))


def _derived(home):
    """What was made of networks: forms and findings, whole or not."""
    return [path for path in home.rglob("*") if path.is_file() and path.parent.name != "models"]


@pytest.mark.parametrize(
    "open_", [{"sides": ("H", "W")}, {"batch": "N"}, {"sides": ("H", "W"), "batch": "N"}]
)
def test_sizes_that_a_network_leaves_open_are_those_of_its_contract(open_, cases, tmp_path):
    add(write_network(tmp_path / "open.onnx", own_network(**open_)))
    add(write_network(tmp_path / "closed.onnx", own_network()))
    found = [quantize(n, "int8", _photos(), cases, few_photos=True) for n in ("open", "closed")]
    assert found[0].iou == found[1].iou > 0
    assert found[0].file.coverage == found[1].file.coverage
    assert found[0].file.coverage.int8["QLinearConv"] == 2


def test_a_network_without_any_shape_at_its_ends_is_refused_by_add(tmp_path):
    model = own_network()
    model.graph.output[0].type.tensor_type.ClearField("shape")
    with pytest.raises(ModelError, match="'shape' of 'type' is required"):
        add(write_network(tmp_path / "shapeless.onnx", model))


def test_an_operator_that_is_none_of_onnx_is_refused_by_add(tmp_path):
    with pytest.raises(ModelError, match="No Op registered for Frobnicate"):
        add(write_network(tmp_path / "odd.onnx", own_network(middle="Frobnicate")))


@pytest.mark.parametrize("precision", ["float16", "int8", "mixed"])
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"middle": "Magic", "domain": "my.own"}, r"my\.own\.Magic.*export the network with"),
        ({"spoilt": np.nan}, "'w0'.* have 1 infinite or NaN values.*export it"),
        ({"spoilt": np.inf}, "'w0'.* have 1 infinite or NaN values.*export it"),
    ],
)
def test_what_no_form_can_be_made_of_is_named(precision, given, said, cases, tmp_path, own_home):
    record = add(write_network(tmp_path / "bad.onnx", own_network(**given))).record
    made = {"formats": ("onnx",), "precision": precision, "calibration": _photos()}
    with pytest.raises(ModelError, match=said):
        resolve(*find_model(record.name), **made, float_layers=())
    with pytest.raises(ModelError, match=said):
        quantize(record.name, "mixed", _photos(), cases, few_photos=True)
    assert not _derived(own_home)


def test_an_infinite_limit_is_no_infinite_weight(tmp_path):
    model = own_network(middle="Clip")
    model.graph.node[1].input.extend(["low", "high"])
    for name, limit in (("low", 0), ("high", np.inf)):
        model.graph.initializer.append(onnx.numpy_helper.from_array(np.float32(limit), name))
    assert read_onnx(write_network(tmp_path / "limits.onnx", model)).graph.node[1].op_type == "Clip"


def test_an_operator_without_8_bit_kernel_stays_float_and_is_counted(cases, tmp_path):
    add(write_network(tmp_path / "erf.onnx", own_network(middle="Erf")))
    found = quantize("erf", "int8", _photos(), cases, few_photos=True).file.coverage
    assert found.float32["Erf"] == 1
    assert found.conversions_left == 4  # at both ends, and before and behind Erf


@pytest.mark.parametrize("location", ["weights.bin", "../secret", "/etc/hostname"])
def test_weights_in_other_files_are_not_read_wherever_they_are(location, tmp_path):
    (tmp_path / "weights.bin").write_bytes(bytes(432))
    path = write_network(tmp_path / "out.onnx", with_outside_weights(own_network(), location))
    for read in (add, read_onnx):
        with pytest.raises(ModelError, match=r"has weights in other files .*onnx\.save_model"):
            read(path)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = write_network(tmp_path / "huge.onnx", own_network())
    monkeypatch.setattr(file_summary, "MAX_FILE_BYTES", 100)
    with pytest.raises(ModelError, match="at most 100 are accepted"):
        read_onnx(path)


@pytest.mark.parametrize("kept", [0, 1, 50, 400])
def test_a_file_cut_short_is_a_model_error(kept, tmp_path):
    path = write_network(tmp_path / "cut.onnx", own_network())
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ModelError):
        read_onnx(path)


def test_copies_of_one_photo_are_one_photo(cases, tmp_path, own_home):
    add(write_network(tmp_path / "mine.onnx", own_network()))
    (one,) = _photos(1)()
    with pytest.raises(DataError, match=r"1 photo is .* \(99 more are copies of them\)"):
        quantize("mine", "int8", lambda: iter([one] * 100), cases, few_photos=True)
    assert not _derived(own_home)


def test_a_calibration_photo_that_cannot_be_read_is_named(cases, tmp_path, own_home):
    add(write_network(tmp_path / "mine.onnx", own_network()))
    (tmp_path / "photos").mkdir()
    for i, photo in enumerate(_photos()()):
        Image.fromarray(photo).save(tmp_path / "photos" / f"{i}.png")
    (tmp_path / "photos" / "1.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"1\.png"):
        quantize("mine", "int8", photos_in(tmp_path / "photos"), cases, few_photos=True)
    assert not _derived(own_home)


def test_photos_of_the_labelled_folder_cannot_calibrate(cases, tmp_path, own_home):
    add(write_network(tmp_path / "mine.onnx", own_network()))
    with pytest.raises(DataError, match=r"2 photos are in both .*: 0, 1; remove them"):
        quantize("mine", "int8", photos_in(tmp_path / "labelled"), cases, few_photos=True)
    assert not _derived(own_home)


def test_a_full_disk_leaves_no_part_of_a_form(cases, tmp_path, own_home, monkeypatch):
    add(write_network(tmp_path / "mine.onnx", own_network()))

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UsageError, match="No space left"):
        quantize("mine", "int8", _photos(), cases, few_photos=True)
    assert not _derived(own_home)


def test_a_search_that_is_interrupted_keeps_the_findings_of_before(
    cases, tmp_path, own_home, monkeypatch
):
    add(write_network(tmp_path / "mine.onnx", own_network()))
    quantize("mine", "mixed", _photos(), cases, few_photos=True)
    before = {path: path.read_bytes() for path in _derived(own_home)}

    def interrupt(*arguments, **settings):
        raise KeyboardInterrupt

    monkeypatch.setattr("hairopt.convert.quantize.search_mixed", interrupt)
    with pytest.raises(KeyboardInterrupt):
        quantize("mine", "mixed", _photos(5, seed=8), cases, few_photos=True)
    assert {path: path.read_bytes() for path in _derived(own_home)} == before
