"""What runtimes tell of a network they run, held against what can be read elsewhere."""

from collections import Counter

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from hairopt.convert.forms.resolve import resolve
from hairopt.convert.passes.editor import operator_counts
from hairopt.models.store import find_model
from hairopt.runtimes import RUNTIMES
from hairopt.runtimes.execution import Execution, counted, execution_of
from hairopt.runtimes.onnx_session import NodeTime, optimized
from hairopt.runtimes.onnxruntime_runtime import _numbers
from hairopt.runtimes.protocol import RuntimeSettings

LAYOUT = {"ReorderInput", "ReorderOutput"}


def _form(precision, runtime="onnxruntime"):
    formats = RUNTIMES.get(runtime).formats
    return resolve(*find_model("hairnet"), formats=formats, precision=precision)


def _execution(file, runtime="onnxruntime", **settings):
    found = execution_of(RUNTIMES.get(runtime), file, RuntimeSettings(**settings))
    assert found is not None
    return found


def _all(execution):
    """Every operator that was counted, whatever it computes with."""
    return sum(map(Counter, [*execution.operators.values(), execution.conversions]), Counter())


class TestOnnxRuntime:
    @pytest.mark.parametrize("precision", ["float32", "float16", "int8"])
    def test_the_operators_are_those_of_the_optimised_graph(self, precision):
        file = _form(precision)
        graph = optimized(onnx.load(file.path), "all")
        assert _all(_execution(file)) == Counter(operator_counts(graph))

    def test_float16_is_what_the_weights_of_the_optimised_graph_are(self):
        """Without kernels for it onnxruntime makes float32 of them, whatever the CPU has."""
        file = _form("float16")
        assert {w.data_type for w in onnx.load(file.path).graph.initializer} == {
            TensorProto.FLOAT16
        }
        loaded = {w.data_type for w in optimized(onnx.load(file.path), "all").graph.initializer}
        expected = {TensorProto.FLOAT: "float32", TensorProto.FLOAT16: "float16"}
        assert set(_execution(file).operators) == {expected[kind] for kind in loaded}

    def test_in_8_bits_are_the_kernels_of_8_bits(self):
        found = _execution(_form("int8")).operators
        assert found["int8"]["QLinearConv"] == 63
        assert "Sigmoid" in found["float32"]
        assert not any(kind.startswith("QLinear") for kind in found["float32"])

    def test_settings_are_those_of_the_variant(self):
        plain = _execution(_form("float32"), graph_optimization="none")
        assert plain.operators["float32"]["Relu"] > 50, "nothing is fused"
        assert not LAYOUT & set(plain.conversions)
        assert LAYOUT & set(_execution(_form("float32")).conversions)

    @pytest.mark.parametrize(
        ("taken", "given", "numbers"),
        [
            (("float",), ("float16",), "float16"),
            (("uint8", "float"), ("int8",), "int8"),
            (("float",), ("int64",), "float32"),
            (("uint8", "int8"), ("int32",), "int8"),
            (("int64",), ("int64",), None),
            ((), (), None),
        ],
    )
    def test_numbers_are_those_that_are_given_else_those_that_are_taken(
        self, taken, given, numbers
    ):
        assert _numbers(NodeTime("n", "Any", 1.0, taken, given)) == numbers


class TestOpenVino:
    @pytest.mark.parametrize("precision", ["float32", "float16", "int8"])
    def test_convolutions_compute_with_what_openvino_says_it_infers_with(self, precision):
        openvino = pytest.importorskip("openvino")
        file = _form(precision)
        found = _execution(file, "openvino").operators
        core = openvino.Core()
        hint = {"float16": "f16"}.get(precision, "f32")
        compiled = core.compile_model(
            core.read_model(str(file.path)), "CPU", {"INFERENCE_PRECISION_HINT": hint}
        )
        asked = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        kinds = {"f32": "float32", "f16": "float16", "bf16": "bfloat16"}
        numbers = "int8" if precision == "int8" else kinds[asked]
        assert {kind for kind in found if "Convolution" in found[kind]} == {numbers}
        assert found[numbers]["Convolution"] == 63


class TestLiteRt:
    @pytest.mark.parametrize("precision", ["float32", "int8"])
    def test_the_operators_are_those_of_the_file(self, precision):
        pytest.importorskip("ai_edge_litert")
        file = _form(precision, "litert")
        found = _execution(file, "litert")
        assert found.observed == "loaded"
        assert sum(found.conversions.values()) == {"float32": 0, "int8": 4}[precision]
        if file.coverage is None:
            assert set(found.operators) == {"float32"}
            assert found.operators["float32"]["CONV_2D"] == 63
        else:
            assert found.operators == {
                "int8": file.coverage.int8, "float32": file.coverage.float32
            }  # fmt: skip


class TestWhatCannotBeReadOff:
    def test_mediapipe_does_not_tell(self):
        file = _form("float32", "mediapipe")
        assert execution_of(RUNTIMES.get("mediapipe"), file, RuntimeSettings()) is None

    @pytest.mark.parametrize(
        "answer", [AttributeError("gone in the next version"), counted("ran", [])]
    )
    def test_a_runtime_that_fails_at_it_or_sees_nothing_does_not_tell(self, answer):
        class Plugin:
            name, formats = "plug-in", ("onnx",)
            check = version = load = None

            def execution(self, file, settings):
                if isinstance(answer, Exception):
                    raise answer
                return answer

        assert execution_of(Plugin(), _form("float32"), RuntimeSettings()) is None


def test_conversions_and_what_only_handles_shapes_are_told_apart():
    found = counted(
        "ran",
        [("Conv", "float32"), ("Cast", "float32"), ("Gather", None), ("Conv", "float16"),
         ("Conv", "float32"), ("Relu", "float32")],
    )  # fmt: skip
    assert found == Execution(
        observed="ran",
        operators={"float32": {"Conv": 2, "Relu": 1}, "float16": {"Conv": 1}},
        conversions={"Cast": 1},
    )
    assert (found.numbers, found.total) == ({"float32": 3, "float16": 1}, 4)


def test_asking_leaves_the_loaded_network_as_it_was():
    from hairopt.stages.segment import load_network

    photo = np.random.default_rng(0).integers(0, 256, (90, 70, 3), dtype=np.uint8)
    segmenter = load_network(
        runtime="onnxruntime", model="hairnet", precision="int8", input_size=None, threads=1
    )
    before = segmenter(photo)
    assert segmenter.execution().operators["int8"]["QLinearConv"] == 63
    assert np.array_equal(segmenter(photo), before)
    segmenter.close()
