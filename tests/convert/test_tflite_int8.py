"""Networks in 8 bits for LiteRT, against the same networks in float32, run by LiteRT itself."""

import numpy as np
import pytest

from hairopt.convert.forms.resolve import resolve
from hairopt.convert.passes.protocol import Network
from hairopt.convert.passes.rewrite import QUANTIZED, rewrite
from hairopt.convert.quantization.calibration import observe
from hairopt.convert.quantization.onnx_int8 import INT8_OPERATORS, fold
from hairopt.convert.quantization.stored import keep_calibration, kept_calibration
from hairopt.convert.quantization.tflite_int8 import quantise
from hairopt.convert.tflite.writer import TfliteNetwork
from hairopt.errors import ConfigError, UnavailableError
from hairopt.metrics.mask import iou
from hairopt.models.add import add
from hairopt.models.file_summary import summarize
from hairopt.models.store import find_model
from hairopt.runtimes import RUNTIMES
from hairopt.runtimes.protocol import RuntimeSettings
from tests.convert.own_network import own_network, write_network
from tests.convert.run_both import run_litert

SHAPE = (1, 8, 8, 4)
VALID, NO_ACTIVATION, RELU = 1, 0, 1
_int = np.int32
CONV = [(0, "int8", VALID), (1, "int32", 1), (2, "int32", 1)]


def _conv(net, source, weights, bias, shape, activation=NO_ACTIVATION):
    output = net.tensor("y", shape)
    inputs = [source, net.constant("w", weights), net.constant("b", bias)]
    dilation = [(4, "int32", 1), (5, "int32", 1)]
    net.step("CONV_2D", inputs, output, *CONV, (3, "int8", activation), *dilation)
    return output


def _depthwise(net, source, rng):
    output = net.tensor("y", (1, 6, 6, 4))
    weights = rng.standard_normal((1, 3, 3, 4)).astype(np.float32) * np.float32([1, 10, 0.1, 5])
    inputs = [source, net.constant("w", weights), net.constant("b", np.zeros(4, np.float32))]
    options = [*CONV, (3, "int32", 1), (4, "int8", RELU), (5, "int32", 1), (6, "int32", 1)]
    net.step("DEPTHWISE_CONV_2D", inputs, output, *options)
    return output


def _step(kind, shape, *options, constant=None, twice=False):
    def build(net, source, rng):
        inputs = [source] + ([source] if twice else [])
        if constant is not None:
            inputs.append(net.constant("c", constant))
        output = net.tensor("y", shape)
        net.step(kind, inputs, output, *options)
        return output

    return build


POOL = [(0, "int8", VALID), *((i, "int32", 2) for i in range(1, 5)), (5, "int8", NO_ACTIVATION)]
BUILDERS = {
    "conv": lambda net, x, rng: _conv(
        net, x, rng.standard_normal((5, 1, 1, 4)).astype(np.float32),
        rng.standard_normal(5).astype(np.float32), (1, 8, 8, 5), RELU,
    ),
    "depthwise": _depthwise,
    "add": _step("ADD", SHAPE, (0, "int8", NO_ACTIVATION), twice=True),
    "scale": _step("MUL", SHAPE, (0, "int8", 0), constant=np.float32([1, -2, 0.5, 3])),
    "concat": _step("CONCATENATION", (1, 8, 8, 8), (0, "int32", 3), (1, "int8", 0), twice=True),
    "pool": _step("MAX_POOL_2D", (1, 4, 4, 4), *POOL),
    "mean": _step("MEAN", (1, 1, 1, 4), (0, "bool", True), constant=np.array([1, 2], _int)),
    "pad": _step("PAD", (1, 10, 10, 4), constant=np.array([[0, 0], [1, 1], [1, 1], [0, 0]], _int)),
    "pixels": _step("DEPTH_TO_SPACE", (1, 16, 16, 1), (0, "int32", 2)),
    "relu": _step("RELU", SHAPE),
    "relu6": _step("RELU6", SHAPE),
    "bilinear": _step(
        "RESIZE_BILINEAR", (1, 16, 16, 4), (2, "bool", False), (3, "bool", True),
        constant=np.array([16, 16], _int),
    ),
    "nearest": _step(
        "RESIZE_NEAREST_NEIGHBOR", (1, 16, 16, 4), (0, "bool", False), (1, "bool", False),
        constant=np.array([16, 16], _int),
    ),
}  # fmt: skip


