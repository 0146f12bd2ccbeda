"""Every rewrite on small networks: equal where it applies, silent where it would not be exact."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hairopt.convert.passes import PASSES
from hairopt.convert.passes.editor import operator_counts
from hairopt.convert.passes.rewrite import (
    TRIMMED,
    best_passes,
    check_passes,
    rewrite,
    wanted_passes,
)
from hairopt.errors import ConfigError
from tests.convert.passes.graphs import graph, kinds, mask, network, node, run

SUMS = 2e-5
"""Rounding of float32 sums of values around 1."""


def _random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def _photo(height, width):
    return np.random.default_rng(5).integers(0, 256, (height, width, 3), dtype=np.uint8)


def _pooling(**pool):
    given = {"kernel_shape": [2, 2], "strides": [2, 2], **pool}
    nodes = [
        node("MaxPool", ["x"], ["m", "i"], **given),
        node("Mul", ["m", "k"], ["v"]),
        node("MaxUnpool", ["v", "i"], ["y"], kernel_shape=[2, 2], strides=[2, 2]),
    ]
    shape = [1, 3, 4, 6]
    return network(
        graph(nodes, {"k": _random(1, 3, 2, 3)}, {"x": shape}, {"y": shape}), height=4, width=6
    )


@settings(max_examples=60, deadline=None)
@given(arrays(np.float32, (1, 3, 4, 6), elements=st.sampled_from([-1.0, 0.0, 0.5, 2.0])))
def test_unpool_puts_every_value_where_the_first_of_equal_maxima_was(x):
    before = _pooling()
    after = PASSES["unpool"].apply(before)
    assert not kinds(after.model) & {"MaxPool", "MaxUnpool"}
    np.testing.assert_array_equal(run(after.model, x=x)[0], run(before.model, x=x)[0])


def test_unpool_by_hand():
    """One window with two equal maxima: the first in reading order gets the value."""
    shape = [1, 1, 2, 2]
    nodes = [
        node("MaxPool", ["x"], ["m", "i"], kernel_shape=[2, 2], strides=[2, 2]),
        node("MaxUnpool", ["m", "i"], ["y"], kernel_shape=[2, 2], strides=[2, 2]),
    ]
    before = network(graph(nodes, {}, {"x": shape}, {"y": shape}), height=2, width=2)
    x = np.array([[1, 7], [7, 7]], np.float32)[None, None]
    expected = np.array([[0, 7], [0, 0]], np.float32)[None, None]
    after = PASSES["unpool"].apply(before)
    np.testing.assert_array_equal(run(after.model, x=x)[0], expected)


def test_unpool_leaves_other_windows_alone():
    nodes = [
        node("MaxPool", ["x"], ["m", "i"], kernel_shape=[3, 3], strides=[3, 3]),
        node("MaxUnpool", ["m", "i"], ["y"], kernel_shape=[3, 3], strides=[3, 3]),
    ]
    shape = [1, 2, 6, 6]
    net = network(graph(nodes, {}, {"x": shape}, {"y": shape}), height=6, width=6)
    assert PASSES["unpool"].apply(net) is None


def _prelu(slopes):
    shape = [1, 5, 3, 4]
    model = graph([node("PRelu", ["x", "a"], ["y"])], {"a": slopes}, {"x": shape}, {"y": shape})
    return network(model, height=3, width=4)


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.float32, (5, 1, 1), elements=st.floats(-4, 4, width=32)),
    arrays(np.float32, (1, 5, 3, 4), elements=st.floats(-100, 100, width=32)),
)
def test_prelu_terms_hold_for_any_slope(slopes, x):
    before = _prelu(slopes)
    after = PASSES["prelu"].apply(before)
    assert "PRelu" not in kinds(after.model)
    expected = np.where(x >= 0, x, x * slopes)
    # One rounding of 1 - a and two of the sum.
    np.testing.assert_allclose(run(after.model, x=x)[0], expected, rtol=0, atol=1e-4)


def test_equal_slopes_become_a_leaky_relu():
    after = PASSES["prelu"].apply(_prelu(np.full((5, 1, 1), 0.25, np.float32)))
    assert kinds(after.model) == {"LeakyRelu"}
    x = _random(1, 5, 3, 4)
    np.testing.assert_array_equal(run(after.model, x=x)[0], np.where(x >= 0, x, x * 0.25))


def test_slopes_per_pixel_are_left_alone():
    assert PASSES["prelu"].apply(_prelu(_random(5, 3, 4))) is None


def _two_logits(tail=(), kind="logits", hair=1):
    nodes = [node("Conv", ["x", "w", "b"], ["z" if tail else "y"]), *tail]
    constants = {"w": _random(2, 3, 1, 1), "b": _random(2, seed=1)}
    model = graph(nodes, constants, {"x": [1, 3, 4, 6]}, {"y": [1, 2, 4, 6]})
    return network(model, height=4, width=6, channels=2, hair=hair, kind=kind)


@pytest.mark.parametrize("hair", [0, 1])
@pytest.mark.parametrize("kind", ["logits", "softmax"])
def test_two_classes_become_one_sigmoid(kind, hair):
    tail = [node("Softmax", ["z"], ["y"], axis=1)] if kind == "softmax" else []
    before = _two_logits(tail, kind, hair)
    after = PASSES["one-logit"].apply(before)
    assert (after.contract.output.kind, after.contract.output.channels) == ("sigmoid", 1)
    assert operator_counts(after.model) == {"Conv": 1, "Sigmoid": 1}
    photo = _photo(4, 6)
    np.testing.assert_allclose(mask(after, photo), mask(before, photo), atol=SUMS)


def test_one_logit_looks_through_a_resize_but_not_through_an_activation():
    scales = np.array([1, 1, 2, 2], np.float32)
    nodes = [
        node("Conv", ["x", "w"], ["z"]),
        node("Resize", ["z", "", "s"], ["y"], mode="linear"),
    ]
    constants = {"w": _random(2, 3, 1, 1), "s": scales}
    model = graph(nodes, constants, {"x": [1, 3, 4, 6]}, {"y": [1, 2, 8, 12]})
    before = network(model, height=4, width=6, channels=2, hair=1)
    photo = _photo(4, 6)
    after = PASSES["one-logit"].apply(before)
    np.testing.assert_allclose(mask(after, photo), mask(before, photo), atol=SUMS)
    assert PASSES["one-logit"].apply(_two_logits([node("Relu", ["z"], ["y"])])) is None


def test_an_empty_channel_and_its_weights_go():
    model = graph(
        [node("Conv", ["x", "w"], ["y"])], {"w": _random(1, 4, 1, 1)},
        {"x": [1, 4, 4, 6]}, {"y": [1, 1, 4, 6]},
    )  # fmt: skip
    before = network(model, height=4, width=6, extra=1)
    after = PASSES["empty-channel"].apply(before)
    assert after.contract.input.extra_channels == 0
    np.testing.assert_array_equal(mask(after, _photo(4, 6)), mask(before, _photo(4, 6)))


def test_an_empty_channel_that_is_read_otherwise_stays():
    model = graph([node("Relu", ["x"], ["y"])], {}, {"x": [1, 4, 4, 6]}, {"y": [1, 4, 4, 6]})
    assert PASSES["empty-channel"].apply(network(model, height=4, width=6, extra=1)) is None


def _normalised(pads, mean):
    size = 6 if any(pads) else 4
    model = graph(
        [node("Conv", ["x", "w", "b"], ["y"], pads=pads)],
        {"w": _random(1, 3, 3, 3), "b": _random(1)}, {"x": [1, 3, 6, 6]}, {"y": [1, 1, size, size]},
    )  # fmt: skip
    return network(model, height=6, width=6, mean=(mean,) * 3, std=(0.2, 0.3, 0.4))


@pytest.mark.parametrize(("pads", "mean"), [([0] * 4, 0.5), ([1] * 4, 0.0)])
def test_normalisation_goes_into_the_first_convolution(pads, mean):
    before = _normalised(pads, mean)
    after = PASSES["pixel-input"].apply(before)
    assert after.contract.input.dtype == "uint8"
    photo = _photo(6, 6)
    np.testing.assert_allclose(mask(after, photo), mask(before, photo), atol=SUMS)


def test_padding_that_a_mean_would_change_stops_the_pass():
    assert PASSES["pixel-input"].apply(_normalised([1] * 4, 0.5)) is None


@pytest.mark.parametrize(("kernel", "pads"), [(2, [0] * 4), (3, [0, 0, 1, 1])])
def test_a_transposed_convolution_is_a_convolution_to_phases(kernel, pads):
    nodes = [node("ConvTranspose", ["x", "w", "b"], ["y"], strides=[2, 2], pads=pads)]
    constants = {"w": _random(3, 2, kernel, kernel), "b": _random(2)}
    model = graph(nodes, constants, {"x": [1, 3, 5, 4]}, {"y": [1, 2, 10, 8]})
    before = network(model, height=5, width=4, channels=2)
    after = PASSES["subpixel"].apply(before)
    x = _random(1, 3, 5, 4, seed=2)
    np.testing.assert_allclose(run(after.model, x=x)[0], run(before.model, x=x)[0], atol=SUMS)


def test_two_transposed_convolutions_share_one_depth_to_space():
    nodes = [
        node("ConvTranspose", ["x", "w", "b"], ["a"], strides=[2, 2]),
        node("PRelu", ["a", "s"], ["p"]),
        node("ConvTranspose", ["p", "v", "c"], ["y"], strides=[2, 2]),
    ]
    constants = {
        "w": _random(3, 4, 2, 2), "b": _random(4), "s": _random(4, 1, 1),
        "v": _random(4, 2, 2, 2), "c": _random(2),
    }  # fmt: skip
    model = graph(nodes, constants, {"x": [1, 3, 3, 5]}, {"y": [1, 2, 12, 20]})
    before = network(model, height=3, width=5, channels=2)
    after = PASSES["subpixel"].apply(before)
    assert operator_counts(after.model) == {"Conv": 2, "DepthToSpace": 1, "PRelu": 1}
    x = _random(1, 3, 3, 5, seed=2)
    np.testing.assert_allclose(run(after.model, x=x)[0], run(before.model, x=x)[0], atol=SUMS)


@pytest.mark.parametrize("size", [2, 3])
def test_depth_to_space_is_two_moves(size):
    nodes = [node("DepthToSpace", ["x"], ["y"], blocksize=size)]
    model = graph(nodes, {}, {"x": [1, 2 * size**2, 3, 5]}, {"y": [1, 2, 3 * size, 5 * size]})
    before = network(model, height=3, width=5, channels=2)
    after = PASSES["pixel-shuffle"].apply(before)
    assert kinds(after.model) == {"Reshape", "Transpose"}
    x = _random(1, 2 * size**2, 3, 5)
    np.testing.assert_array_equal(run(after.model, x=x)[0], run(before.model, x=x)[0])


def _framed(inner, constants, channels=2):
    nodes = [
        node("Transpose", ["x"], ["t"], perm=[0, 1, 3, 2]),
        *inner,
        node("Transpose", ["u"], ["y"], perm=[0, 1, 3, 2]),
    ]
    model = graph(nodes, constants, {"x": [1, 3, 4, 6]}, {"y": [1, channels, 4, 6]})
    return network(model, height=4, width=6, channels=channels)


def test_upright_turns_weights_pads_and_phases():
    inner = [
        node("Conv", ["t", "w"], ["a"], kernel_shape=[3, 2], pads=[2, 1, 0, 0]),
        node("MaxPool", ["a"], ["m", "i"], kernel_shape=[2, 2], strides=[2, 2]),
        node("MaxUnpool", ["m", "i"], ["n"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Add", ["a", "n"], ["s"]),
        node("PRelu", ["s", "p"], ["u"]),
    ]
    constants = {"w": _random(2, 3, 3, 2), "p": _random(2, 1, 1)}
    before = _framed(inner, constants)
    x = np.round(_random(1, 3, 4, 6)).astype(np.float32)  # rounded: many ties
    assert PASSES["upright"].apply(before) is None  # pooling with places has a fixed order
    after = rewrite(before, ("upright", "unpool"))
    assert after.applied == ("unpool", "upright")
    assert "Transpose" not in kinds(after.network.model)
    np.testing.assert_allclose(
        run(after.network.model, x=x)[0], run(before.model, x=x)[0], atol=SUMS
    )


def test_names_are_checked_and_ordered():
    assert check_passes(["prelu", "unpool"]) == ("unpool", "prelu")
    with pytest.raises(ConfigError, match="did you mean prelu"):
        check_passes(["preluu"])
    assert wanted_passes(None, "onnxruntime", "float32") == ()
    assert wanted_passes(None, "openvino", "float32") == best_passes("openvino")
    assert wanted_passes(True, "litert", "float32") == ()
    assert wanted_passes(["prelu"], "litert", "float32") == ("prelu",)


def _one_channel(tail=(), kernel=3, side=(8, 12), kind="sigmoid", out=None, **conv):
    """A convolution to one channel at half the size of the input, then the tail."""
    pads = [kernel // 2] * 4
    nodes = [
        node("AveragePool", ["x"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Conv", ["p", "w", "b"], ["z" if tail else "y"], **{"pads": pads, **conv}),
        *tail,
    ]
    channels = 3 // conv.get("group", 1)
    constants = {"w": _random(1, channels, kernel, kernel), "b": _random(1, seed=1)}
    constants["double"] = np.array([1, 1, 2, 2], np.float32)
    height, width = 2 * side[0], 2 * side[1]
    shape = [1, 1, *(out or (height, width))]
    model = graph(nodes, constants, {"x": [1, 3, height, width]}, {"y": shape})
    return network(model, height=height, width=width, kind=kind)


DOUBLED = [node("Resize", ["z", "", "double"], ["r"], mode="linear"), node("Sigmoid", ["r"], ["y"])]
DOUBLED_LOGITS = [node("Resize", ["z", "", "double"], ["y"], mode="linear")]


@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("side", [(8, 12), (4, 4)])
def test_a_convolution_to_one_channel_in_phases(kernel, side):
    before = _one_channel([node("Sigmoid", ["z"], ["y"])], kernel, side, out=side)
    after = PASSES["phases"].apply(before)
    assert operator_counts(after.model) == {
        "AveragePool": 1, "Conv": 1, "DepthToSpace": 1, "Sigmoid": 1,
    }  # fmt: skip
    assert [one.op_type for one in after.model.graph.node][-1] == "DepthToSpace"
    photo = _photo(2 * side[0], 2 * side[1])
    np.testing.assert_allclose(mask(after, photo), mask(before, photo), atol=SUMS)


def test_phases_before_what_is_not_pointwise():
    before = _one_channel(DOUBLED)
    after = PASSES["phases"].apply(before)
    assert [one.op_type for one in after.model.graph.node][1:] == [
        "Conv", "DepthToSpace", "Resize", "Sigmoid",
    ]  # fmt: skip
    photo = _photo(16, 24)
    np.testing.assert_allclose(mask(after, photo), mask(before, photo), atol=SUMS)


@pytest.mark.parametrize(
    "other",
    [
        {"side": (6, 12), "out": (6, 12)},
        {"kernel": 1, "out": (8, 12)},
        {"pads": [0] * 4, "out": (6, 10)},
        {"strides": [2, 2], "out": (4, 6)},
        {"dilations": [2, 2], "pads": [2] * 4, "out": (8, 12)},
    ],
)
def test_other_convolutions_stay_as_they_are(other):
    assert PASSES["phases"].apply(_one_channel(**other)) is None


@pytest.mark.parametrize(
    ("tail", "kind"), [(DOUBLED, "sigmoid"), (DOUBLED_LOGITS, "logits")], ids=["sigmoid", "logits"]
)
def test_a_trimmed_network_answers_with_what_was_enlarged(tail, kind):
    before = _one_channel(tail, kind=kind)
    after = rewrite(before, TRIMMED)
    assert after.applied == (TRIMMED if kind == "sigmoid" else ("trim",))
    assert "Resize" not in kinds(after.network.model)
    photo = _photo(16, 24)
    small, large = mask(after.network, photo), mask(before, photo)
    assert (small.shape, large.shape) == ((8, 12), (16, 24))
    inner, outer = (np.log(one / (1 - one)) for one in (small, large))
    enlarged = cv2.resize(inner, (24, 16), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(enlarged, outer, atol=1e-3)


@pytest.mark.parametrize(
    "tail",
    [
        [node("Sigmoid", ["z"], ["y"])],
        [node("Resize", ["z", "", "double"], ["r"], mode="nearest"), node("Sigmoid", ["r"], ["y"])],
        [
            node("Resize", ["z", "", "double"], ["r"], mode="linear"),
            node("Sigmoid", ["r"], ["s"]),
            node("Mul", ["s", "r"], ["y"]),
        ],
    ],
)
def test_where_nothing_is_enlarged_last_there_is_nothing_to_trim(tail):
    out = None if "Resize" in {one.op_type for one in tail} else (8, 12)
    assert PASSES["trim"].apply(_one_channel(tail, out=out)) is None


def test_what_a_pass_is_given_is_not_changed():
    before = _pooling()
    data = before.model.SerializeToString()
    rewrite(before, list(PASSES))
    assert before.model.SerializeToString() == data
