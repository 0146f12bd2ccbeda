"""Convolutions: plain, depthwise and transposed."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from hairopt.convert.tflite.padding import forward_pads, transposed_pads
from hairopt.convert.tflite.reader import Operator
from hairopt.convert.tflite.to_onnx_graph import Lowering, UnsupportedError


def lower_conv(low: Lowering, operator: Operator) -> None:
    """CONV_2D: weights O H W I; fewer input channels than the picture's mean groups."""
    ohwi = _kernel_of(low, operator.inputs[1])
    channels = low.shape(operator.inputs[0])[3]
    groups, rest = divmod(channels, ohwi.shape[3])
    if rest or ohwi.shape[0] % max(groups, 1):
        raise UnsupportedError(f"weights {ohwi.shape} do not fit {channels} channels")
    _forward(low, operator, low.kernel(ohwi, (0, 3)), groups)


def lower_depthwise(low: Lowering, operator: Operator) -> None:
    """DEPTHWISE_CONV_2D: weights 1 H W (channels x multiplier), one group per channel."""
    ihwo = _kernel_of(low, operator.inputs[1])
    channels = low.shape(operator.inputs[0])[3]
    if ihwo.shape[0] != 1 or ihwo.shape[3] % channels:
        raise UnsupportedError(f"weights {ihwo.shape} do not fit {channels} channels")
    _forward(low, operator, low.kernel(ihwo, (3, 0)), channels)


def lower_transpose_conv(low: Lowering, operator: Operator) -> None:
    """TRANSPOSE_CONV: inputs output shape, weights O H W I, data and perhaps bias."""
    bias = operator.inputs[3] if len(operator.inputs) > 3 else -1
    _transposed(low, operator, operator.inputs[2], operator.inputs[1], bias)


def lower_transpose_conv_bias(low: Lowering, operator: Operator) -> None:
    """MediaPipe's Convolution2DTransposeBias: inputs data, weights O H W I, bias."""
    data, weights, bias = operator.inputs[:3]
    _transposed(low, operator, data, weights, bias)


def _kernel_of(low: Lowering, index: int) -> NDArray[Any]:
    weights = low.weights(index)
    if weights.ndim != 4:
        raise UnsupportedError(f"its weights have the shape {weights.shape}")
    return weights


def _forward(low: Lowering, operator: Operator, weights: NDArray[Any], groups: int) -> None:
    options = operator.options
    _, height, width, _ = low.shape(operator.inputs[0])
    kernel = low.weights(operator.inputs[1]).shape[1:3]
    rows, columns = (
        forward_pads(size, kernel[i], options.stride[i], options.dilation[i], options.padding)
        for i, size in enumerate((height, width))
    )
    bias = operator.inputs[2] if len(operator.inputs) > 2 else -1
    low.emit_activated(
        operator,
        "Conv",
        [low.activation(operator.inputs[0]), *_parameters(low, operator, weights, bias)],
        kernel_shape=low.spatial((kernel[0], kernel[1])),
        strides=low.spatial(options.stride),
        dilations=low.spatial(options.dilation),
        pads=low.pads(rows, columns),
        group=groups,
    )


def _transposed(low: Lowering, operator: Operator, data: int, weights: int, bias: int) -> None:
    ohwi = _kernel_of(low, weights)
    options = operator.options
    sizes_in, sizes_out = low.shape(data)[1:3], low.shape(operator.outputs[0])[1:3]
    try:
        rows, columns = (
            transposed_pads(
                sizes_in[i], sizes_out[i], ohwi.shape[1 + i], options.stride[i], options.padding
            )
            for i in range(2)
        )
    except ValueError as error:
        raise UnsupportedError(str(error)) from error
    parameters = _parameters(low, operator, low.kernel(ohwi, (3, 0)), bias)
    low.emit_activated(
        operator,
        "ConvTranspose",
        [low.activation(data), *parameters],
        kernel_shape=low.spatial((ohwi.shape[1], ohwi.shape[2])),
        strides=low.spatial(options.stride),
        pads=low.pads(rows[:2], columns[:2]),
        output_padding=low.spatial((rows[2], columns[2])),
    )


def _parameters(low: Lowering, operator: Operator, weights: NDArray[Any], bias: int) -> list[str]:
    output = low.name(operator.outputs[0])
    names = [low.add_constant(f"{output}/weights", weights)]
    if bias >= 0:
        names.append(low.add_constant(f"{output}/bias", low.weights(bias)))
    return names
