"""Every operator that is written as TFLite gives in LiteRT what onnxruntime gives."""

import hashlib
import zipfile
from importlib.metadata import version

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from hairopt.convert.forms.resolve import resolve
from hairopt.convert.tflite.from_onnx import convert_onnx, tflite_bytes
from hairopt.convert.tflite.reader import read_tflite
from hairopt.convert.tflite.to_onnx import convert_tflite
from hairopt.errors import ModelError, UnavailableError
from hairopt.models.contract import Contract, InputContract, OutputContract
from hairopt.models.file_summary import summarize
from hairopt.models.store import find_model
from hairopt.runtimes import RUNTIMES
from hairopt.runtimes.protocol import RuntimeSettings
from tests.convert.run_both import run_litert, run_onnx

SIDE = 12


def network(*nodes, constants=(), side=SIDE):
    """An ONNX network from ``image`` (1, 3, side, side) to the output of its last node."""
    last = nodes[-1].output[0]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, side, side])
    answer = helper.make_tensor_value_info(last, TensorProto.FLOAT, None)
    initializers = [numpy_helper.from_array(value, name) for name, value in constants]
    graph = helper.make_graph(list(nodes), "graph", [image], [answer], initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def contract(output, channels=1, side=SIDE, **values):
    return Contract(
        input=InputContract(name="image", layout="NCHW", height=side, width=side),
        output=OutputContract(
            name=output, layout="NCHW", **{"kind": "sigmoid", "channels": channels, **values}
        ),
    )


def both(model, rng, side=SIDE):
    """The answers of onnxruntime and of LiteRT, NHWC."""
    name = model.graph.output[0].name
    data = tflite_bytes(model, "tiny", "CC0-1.0", contract(name, side=side))
    picture = rng.standard_normal((1, side, side, 3)).astype(np.float32)
    (wanted,) = run_onnx(model, picture)
    return wanted, run_litert(data, picture)[name]


def weights(rng, *shape):
    return rng.standard_normal(shape).astype(np.float32)


def equal(pair):
    wanted, got = pair
    assert got.shape == wanted.shape
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-5)


@settings(max_examples=30, deadline=None)
@given(
    kernel=st.sampled_from([(1, 1), (3, 3), (5, 3), (4, 4)]),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 3),
    pads=st.lists(st.integers(0, 4), min_size=4, max_size=4),
    side=st.integers(13, 18),
    depthwise=st.booleans(),
    active=st.booleans(),
)
def test_convolution(kernel, stride, dilation, pads, side, depthwise, active) -> None:
    rng = np.random.default_rng(3)
    outputs = 3 if depthwise else 5
    constants = [
        ("k", weights(rng, outputs, 1 if depthwise else 3, *kernel)),
        ("b", weights(rng, outputs)),
    ]
    convolution = helper.make_node(
        "Conv", ["image", "k", "b"], ["y"], strides=[stride] * 2, dilations=[dilation] * 2,
        pads=pads, group=3 if depthwise else 1,
    )  # fmt: skip
    nodes = [convolution, *([helper.make_node("Relu", ["y"], ["z"])] if active else [])]
    equal(both(network(*nodes, constants=constants, side=side), rng, side))


def test_convolution_without_a_bias(rng) -> None:
    node = helper.make_node("Conv", ["image", "k"], ["y"], pads=[1, 1, 1, 1])
    equal(both(network(node, constants=[("k", weights(rng, 4, 3, 3, 3))]), rng))


@pytest.mark.parametrize(
    "node",
    [
        helper.make_node("Sigmoid", ["image"], ["y"]),
        helper.make_node("Relu", ["image"], ["y"]),
        helper.make_node("HardSigmoid", ["image"], ["y"], alpha=0.3, beta=0.4),
        helper.make_node("GlobalAveragePool", ["image"], ["y"]),
        helper.make_node("MaxPool", ["image"], ["y"], kernel_shape=[2, 3], strides=[2, 2]),
        helper.make_node("Concat", ["image", "image"], ["y"], axis=1),
        helper.make_node("Add", ["image", "image"], ["y"]),
        helper.make_node("Mul", ["image", "scale"], ["y"]),
        helper.make_node("Clip", ["image", "zero", "six"], ["y"]),
        helper.make_node("Resize", ["image", "", "double"], ["y"], mode="linear"),
        helper.make_node("Resize", ["image", "", "", "to"], ["y"], mode="linear"),
        helper.make_node(
            "Resize", ["image", "", "double"], ["y"], mode="nearest", nearest_mode="floor",
            coordinate_transformation_mode="asymmetric",
        ),
    ],
    ids=lambda node: f"{node.op_type}-{len(node.input)}",
)  # fmt: skip
def test_operator(node, rng) -> None:
    constants = [
        ("scale", weights(rng, 1, 3, 1, 1)),
        ("zero", np.float32(0)),
        ("six", np.float32(6)),
        ("double", np.array([1, 1, 2, 2], np.float32)),
        ("to", np.array([1, 3, 7, 25], np.int64)),
    ]
    used = [pair for pair in constants if pair[0] in node.input]
    equal(both(network(node, constants=used), rng))


def test_a_relu_is_not_fused_where_its_input_is_read_again(rng) -> None:
    nodes = [
        helper.make_node("Add", ["image", "image"], ["sum"]),
        helper.make_node("Relu", ["sum"], ["positive"]),
        helper.make_node("Mul", ["sum", "positive"], ["y"]),
    ]
    equal(both(network(*nodes), rng))


