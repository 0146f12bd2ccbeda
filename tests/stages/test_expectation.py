"""Which calibration a network finds, and what is calibrated on photos of our own."""

import numpy as np
import pytest
from PIL import Image

from hairopt.certainty.expectation import Expectation, Expected
from hairopt.datasets import load_dataset
from hairopt.errors import ConfigError, DataError
from hairopt.models.records import shipped_records
from hairopt.pipeline import Pipeline
from hairopt.stages.expectation import (
    calibrate,
    expectation_for,
    find_expectation,
    form_of,
    keep_expectation,
)
from hairopt.stages.segment import load_network
from hairopt.variants.load import load_variant

NETWORK = {"model": "hairnet", "input_size": None, "threads": 1}


@pytest.fixture
def segmenter():
    found = load_network(runtime="onnxruntime", precision="float32", **NETWORK)
    yield found
    found.close()


def _heads(folder, count, size=64):
    """Photos with a blot, and its mask."""
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    rows, columns = np.mgrid[:size, :size]
    for place in range(count):
        blot = np.hypot(rows - size / 2, columns - size / 2) < 8 + place % 17
        photo = np.where(blot[..., None], (60, 40, 30), (180, 170 - place, 160)).astype(np.uint8)
        Image.fromarray(photo).save(folder / "images" / f"{place:02}.png")
        Image.fromarray(np.where(blot, 255, 0).astype(np.uint8)).save(
            folder / "masks" / f"{place:02}.png"
        )
    return load_dataset(folder)


def _blurred(image):
    """A segmenter of dark pixels, the less certain the less there are."""
    import cv2

    dark = (image.max(axis=2) < 100).astype(np.float32)
    sigma = 1 + 40 * max(0.0, 0.25 - float(dark.mean()))
    return cv2.GaussianBlur(dark, (0, 0), sigma)


@pytest.mark.parametrize(
    ("precision", "runtime", "form"),
    [
        ("float32", "onnxruntime", "float32-288x288"),
        ("int8", "onnxruntime", "int8-onnx-288x288"),
        ("int8", "litert", "int8-tflite-288x288"),
    ],
)
def test_the_bundled_network_brings_a_calibration_for_each_form(own_home, precision, runtime, form):
    if runtime == "litert":
        pytest.importorskip("ai_edge_litert")
    found = load_network(runtime=runtime, precision=precision, **NETWORK)
    known = expectation_for(found)
    found.close()
    assert isinstance(known, Expectation)
    assert known.form == form
    assert known.held_out.n_cases == 168
    assert known.held_out.mae < 0.06
    assert known.held_out.auc is not None
    assert known.held_out.auc > 0.93
    assert "figures" in known.dataset["licence"]


def test_another_size_is_another_form_and_names_the_command(own_home):
    network = load_network(
        runtime="onnxruntime", precision="float32", **{**NETWORK, "input_size": 224}
    )
    known = expectation_for(network)
    network.close()
    assert isinstance(known, Expected)
    assert known.doubt == "unknown"
    assert "hairopt models calibrate-quality hairnet --dataset DIR" in known.reason


def test_the_file_under_another_contract_gets_none(own_home):
    record = shipped_records()["hairnet"]
    assert find_expectation(record, "float32-288x288") is not None
    turned = record.contract.input.model_copy(update={"channel_order": "BGR"})
    other = record.model_copy(
        update={"contract": record.contract.model_copy(update={"input": turned})}
    )
    assert find_expectation(other, "float32-288x288") is None


def test_the_users_own_is_taken_first_and_a_damaged_one_is_named(own_home, segmenter):
    record = segmenter.model_file.record
    shipped = find_expectation(record, "float32-288x288")
    mine = shipped.model_copy(update={"dataset": {"name": "mine"}})
    file = keep_expectation(record, mine)
    assert file.is_relative_to(own_home)
    assert expectation_for(segmenter).dataset == {"name": "mine"}
    file.write_text("{")
    with pytest.raises(ConfigError, match=r"float32-288x288\.json"):
        expectation_for(segmenter)


def test_it_is_calibrated_on_photos_of_our_own(tmp_path, segmenter):
    dataset = _heads(tmp_path / "heads", 60)
    found, photos = calibrate(segmenter.model_file, "own", dataset, _blurred)
    assert len(photos.used) == 60
    assert found.held_out.n_sources == 60
    assert found.held_out.mae < 0.05
    assert found.dataset["fingerprint"] == dataset.fingerprint


@pytest.mark.parametrize(
    ("segment", "said"),
    [
        (lambda image: np.zeros((9, 9), np.float32), "in 3 the network finds none"),
        (lambda image: np.eye(9, dtype=np.float32), "no probabilities"),
        (_blurred, "3 source photos .* at least 40"),
    ],
)
def test_what_cannot_be_calibrated_is_said(tmp_path, segmenter, segment, said):
    with pytest.raises(DataError, match=said):
        calibrate(segmenter.model_file, "own", _heads(tmp_path / "heads", 3), segment)


def test_a_pipeline_tells_no_hair_from_doubt(own_home):
    with Pipeline(load_variant("float32")) as pipeline:
        nothing = np.zeros((288, 288), np.float32)
        haze = np.full((288, 288), 0.4, np.float32)
        disc = np.zeros((288, 288), np.float32)
        disc[60:200, 60:200] = 0.99
        found = [pipeline.expected(mask) for mask in (nothing, haze, disc)]
    assert [one.doubt for one in found] == ["empty", "unsure", "none"]
    assert found[2].iou > 0.8


def test_the_form_of_a_file_knows_its_size(segmenter):
    assert form_of(segmenter.model_file) == "float32-288x288"
    assert form_of(segmenter.model_file, 224, "guided") == "float32-224x224-guided"
