"""All other operators: arithmetic, activations, concat, resize."""

from __future__ import annotations

import numpy as np

from hairopt.convert.tflite.reader import Operator
from hairopt.convert.tflite.to_onnx_graph import Lowering, UnsupportedError

_BINARY = {
    "ADD": "Add",
    "SUB": "Sub",
    "MUL": "Mul",
    "DIV": "Div",
    "MAXIMUM": "Max",
    "MINIMUM": "Min",
}


def lower_binary(low: Lowering, operator: Operator) -> None:
    """Two pictures, or a picture and a constant that broadcasts against NHWC."""
    names = []
    for index in operator.inputs[:2]:
        value = low.constant(index)
        if value is None:
            names.append(low.activation(index))
        else:
            wish = f"{low.name(operator.outputs[0])}/constant"
            names.append(low.add_constant(wish, low.picture(value)))
    low.emit_activated(operator, _BINARY[operator.kind], names)


def lower_prelu(low: Lowering, operator: Operator) -> None:
    """PRELU: ``x`` where positive, ``alpha * x`` elsewhere, alpha per channel or per pixel."""
    alpha = low.picture(low.weights(operator.inputs[1]))[0]
    output = low.name(operator.outputs[0])
    slope = low.add_constant(f"{output}/alpha", alpha)
    low.emit("PRelu", [low.activation(operator.inputs[0]), slope], [output])


def lower_leaky_relu(low: Lowering, operator: Operator) -> None:
    """LEAKY_RELU."""
    source, output = low.activation(operator.inputs[0]), low.name(operator.outputs[0])
    low.emit("LeakyRelu", [source], [output], alpha=operator.options.alpha)


def lower_function(low: Lowering, operator: Operator) -> None:
    """RELU, RELU6, RELU_N1_TO_1, TANH, LOGISTIC, HARD_SWISH."""
    source = low.activation(operator.inputs[0])
    low.emit_function(operator.kind, source, low.name(operator.outputs[0]))


def lower_softmax(low: Lowering, operator: Operator) -> None:
    """SOFTMAX over the channels."""
    if operator.options.beta != 1.0:
        raise UnsupportedError(f"beta is {operator.options.beta}, only 1 is handled")
    source, output = low.activation(operator.inputs[0]), low.name(operator.outputs[0])
    low.emit("Softmax", [source], [output], axis=low.axis(3))


def lower_concat(low: Lowering, operator: Operator) -> None:
    """CONCATENATION."""
    sources = [low.activation(index) for index in operator.inputs]
    low.emit_activated(operator, "Concat", sources, axis=low.axis(operator.options.axis))


def lower_mean(low: Lowering, operator: Operator) -> None:
    """MEAN over some axes, which are kept with size 1."""
    if not operator.options.keep_dims:
        raise UnsupportedError("it drops the axes it averages over")
    axes = np.atleast_1d(low.weights(operator.inputs[1]))
    low.emit(
        "ReduceMean",
        [low.activation(operator.inputs[0])],
        [low.name(operator.outputs[0])],
        axes=sorted(low.axis(int(axis)) for axis in axes),
        keepdims=1,
    )


def lower_pad(low: Lowering, operator: Operator) -> None:
    """PAD with zeros."""
    pads = low.weights(operator.inputs[1])
    if pads.shape != (4, 2):
        raise UnsupportedError(f"its pads have the shape {pads.shape}")
    ordered = pads[list(low.permutation)].T.reshape(-1).astype(np.int64)
    output = low.name(operator.outputs[0])
    constant = low.add_constant(f"{output}/pads", ordered)
    low.emit("Pad", [low.activation(operator.inputs[0]), constant], [output])


def lower_resize(low: Lowering, operator: Operator) -> None:
    """RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR, with TFLite's rules for pixel positions."""
    options = operator.options
    mode = "asymmetric"
    if options.align_corners:
        mode = "align_corners"
    elif options.half_pixel_centers:
        mode = "half_pixel"
    attributes = {"mode": "linear"}
    if operator.kind == "RESIZE_NEAREST_NEIGHBOR":
        # TFLite rounds halves away from zero, or down if neither flag is set.
        rounding = "floor" if mode == "asymmetric" else "round_prefer_ceil"
        attributes = {"mode": "nearest", "nearest_mode": rounding}
    batch, height, width, channels = low.shape(operator.outputs[0])
    sizes = np.array([batch, channels, *low.spatial((height, width))], np.int64)
    output = low.name(operator.outputs[0])
    low.emit(
        "Resize",
        [low.activation(operator.inputs[0]), "", "", low.add_constant(f"{output}/sizes", sizes)],
        [output],
        coordinate_transformation_mode=mode,
        **attributes,
    )


def lower_dequantize(low: Lowering, operator: Operator) -> None:
    """DEQUANTIZE, only for weights that are stored as float16."""
    value = low.constant(operator.inputs[0])
    if value is None or value.dtype != np.float16:
        raise UnsupportedError("it is a quantised network; convert the float32 original")
    low.set_constant(operator.outputs[0], value.astype(np.float32))