def test_channels_become_pixels(rng) -> None:
    four = helper.make_node("Concat", ["image"] * 4, ["deep"], axis=1)
    shuffle = helper.make_node("DepthToSpace", ["deep"], ["y"], blocksize=2, mode="DCR")
    equal(both(network(four, shuffle), rng))


def test_a_channel_gate(rng) -> None:
    nodes = [
        helper.make_node("GlobalAveragePool", ["image"], ["mean"]),
        helper.make_node("HardSigmoid", ["mean"], ["gate"]),
        helper.make_node("Mul", ["image", "gate"], ["y"]),
    ]
    equal(both(network(*nodes), rng))


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        (helper.make_node("Sin", ["image"], ["y"]), "operator Sin"),
        (helper.make_node("Concat", ["image", "image"], ["y"], axis=2), "another axis"),
        (
            helper.make_node("MaxPool", ["image"], ["y"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
            "pooling with padding",
        ),
        (
            helper.make_node(
                "Resize", ["image", "", "double"], ["y"], mode="linear",
                coordinate_transformation_mode="align_corners",
            ),
            "align_corners",
        ),
    ],
)  # fmt: skip
def test_what_has_no_exact_counterpart_is_refused_by_name(node, reason) -> None:
    constants = [("double", np.array([1, 1, 2, 2], np.float32))] if "double" in node.input else []
    with pytest.raises(UnavailableError, match=reason):
        tflite_bytes(network(node, constants=constants), "tiny", "CC0-1.0", contract("y"))


def test_a_grouped_convolution_is_refused(rng) -> None:
    nodes = [
        helper.make_node("Concat", ["image", "image"], ["x"], axis=1),
        helper.make_node("Conv", ["x", "k"], ["y"], group=2),
    ]
    model = network(*nodes, constants=[("k", weights(rng, 4, 3, 1, 1))])
    with pytest.raises(UnavailableError, match="in 2 groups"):
        tflite_bytes(model, "tiny", "CC0-1.0", contract("y", 4))


def test_a_file_that_is_no_onnx_is_named(tmp_path) -> None:
    record, _ = find_model("hairnet")
    path = tmp_path / "damaged.onnx"
    path.write_bytes(b"no network")
    with pytest.raises(ModelError, match=r"damaged\.onnx"):
        convert_onnx(path, record)


@pytest.fixture(scope="module")
def files():
    """The file of the bundled network for each runtime."""
    record, path = find_model("hairnet")
    return {
        name: resolve(record, path, formats=RUNTIMES.get(name).formats, precision="float32")
        for name in ("onnxruntime", "litert", "mediapipe")
    }


class TestHairnet:
    """The bundled network in its bundled TFLite form."""

    @pytest.mark.skipif(
        [int(part) for part in version("flatbuffers").split(".")[:2]] < [25, 12],
        reason="earlier flatbuffers share tables differently",
    )
    def test_the_shipped_file_is_what_the_writer_writes(self, files) -> None:
        record, path = find_model("hairnet")
        assert files["litert"].path.parent == path.parent
        assert files["litert"].path.read_bytes() == convert_onnx(path, record)

    def test_three_runtimes_give_the_same_masks(self, files, starter) -> None:
        image = starter.case("astronaut").read().image
        masks = {}
        for name, file in files.items():
            segmenter = RUNTIMES.get(name).load(file, RuntimeSettings())
            masks[name] = segmenter(image)
            segmenter.close()
        assert masks["onnxruntime"].max() > 0.9
        np.testing.assert_allclose(masks["litert"], masks["onnxruntime"], atol=2e-5)
        np.testing.assert_allclose(masks["mediapipe"], masks["onnxruntime"], atol=2e-5)

    def test_it_carries_metadata_and_its_label(self, files) -> None:
        path = files["mediapipe"].path
        assert summarize(path).mediapipe_metadata
        with zipfile.ZipFile(path) as labels:
            assert labels.read("labels.txt") == b"hair\n"

    def test_our_own_reader_takes_it_back_to_onnx(self, files, rng) -> None:
        graph = read_tflite(files["litert"].path)
        assert {step.kind for step in graph.operators} <= {
            "ADD", "CONV_2D", "LOGISTIC", "MEAN", "MUL", "PAD", "RESIZE_BILINEAR",
        }  # fmt: skip
        back = convert_tflite(files["litert"].path)
        picture = rng.random((1, 288, 288, 3), np.float32)
        (wanted,) = run_onnx(onnx.load(str(files["onnxruntime"].path)), picture)
        (got,) = run_onnx(back, picture)
        np.testing.assert_allclose(got, wanted, atol=2e-5)


def test_an_added_network_is_written_once_and_kept(tmp_path, rng) -> None:
    path = tmp_path / "net.onnx"
    node = helper.make_node("Sigmoid", ["image"], ["y"])
    model = onnx.shape_inference.infer_shapes(network(node))
    path.write_bytes(model.SerializeToString())
    record, _ = find_model("hairnet")
    own = record.model_copy(
        update={
            "name": "own", "origin": "added", "contract": contract("y", 3, kind="softmax"),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
    )  # fmt: skip
    first = resolve(own, path, formats=("tflite",), precision="float32", cache_dir=tmp_path)
    written = first.path.stat().st_mtime_ns
    again = resolve(own, path, formats=("tflite",), precision="float32", cache_dir=tmp_path)
    assert first == again
    assert again.path.stat().st_mtime_ns == written
    assert first.format == "tflite"
    assert first.contract.input.layout == "NHWC"