def _network(build, rng):
    net = TfliteNetwork()
    source = net.tensor("x", SHAPE)
    return net, source, build(net, source, rng)


def _ranges(net, source, picture):
    computed = [step.output for step in net.steps]
    found = run_litert(net.write([source], computed, {}), picture) | {"x": picture}
    return {name: (float(v.min()), float(v.max())) for name, v in found.items()}


@pytest.mark.parametrize("kind", BUILDERS)
def test_every_operator_in_8_bits_gives_what_float32_gives_but_for_steps(kind, rng):
    net, source, output = _network(BUILDERS[kind], rng)
    picture = rng.standard_normal(SHAPE).astype(np.float32) * 3
    ranges = _ranges(net, source, picture)
    wanted = run_litert(net.write([source], [output], {}), picture)["y"]

    small, fed, read = quantise(net, ranges, [source], output)
    got = run_litert(small.write(fed, [read], {}), picture)["y"]

    assert [step.kind for step in small.steps] == ["QUANTIZE", net.steps[0].kind, "DEQUANTIZE"]
    assert got.dtype == np.float32
    noise = np.square(got - wanted).mean()
    assert noise > 0, "8 bits that lose nothing are none"
    assert 10 * np.log10(np.square(wanted).mean() / noise) > 30
    steps = (max(ranges["y"][1], 0) - min(ranges["y"][0], 0)) / 255
    assert np.abs(got - wanted).max() < 8 * steps


def test_weights_and_biases_by_hand():
    """A range of -1..1.55 has steps of 0.01; weights up to 1.27 too, so the bias's are 0.0001."""
    net = TfliteNetwork()
    source = net.tensor("x", (1, 1, 1, 1))
    weights = np.float32([1.27, -0.635, 0.0]).reshape(3, 1, 1, 1)
    output = _conv(net, source, weights, np.float32([0.5, -0.5, 0.25]), (1, 1, 1, 3))
    small, _, _ = quantise(net, {"x": (-1.0, 1.55), "y": (-2.55, 0.0)}, [source], output)
    by_name = {tensor.name: tensor for tensor in small.tensors}

    entry, kernel, bias = (by_name[name] for name in ("x/int8", "w/int8", "b/int32"))
    assert entry.affine.scale == pytest.approx([0.01])
    assert entry.affine.zero_point == (-28,)
    assert by_name["y/int8"].affine.zero_point == (127,)
    assert kernel.value.ravel().tolist() == [127, -127, 0]
    assert kernel.affine.scale[:2] == pytest.approx([0.01, 0.005])
    assert bias.value.tolist()[:2] == [5000, -10000]
    # The empty channel's bias still fits and means what it meant.
    assert bias.value[2] * bias.affine.scale[2] == pytest.approx(0.25, rel=1e-6)
    assert abs(int(bias.value[2])) <= 2**30


def test_what_is_moved_keeps_its_scale_and_zero_is_exact():
    net = TfliteNetwork()
    source = net.tensor("x", SHAPE)
    padded = net.tensor("padded", (1, 10, 10, 4))
    pads = net.constant("pads", np.array([[0, 0], [1, 1], [1, 1], [0, 0]], _int))
    net.step("PAD", [source, pads], padded)
    small, fed, read = quantise(net, {"x": (2.0, 7.0)}, [source], padded)
    scales = {tensor.name: tensor.affine for tensor in small.tensors if tensor.affine}
    assert scales["x/int8"] == scales["padded/int8"]  # whose range nobody has told
    got = run_litert(small.write(fed, [read], {}), np.full(SHAPE, 5, np.float32))["padded"]
    assert (got[0, 0] == 0).all()


