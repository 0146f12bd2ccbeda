"""MediaPipe's hair network as ONNX, against the runtimes its file was made for, on photos."""

import hashlib

import cv2
import numpy as np
import pytest

from hairopt.convert.tflite.to_onnx import convert_tflite, converted_contract
from hairopt.errors import UnavailableError
from hairopt.models.contract import ModelFile
from hairopt.models.records import shipped_records
from hairopt.models.tensors import prepare, read_mask
from hairopt.runtimes import RUNTIMES
from hairopt.runtimes.onnx_session import open_session
from hairopt.runtimes.protocol import RuntimeSettings
from tests.convert.argmax_probe import opened, plane_indices, with_index_outputs
from tests.convert.run_both import run_litert

pytestmark = pytest.mark.shared

WORST = ("fig0357.jpg", "fig0532.jpg", "fig0445.jpg", "fig0956.jpg")
"""Those of the photos with most differences to LiteRT, and to MediaPipe."""

CLOSE = 1e-4
SAME_ARITHMETIC = 2e-5
"""What float32 sums in another order come to, where all maxima are found at the same places."""


@pytest.fixture(scope="module")
def original(shared_dir):
    return shared_dir / "models" / "hair_segmenter.tflite"


@pytest.fixture(scope="module")
def converted(original):
    return convert_tflite(original)


@pytest.fixture(scope="module")
def photos(shared_dir):
    """25 photos at exactly 512x512: every fourteenth of one folder, some of each of the others."""
    data = shared_dir / "data"
    paths = sorted((data / "figaro_dev" / "images").iterdir())[::14]
    paths += sorted(data.glob("clean/*/*.jpg"))[::180]
    found = {}
    for path in paths:
        small = cv2.resize(cv2.imread(str(path)), (512, 512), interpolation=cv2.INTER_AREA)
        found[path.name] = cv2.cvtColor(small, cv2.COLOR_BGR2RGB)
    assert len(found) >= 20
    return found


@pytest.fixture(scope="module")
def record(original):
    record = shipped_records()["mediapipe-hair"]
    assert hashlib.sha256(original.read_bytes()).hexdigest() == record.sha256
    return record


@pytest.fixture(scope="module")
def contract(record):
    return converted_contract(record.contract)


@pytest.fixture(scope="module")
def masks(converted, contract, photos):
    session = open_session(converted)
    return {
        name: read_mask(
            session.run(None, {contract.input.name: prepare(image, contract.input)})[0],
            contract.output,
        )
        for name, image in photos.items()
    }


@pytest.mark.parametrize("runtime", ["mediapipe", "litert"])
def test_masks_equal_the_original_runtime(runtime, original, record, photos, masks):
    file = ModelFile(
        record=record,
        path=original,
        format="tflite",
        precision="float32",
        sha256=record.sha256,
        contract=record.contract,
    )
    try:
        segmenter = RUNTIMES.get(runtime).load(file, RuntimeSettings())
    except UnavailableError as error:
        pytest.skip(str(error))
    far = []
    try:
        for name, image in photos.items():
            expected = segmenter(image)
            np.testing.assert_array_equal(masks[name] > 0.5, expected > 0.5, err_msg=name)
            far.append((np.abs(masks[name] - expected) > CLOSE).mean())
    finally:
        segmenter.close()
    assert np.mean(far) <= 1e-4
    assert max(far) <= 1e-3


def test_every_larger_difference_is_a_tie_of_max_pooling(
    original, record, converted, contract, photos
):
    """Given LiteRT's places of the maxima, nothing is left but the rounding of float32 sums.

    And where the places differ, in a few windows, the two values are equal but for rounding.
    """
    data = with_index_outputs(original)
    (shown, pooled, indices), (fed, inputs) = opened(converted)
    shown, fed = open_session(shown), open_session(fed)
    for name in WORST:
        tensor = prepare(photos[name], record.contract.input)
        litert = run_litert(data, tensor)
        mask = read_mask(litert.pop(contract.output.name), record.contract.output)
        places = [plane_indices(litert[index], 2 * litert[index].shape[2]) for index in indices]
        nchw = {contract.input.name: np.ascontiguousarray(tensor.transpose(0, 3, 1, 2))}
        same = fed.run(None, {**nchw, **dict(zip(inputs, places, strict=True))})[0]
        difference = np.abs(read_mask(same, contract.output) - mask).max()
        assert difference < SAME_ARITHMETIC, (name, difference)
        for values, found, place in zip(
            shown.run(pooled, nchw), shown.run(indices, nchw), places, strict=True
        ):
            assert (found != place).mean() < 1e-4
            gap = values.reshape(-1)[found] - values.reshape(-1)[place]
            assert np.abs(gap).max() <= 1e-6 * np.abs(values).max(), name
