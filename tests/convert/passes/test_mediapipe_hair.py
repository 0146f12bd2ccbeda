"""Each rewrite of MediaPipe's hair network on real photos: only near-ties of pooling differ."""

import cv2
import numpy as np
import pytest

from hairopt.convert.passes import PASSES
from hairopt.convert.passes.protocol import Network
from hairopt.convert.passes.rewrite import TRIMMED, best_passes, rewrite
from hairopt.convert.tflite.to_onnx import convert_tflite, converted_contract
from hairopt.models.records import shipped_records
from hairopt.models.tensors import prepare, read_mask
from hairopt.runtimes.onnx_session import open_session

pytestmark = pytest.mark.shared

CLOSE = 1e-4
SAME_ARITHMETIC = 2e-5
"""What float32 sums in another order come to, where all maxima are found at the same places."""

FEW = 2e-3
"""Share of pixels of a photo that may differ by more than CLOSE; a fifth in the mean of photos."""


@pytest.fixture(scope="module")
def photos(shared_dir):
    paths = sorted((shared_dir / "data" / "figaro_dev" / "images").iterdir())[::21]
    return [cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB) for path in paths]


@pytest.fixture(scope="module")
def original(shared_dir):
    contract = converted_contract(shipped_records()["mediapipe-hair"].contract)
    return Network(convert_tflite(shared_dir / "models" / "hair_segmenter.tflite"), contract)


def _masks(network, photos):
    session = open_session(network.model)
    entry, answer = network.contract.input, network.contract.output
    return [
        read_mask(session.run(None, {entry.name: prepare(photo, entry)})[0], answer)
        for photo in photos
    ]


@pytest.fixture(scope="module")
def expected(original, photos):
    return _masks(original, photos)


def test_unpool_is_exact_to_the_last_bit(original, photos, expected):
    after = PASSES["unpool"].apply(original)
    for found, wanted in zip(_masks(after, photos), expected, strict=True):
        np.testing.assert_array_equal(found, wanted)


# The network has nothing to trim, and no convolution to one channel that could be split.
APPLIED = [name for name in PASSES if name not in TRIMMED]


@pytest.mark.parametrize("last", APPLIED)
def test_masks_stay_equal_after_every_pass(last, original, photos, expected):
    names = APPLIED[: APPLIED.index(last) + 1]
    after = rewrite(original, names)
    assert after.applied == tuple(names)
    far, flipped = [], 0
    for found, wanted in zip(_masks(after.network, photos), expected, strict=True):
        flipped += np.count_nonzero((found > 0.5) != (wanted > 0.5))
        far.append((np.abs(found - wanted) > CLOSE).mean())
    assert flipped <= 2  # of two million
    assert max(far) <= FEW
    assert np.mean(far) <= FEW / 5


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_given_the_same_maxima_nothing_is_left_but_rounding(runtime, original, photos, expected):
    """So every larger difference is a window whose two largest values differ in the last bits."""
    shown, wins = _showing_wins(PASSES["unpool"].apply(original).model)
    best = rewrite(original, best_passes(runtime)).network
    fed = _fed_with(best.model, wins)
    entry, answer = best.contract.input, best.contract.output
    for photo, wanted in zip(photos, expected, strict=True):
        given = shown.run(wins, {entry.name: prepare(photo, original.contract.input)})
        # The best form is upright, the converted network transposed.
        feeds = {name: value.swapaxes(2, 3) for name, value in zip(wins, given, strict=True)}
        output = fed.run(None, {entry.name: prepare(photo, entry), **feeds})[0]
        assert np.abs(read_mask(output, answer) - wanted).max() < SAME_ARITHMETIC


def _showing_wins(model):
    """The network with the outcome of every match of its pooling as further outputs."""
    wins = [out for node in model.graph.node for out in node.output if out.endswith("_wins")]
    assert len(wins) == 9
    known = {value.name: value for value in model.graph.value_info}
    model.graph.output.extend(known[name] for name in wins)
    return open_session(model), wins


def _fed_with(model, wins):
    """The network with those outcomes as inputs."""
    known = {value.name: value for value in model.graph.value_info}
    kept = [node for node in model.graph.node if not set(node.output) & set(wins)]
    del model.graph.node[:]
    model.graph.node.extend(kept)
    model.graph.input.extend(known[name] for name in wins)
    return open_session(model)


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_the_best_form_is_made_of_operators_every_runtime_has(runtime, original):
    model = rewrite(original, best_passes(runtime)).network.model
    kinds = {node.op_type for node in model.graph.node}
    assert not kinds & {"PRelu", "MaxUnpool", "ConvTranspose"}
