"""Diagnosis, the search for mixed precision, and the whole way from photos to a kept form."""

import json

import numpy as np
import onnx
import pytest
from PIL import Image

from hairopt.convert.forms.float32 import float32_network
from hairopt.convert.forms.resolve import resolve
from hairopt.convert.passes.rewrite import QUANTIZED, rewrite
from hairopt.convert.quantization.calibration import calibration_json, observe
from hairopt.convert.quantization.diagnosis import diagnose
from hairopt.convert.quantization.mixed_search import search_mixed
from hairopt.convert.quantization.onnx_int8 import INT8_OPERATORS, Int8Settings, fold, to_int8
from hairopt.convert.quantization.stored import (
    keep_calibration,
    keep_float_layers,
    kept_calibration,
    kept_float_layers,
)
from hairopt.convert.quantize import Budget, photos_in, quantize
from hairopt.datasets import default_datasets, load_dataset
from hairopt.errors import ConfigError, DataError, ModelError
from hairopt.models.store import find_model
from tests.convert.passes.graphs import graph, network, node

pytestmark = pytest.mark.usefixtures("own_home")


def _photos(count, seed=0):
    return list(np.random.default_rng(seed).integers(0, 256, (count, 8, 8, 3), dtype=np.uint8))


@pytest.fixture
def chain():
    """Six convolutions in a row; the third has one channel that dwarfs the others."""
    rng = np.random.default_rng(0)
    weights = {f"w{i}": rng.normal(size=(4, 3 if i == 0 else 4, 1, 1)) for i in range(5)}
    weights["w2"][0] *= 1000
    weights["w3"][:, 0] /= 1000
    weights["w5"] = rng.normal(size=(1, 4, 1, 1))
    tensors = ["x", "a", "b", "c", "d", "e", "y"]
    nodes = [node("Conv", [tensors[i], f"w{i}"], [tensors[i + 1]]) for i in range(6)]
    constants = {name: value.astype(np.float32) for name, value in weights.items()}
    model = graph(nodes, constants, {"x": [1, 3, 8, 8]}, {"y": [1, 1, 8, 8]})
    net = network(model, height=8, width=8)
    observed = observe(fold(net.model), net.contract.input, _photos(4), INT8_OPERATORS)
    return net, observed.calibration("minmax")


def test_the_layer_that_loses_the_signal_is_found(chain):
    net, calibration = chain
    layers = diagnose(net, calibration, _photos(2, seed=1))
    assert [layer.name for layer in layers] == ["a", "b", "c", "d", "e", "y"]
    # One scale for a channel that is 1000 times larger: nothing is left of the others, and the
    # layer behind it is where that shows.
    assert max(layers, key=lambda layer: layer.lost_db).name == "d"
    assert all(layer.float32_ms >= 0 and layer.int8_ms >= 0 for layer in layers)


def test_a_layer_whose_clip_the_quantiser_drops_is_judged_by_what_it_clips_to():
    """Eight bits lose nothing of what lies within the limits, whatever lies beyond."""
    constants = {
        "w": np.float32([[[[50.0]], [[0.0]], [[0.0]]]]),
        "b": np.float32([-20.0]),
        "low": np.float32(0.0),
        "high": np.float32(1.0),
    }
    nodes = [node("Conv", ["x", "w", "b"], ["a"]), node("Clip", ["a", "low", "high"], ["y"])]
    model = graph(nodes, constants, {"x": [1, 3, 8, 8]}, {"y": [1, 1, 8, 8]})
    net = network(model, height=8, width=8)
    observed = observe(fold(net.model), net.contract.input, _photos(4), INT8_OPERATORS)
    (layer,) = diagnose(net, observed.calibration("minmax"), _photos(2, seed=1))
    assert layer.name == "a"
    assert layer.signal_db > 35


def test_float_layers_stay_float_and_unknown_ones_are_refused(chain):
    net, calibration = chain
    folded = fold(net.model)
    form = to_int8(folded, calibration, Int8Settings(False, float_layers=("c", "d")))
    made = {output: n for n in form.graph.node for output in n.output}
    assert made["d"].input[0] == "c"  # no conversion in between
    with pytest.raises(ConfigError, match="names 'nowhere'"):
        to_int8(folded, calibration, Int8Settings(False, float_layers=("nowhere",)))


class _Counting:
    """A judge for whom every layer in 8 bits costs 1 %."""

    def __init__(self, layers):
        self.layers = layers

    def iou(self, model: onnx.ModelProto) -> float:
        convs = [n for n in model.graph.node if n.op_type == "Conv"]
        dequantized = {
            o for n in model.graph.node if n.op_type == "DequantizeLinear" for o in n.output
        }
        return 0.8 * (1 - 0.01 * sum(n.input[1] in dequantized for n in convs))


@pytest.mark.parametrize(("target", "kept"), [(0.9, 0), (0.955, 2), (0.965, 3), (1.0, 6)])
def test_the_fewest_float_layers_that_reach_the_target(chain, target, kept):
    net, calibration = chain
    layers = diagnose(net, calibration, _photos(2))
    found = search_mixed(net, calibration, layers, _Counting(layers), target=target)
    assert found.reached
    assert len(found.best.float_layers) == kept
    ranked = sorted(layers, key=lambda layer: -layer.lost_db)
    assert found.best.float_layers == tuple(layer.name for layer in ranked[:kept])