def test_what_has_no_range_or_is_asked_to_stay_is_float32(rng):
    net, source, middle = _network(BUILDERS["add"], rng)
    last = net.tensor("z", SHAPE)
    net.step("RELU", [middle], last)
    known = {"x": (-9.0, 9.0), "y": (-18.0, 18.0)}
    kinds = [step.kind for step in quantise(net, known, [source], last)[0].steps]
    assert kinds == ["QUANTIZE", "ADD", "DEQUANTIZE", "RELU"]
    kept = quantise(net, known | {"z": (0.0, 18.0)}, [source], last, [middle])[0]
    assert [step.kind for step in kept.steps] == ["ADD", "QUANTIZE", "RELU", "DEQUANTIZE"]


@pytest.fixture(scope="module")
def forms(tmp_path_factory):
    """The bundled network in float32 and in int8."""
    found, cache = find_model("hairnet"), tmp_path_factory.mktemp("forms")
    return [
        resolve(*found, formats=("tflite",), precision=precision, cache_dir=cache)
        for precision in ("float32", "int8")
    ]


class TestHairnet:
    """The bundled network with the calibration of the package."""

    @pytest.mark.parametrize("runtime", ["litert", "mediapipe"])
    def test_the_masks_stay(self, runtime, forms, starter):
        loaded = [RUNTIMES.get(runtime).load(file, RuntimeSettings()) for file in forms]
        for name in ("astronaut", "grace_hopper"):
            wanted, got = (segmenter(starter.case(name).read().image) for segmenter in loaded)
            assert iou(got > 0.5, wanted > 0.5) > 0.98
            assert 0 < np.abs(got - wanted).mean() < 0.01
        for segmenter in loaded:
            segmenter.close()

    def test_it_is_a_third_as_large_and_all_convolutions_are_int8(self, forms):
        wide, small = forms
        record, path = find_model("hairnet")
        assert small.path.stat().st_size < wide.path.stat().st_size / 2.5
        assert small.coverage.int8["CONV_2D"] == summarize(path).operators["Conv"]
        assert "CONV_2D" not in small.coverage.float32
        assert small.coverage.conversions_left == 4
        assert summarize(small.path).mediapipe_metadata
        known = kept_calibration(record)
        assert f"{known.method}, calibration {known.fingerprint[:12]}" in small.derivation


class TestOwn:
    """A network of the user's."""

    @pytest.fixture(autouse=True)
    def own(self, tmp_path, monkeypatch):
        monkeypatch.setenv("HAIROPT_HOME", str(tmp_path / "home"))
        add(write_network(tmp_path / "own.onnx", own_network()))

    def _form(self, precision="int8", **given):
        return resolve(*find_model("own"), formats=("tflite",), precision=precision, **given)

    def _photos(self, seed):
        shape = (4, 40, 40, 3)
        return lambda: iter(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8))

    def test_without_calibration_there_is_none(self):
        with pytest.raises(UnavailableError, match="needs photos to calibrate") as caught:
            self._form()
        assert "hairopt models quantize own" in caught.value.fix

    def test_what_was_kept_is_used_and_another_calibration_makes_another_file(self):
        record, path = find_model("own")
        entry = record.contract.input
        import onnx

        plain = Network(onnx.load(path), record.contract)
        network, folded = rewrite(plain, QUANTIZED).network, fold(plain.model)
        files = []
        for seed in (1, 2):
            found = observe(folded, entry, self._photos(seed)(), INT8_OPERATORS)
            keep_calibration(record, found.calibration("minmax"), network)
            files.append(self._form())
        assert files[0].path != files[1].path
        assert self._form() == files[1]

    def test_layers_that_stay_float_are_named_as_in_onnx(self):
        given = {"calibration": self._photos(1), "method": "minmax"}
        mixed = self._form("mixed", float_layers=["y"], **given)
        assert mixed.coverage.int8 == mixed.coverage.float32 == {"CONV_2D": 1}
        with pytest.raises(ConfigError, match="'nowhere', which is no layer"):
            self._form("mixed", float_layers=["nowhere"], **given)
