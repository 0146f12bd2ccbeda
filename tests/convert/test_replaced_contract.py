"""A model whose contract was corrected: nothing of the old one is used again."""

import shutil

import numpy as np
import pytest

from hairopt.convert.forms.resolve import resolve
from hairopt.convert.quantization.stored import kept_calibration
from hairopt.convert.quantize import quantize
from hairopt.datasets import default_datasets, load_dataset
from hairopt.errors import UnavailableError
from hairopt.home import home
from hairopt.models.add import add
from hairopt.models.store import find_model
from hairopt.stages.segment import load_network

WRONG = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


pytestmark = pytest.mark.usefixtures("own_home")


@pytest.fixture(scope="module")
def heads():
    """Heads with hair that the network finds, and as many others to calibrate with."""
    found = {case.name: case for f in default_datasets() for case in load_dataset(f).cases}
    judged = [found[name] for name in ("bob_pink_front", "bun_brown_back")]
    return judged, [case.read().image for case in list(found.values())[-2:]]


@pytest.fixture
def file(tmp_path):
    """The bundled network as TFLite, a file that no record of the package knows."""
    path = tmp_path / "net.tflite"
    shutil.copy(find_model("hairnet")[1].with_suffix(".tflite"), path)
    return path


def _add(file, **given):
    return add(file, name="mine", licence="MIT", output_values={"kind": "sigmoid"}, **given)


def _masks(model, photos, precision="float32"):
    segmenter = load_network(
        runtime="onnxruntime", model=model, precision=precision, input_size=None, threads=1
    )
    try:
        return np.stack([segmenter(photo) for photo in photos])
    finally:
        segmenter.close()


def test_masks_and_quality_are_those_of_the_new_contract(file, heads):
    judged, photos = heads
    expected = _masks("hairnet", photos)

    _add(file, input_values=WRONG)
    wrong = quantize("mine", "int8", lambda: iter(photos), judged, few_photos=True)
    assert np.abs(_masks("mine", photos) - expected).max() > 0.5
    assert np.abs(_masks("mine", photos, "int8") - expected).max() > 0.5

    _add(file, replace=True)
    record, path = find_model("mine")
    assert np.abs(_masks("mine", photos) - expected).max() < 1e-4
    assert kept_calibration(record) is None
    with pytest.raises(UnavailableError, match="needs photos to calibrate"):
        resolve(record, path, formats=("onnx",), precision="int8")
    assert not wrong.file.path.exists()
    assert len(list((home() / "forms").iterdir())) == 1, "what the old contract made is gone"

    right = quantize("mine", "int8", lambda: iter(photos), judged, few_photos=True)
    assert wrong.iou_float32 < 0.8 * right.iou_float32
    assert 0.9 < right.retention < 1.1
    assert (np.abs(_masks("mine", photos, "int8") - expected) < 0.5).mean() > 0.99