def test_a_search_without_time_gives_the_best_it_saw(chain):
    net, calibration = chain
    layers = diagnose(net, calibration, _photos(2))
    seen = []
    found = search_mixed(
        net, calibration, layers, _Counting(layers),
        target=1.0, out_of_time=lambda: True, on_trial=seen.append,
    )  # fmt: skip
    assert (found.reached, found.out_of_time, len(seen)) == (False, True, 1)
    assert found.best == seen[0]


@pytest.fixture(scope="module")
def cases():
    """Heads with hair that the network finds; on a bald one a single pixel decides."""
    wanted = ("afro_black_front", "bob_pink_front", "bun_brown_back")
    found = {case.name: case for f in default_datasets() for case in load_dataset(f).cases}
    return [found[name] for name in wanted]


@pytest.fixture(scope="module")
def others():
    """Photos that the cases do not hold."""
    found = [case for folder in default_datasets() for case in load_dataset(folder).cases]
    return [case.read().image for case in found[-3:]]


def test_from_photos_to_a_form_that_variants_find(cases, others):
    result = quantize(
        "hairnet", "mixed", lambda: iter(others), cases[1:],
        Budget(target=0.5, methods=("minmax", "percentile")), few_photos=True,
    )  # fmt: skip
    record, path = find_model("hairnet")
    assert set(result.tried) == {"minmax", "percentile"}
    assert result.search is not None
    assert result.search.reached
    assert kept_calibration(record, own=True).photos == 3
    assert kept_float_layers(record) == result.search.best.float_layers
    assert resolve(record, path, formats=("onnx",), precision="mixed") == result.file
    assert result.file.coverage.int8["QLinearConv"] > 50


@pytest.mark.parametrize("precision", ["int8", "mixed"])
def test_nothing_is_said_where_float32_itself_finds_no_hair(precision, others, tmp_path):
    """A blank photo whose truth claims hair in a corner: 0 whatever this CPU rounds to."""
    corner = np.zeros((64, 64), np.uint8)
    corner[:4, :4] = 255
    for folder, picture in (("images", np.full((64, 64, 3), 128, np.uint8)), ("masks", corner)):
        (tmp_path / "blank" / folder).mkdir(parents=True)
        Image.fromarray(picture).save(tmp_path / "blank" / folder / "blank.png")
    blank = load_dataset(tmp_path / "blank").cases
    with pytest.raises(DataError, match="float32 network itself finds no hair"):
        quantize("hairnet", precision, lambda: iter(others), blank, few_photos=True)
    assert not (tmp_path / "home").exists()


def test_a_search_needs_a_float32_network_that_finds_hair(chain):
    net, calibration = chain

    class Blind:
        def iou(self, model):
            return 0.0

    with pytest.raises(DataError, match="finds no hair"):
        search_mixed(net, calibration, diagnose(net, calibration, _photos(1)), Blind())


@pytest.mark.parametrize(("count", "said"), [(1, r"got 1 photo;"), (5, "5 photos are too few")])
def test_too_few_photos_are_refused_and_nothing_is_kept(count, said, cases, tmp_path):
    with pytest.raises(DataError, match=said):
        quantize("hairnet", "int8", lambda: iter(_photos(count)), cases)
    assert not (tmp_path / "home").exists()


def test_photos_that_are_judged_with_cannot_calibrate(cases, tmp_path):
    mixed = [*_photos(2), cases[0].read().image]
    with pytest.raises(DataError, match="both the calibration and the evaluation set"):
        quantize("hairnet", "int8", lambda: iter(mixed), cases, few_photos=True)
    assert not (tmp_path / "home").exists()


def test_a_folder_without_photos_is_said(tmp_path):
    with pytest.raises(DataError, match="holds no photo"):
        photos_in(tmp_path)
    with pytest.raises(DataError, match="is no folder"):
        photos_in(tmp_path / "absent")


def test_kept_files_that_are_damaged_are_named():
    record, path = find_model("hairnet")
    ranges = keep_calibration(record, kept_calibration(record), float32_network(record, path))
    layers = keep_float_layers(record, (), kept_calibration(record))
    for text, words in (
        ("{", "line 1, column 2: it is no JSON"),
        ("[" * 50_000, "nested more than 100 deep"),
        ('{"calibration": 3, "float_layers": []}', "line 1: calibration = 3 is not valid"),
        ('{"calibration": "x"}', "the key 'float_layers' is missing"),
    ):
        layers.write_text(text)
        with pytest.raises(ModelError, match=rf"float-layers\.json.*{words}"):
            kept_float_layers(record)
    whole = json.loads(ranges.read_text())
    for change, words in (
        ({"ranges": 3}, "line 1: ranges = 3 is not valid; allowed is a table"),
        ({"ranges": {"a": [0]}}, r"ranges\.a"),
        ({"ranges": {"a": [0, "1"]}}, r"ranges\.a\[1\] = '1' is not valid"),
        ({"photos": 1e999}, "photos is inf|Infinity is no number"),
        ({"photos": None}, "photos = null is not valid; allowed is a whole number"),
    ):
        ranges.write_text(json.dumps(whole | change))
        with pytest.raises(ModelError, match=rf"ranges\.json.*{words}"):
            kept_calibration(record)


def test_shipped_ranges_fit_the_network_they_are_for():
    record, path = find_model("hairnet")
    ranges = kept_calibration(record)
    assert ranges is not None
    assert len(ranges.hashes) == ranges.photos >= 100
    net = rewrite(float32_network(record, path), QUANTIZED).network
    assert ranges.network == net.structure
    to_int8(fold(net.model), ranges, Int8Settings(reduce_range=True))
    assert calibration_json(ranges)
