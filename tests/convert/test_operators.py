"""Each operator alone: against LiteRT where it is installed, and against numbers on paper."""

import numpy as np
import pytest

from tests.convert.run_both import run_litert, run_onnx
from tests.convert.tiny_tflite import Network, pool_struct

SAME, VALID = 0, 1
RELU, RELU_N1, RELU6, TANH = 1, 2, 3, 4


def _conv(rng, *, size=7, kernel=3, stride=1, dilation=1, padding=SAME, function=0, channels=3):
    net = Network()
    net.tensor(1, size, size + 2, channels)
    weights = net.constant(rng.normal(size=(4, kernel, kernel, 3)))
    bias = net.constant(rng.normal(size=4))
    span = (kernel - 1) * dilation + 1
    out = [-(-(n if padding == SAME else n - span + 1) // stride) for n in (size, size + 2)]
    net.tensor(1, *out, 4)
    options = [(0, "Int8", padding), (1, "Int32", stride), (2, "Int32", stride)]
    options += [(3, "Int8", function), (4, "Int32", dilation), (5, "Int32", dilation)]
    net.operator("CONV_2D", [0, weights, bias], [3], options)
    return net


def _depthwise(rng, multiplier=2, stride=2):
    net = Network()
    net.tensor(1, 6, 5, 3)
    weights = net.constant(rng.normal(size=(1, 3, 3, 3 * multiplier)))
    bias = net.constant(rng.normal(size=3 * multiplier))
    net.tensor(1, -(-6 // stride), -(-5 // stride), 3 * multiplier)
    options = [(0, "Int8", SAME), (1, "Int32", stride), (2, "Int32", stride)]
    net.operator("DEPTHWISE_CONV_2D", [0, weights, bias], [3], [*options, (3, "Int32", multiplier)])
    return net


def _transpose_conv(rng, kernel, padding=SAME):
    net = Network()
    net.tensor(1, 4, 5, 3)
    out = (8, 10) if padding == SAME else (3 * 2 + kernel, 4 * 2 + kernel)
    shape = net.constant(np.array([1, *out, 2], np.int32))
    weights = net.constant(rng.normal(size=(2, kernel, kernel, 3)))
    net.tensor(1, *out, 2)
    options = [(0, "Int8", padding), (1, "Int32", 2), (2, "Int32", 2)]
    net.operator("TRANSPOSE_CONV", [shape, weights, 0], [3], options)
    return net


def _transpose_conv_bias(rng, kernel):
    net = Network()
    net.tensor(1, 4, 5, 3)
    weights = net.constant(rng.normal(size=(2, kernel, kernel, 3)))
    bias = net.constant(rng.normal(size=2))
    net.tensor(1, 8, 10, 2)
    custom = np.array([1, 2, 2], "<i4").tobytes()
    net.operator("Convolution2DTransposeBias", [0, weights, bias], [3], custom=custom)
    return net


def _pool(kind, kernel=3, stride=2):
    net = Network()
    net.tensor(1, 7, 6, 2)
    net.tensor(1, -(-7 // stride), -(-6 // stride), 2)
    options = [(0, "Int8", SAME), (1, "Int32", stride), (2, "Int32", stride)]
    net.operator(kind, [0], [1], [*options, (3, "Int32", kernel), (4, "Int32", kernel)])
    return net


def _unpooled():
    """Pool with argmax, double the maxima, put them back."""
    net = Network()
    net.tensor(1, 6, 4, 3)
    values, indices, doubled = (net.tensor(1, 3, 2, 3) for _ in range(3))
    net.tensor(1, 6, 4, 3)
    net.operator("MaxPoolingWithArgmax2D", [0], [values, indices], custom=pool_struct(1, 2, 2))
    net.operator("ADD", [values, values], [doubled])
    net.operator("MaxUnpooling2D", [doubled, indices], [4], custom=pool_struct(2, 2, 2))
    return net


def _unary(kind, options=()):
    net = Network()
    net.tensor(1, 3, 4, 5)
    net.tensor(1, 3, 4, 5)
    net.operator(kind, [0], [1], options)
    return net


def _with_constant(kind, value, inputs=None):
    net = Network()
    net.tensor(1, 3, 4, 5)
    constant = net.constant(value)
    net.tensor(1, 3, 4, 5)
    net.operator(kind, inputs or [0, constant], [2])
    return net


def _concat(axis):
    net = Network()
    net.tensor(1, 3, 4, 5)
    shape = [1, 3, 4, 5]
    shape[axis] *= 2
    net.tensor(*shape)
    net.operator("CONCATENATION", [0, 0], [1], [(0, "Int32", axis)])
    return net


def _resize(kind, slot, *, align=False, half=False, to=(7, 9)):
    net = Network()
    net.tensor(1, 4, 5, 2)
    size = net.constant(np.array(to, np.int32))
    net.tensor(1, *to, 2)
    net.operator(kind, [0, size], [2], [(slot, "Bool", align), (slot + 1, "Bool", half)])
    return net


def _mean():
    net = Network()
    net.tensor(1, 3, 4, 5)
    axes = net.constant(np.array([1, 2], np.int32))
    net.tensor(1, 1, 1, 5)
    net.operator("MEAN", [0, axes], [2], [(0, "Bool", True)])
    return net


def _pad():
    net = Network()
    net.tensor(1, 3, 4, 5)
    pads = net.constant(np.array([[0, 0], [1, 2], [3, 0], [0, 1]], np.int32))
    net.tensor(1, 6, 7, 6)
    net.operator("PAD", [0, pads], [2])
    return net


def _half_weights(rng):
    net = Network()
    net.tensor(1, 3, 4, 5)
    half = net.constant(rng.normal(size=(5,)).astype(np.float16))
    full = net.tensor(5)
    net.tensor(1, 3, 4, 5)
    net.operator("DEQUANTIZE", [half], [full])
    net.operator("MUL", [0, full], [3])
    return net


CASES = {
    "conv same": lambda r: _conv(r),
    "conv same stride 2": lambda r: _conv(r, size=8, stride=2),
    "conv 2x2 stride 2": lambda r: _conv(r, size=8, kernel=2, stride=2, padding=VALID),
    "conv valid dilated": lambda r: _conv(r, size=9, dilation=2, padding=VALID),
    "conv same dilated": lambda r: _conv(r, dilation=4),
    "conv relu": lambda r: _conv(r, function=RELU),
    "conv relu -1 to 1": lambda r: _conv(r, function=RELU_N1),
    "conv relu6": lambda r: _conv(r, function=RELU6),
    "depthwise": lambda r: _depthwise(r, 1, 1),
    "depthwise multiplier stride": lambda r: _depthwise(r),
    "transpose conv 3": lambda r: _transpose_conv(r, 3),
    "transpose conv 2": lambda r: _transpose_conv(r, 2),
    "transpose conv 1": lambda r: _transpose_conv(r, 1),
    "transpose conv 4": lambda r: _transpose_conv(r, 4),
    "transpose conv valid": lambda r: _transpose_conv(r, 3, VALID),
    "transpose conv bias 3": lambda r: _transpose_conv_bias(r, 3),
    "transpose conv bias 2": lambda r: _transpose_conv_bias(r, 2),
    "max pool": lambda r: _pool("MAX_POOL_2D"),
    "average pool": lambda r: _pool("AVERAGE_POOL_2D"),
    "unpooling": lambda r: _unpooled(),
    "relu": lambda r: _unary("RELU"),
    "relu6": lambda r: _unary("RELU6"),
    "tanh": lambda r: _unary("TANH"),
    "logistic": lambda r: _unary("LOGISTIC"),
    "hard swish": lambda r: _unary("HARD_SWISH"),
    "leaky relu": lambda r: _unary("LEAKY_RELU", [(0, "Float32", 0.3)]),
    "softmax": lambda r: _unary("SOFTMAX", [(0, "Float32", 1.0)]),
    "prelu per channel": lambda r: _with_constant("PRELU", r.normal(size=(1, 1, 5))),
    "prelu per pixel": lambda r: _with_constant("PRELU", r.normal(size=(3, 4, 5))),
    "mul by channel": lambda r: _with_constant("MUL", r.normal(size=5)),
    "constant minus picture": lambda r: _with_constant("SUB", r.normal(size=(1, 3, 4, 5)), [1, 0]),
    "concat channels": lambda r: _concat(3),
    "concat rows": lambda r: _concat(1),
    "mean": lambda r: _mean(),
    "pad": lambda r: _pad(),
    "half-precision weights": _half_weights,
    "bilinear": lambda r: _resize("RESIZE_BILINEAR", 2),
    "bilinear corners": lambda r: _resize("RESIZE_BILINEAR", 2, align=True),
    "bilinear half pixel": lambda r: _resize("RESIZE_BILINEAR", 2, half=True),
    "bilinear shrinking": lambda r: _resize("RESIZE_BILINEAR", 2, half=True, to=(2, 2)),
    "nearest": lambda r: _resize("RESIZE_NEAREST_NEIGHBOR", 0),
    "nearest half pixel": lambda r: _resize("RESIZE_NEAREST_NEIGHBOR", 0, half=True),
    "nearest corners": lambda r: _resize("RESIZE_NEAREST_NEIGHBOR", 0, align=True),
}


@pytest.mark.parametrize("order", ["HW", "WH"])
@pytest.mark.parametrize("case", CASES)
def test_equals_litert(case, order, convert_bytes, rng):
    net = CASES[case](rng)
    data = net.write()
    tensor = rng.normal(size=net.shapes[0], scale=2.0).astype(np.float32)
    (expected,) = run_litert(data, tensor).values()
    (got,) = run_onnx(convert_bytes(data, order), tensor)
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)


def test_stride_two_same_convolution_on_paper(convert_bytes):
    # A box of ones over 1..16: windows start at rows and columns 0 and 2, and hang out below and
    # to the right only; padding before instead would give 14 first.
    net = Network()
    net.tensor(1, 4, 4, 1)
    weights = net.constant(np.ones((1, 3, 3, 1)))
    net.tensor(1, 2, 2, 1)
    options = [(0, "Int8", SAME), (1, "Int32", 2), (2, "Int32", 2)]
    net.operator("CONV_2D", [0, weights], [2], options)
    picture = np.arange(1, 17, dtype=np.float32).reshape(1, 4, 4, 1)
    (got,) = run_onnx(convert_bytes(net.write()), picture)
    assert got.reshape(2, 2).tolist() == [[54, 45], [72, 54]]


def test_unpooling_puts_maxima_back_on_paper(convert_bytes):
    net = _unpooled()
    picture = np.zeros((1, 6, 4, 3), np.float32)
    picture[0, 1, 0, 0], picture[0, 4, 3, 2] = 5.0, 7.0
    (got,) = run_onnx(convert_bytes(net.write()), picture)
    assert got[0, 1, 0, 0] == 10.0
    assert got[0, 4, 3, 2] == 14.0
    assert np.count_nonzero(got) == 2


@pytest.mark.parametrize(
    ("window", "place"),
    [
        ([[1, 1], [1, 1]], (0, 0)),
        ([[0, 1], [1, 1]], (1, 0)),  # below before beside
        ([[0, 1], [1, 0]], (1, 0)),
        ([[0, 1], [0, 1]], (0, 1)),
    ],
)
def test_ties_fall_as_in_xnnpack(window, place, convert_bytes):
    net = _unpooled()
    data = net.write()
    picture = np.zeros((1, 6, 4, 3), np.float32)
    picture[0, 2:4, 0:2, 1] = window
    (got,) = run_onnx(convert_bytes(data), picture)
    assert np.argwhere(got[0, 2:4, 0:2, 1]).tolist() == [list(place)]
    (litert,) = run_litert(data, picture).values()
    np.testing.assert_array_equal(got, litert)


def test_same_file_same_bytes(convert_bytes, rng):
    data = _conv(rng).write()
    first, second = (convert_bytes(data).SerializeToString() for _ in range(2))
    assert first == second
