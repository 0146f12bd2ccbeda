"""A network in 8-bit integers: static quantisation, QDQ format, weights per channel.

Activations are unsigned and weights signed (U8S8), for which onnxruntime's kernels are fastest. On
x86 without VNNI the sum of two such products saturates at 16 bits, so the weights use only 7 bits
there (``reduce_range``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hairopt.convert.quantization.calibration import Calibration
from hairopt.cpu_isa import cpu_isa, has_dot_product
from hairopt.errors import ConfigError, ModelError
from hairopt.runtimes.onnx_session import optimized, submodule

if TYPE_CHECKING:
    import onnx

INT8_OPERATORS = (
    "Add",
    "AveragePool",
    "Clip",
    "Concat",
    "Conv",
    "GlobalAveragePool",
    "MaxPool",
    "Mul",
    "Relu",
    "Resize",
)
"""Operators with an 8-bit kernel in onnxruntime's CPU provider that segmentation networks use.

Left in float on purpose: ConvTranspose, PRelu and MaxUnpool (no kernel), Sigmoid and Softmax (a
mask in 256 steps, for no gain).
"""


@dataclass(frozen=True)
class Int8Settings:
    """Settings of the quantisation; the result depends only on these and the calibration.

    Attributes:
        reduce_range: weights in 7 bits.
        operators: the kinds of operators that are quantised.
        float_layers: layers that stay float32, by the name of their output tensor.
    """

    reduce_range: bool
    operators: tuple[str, ...] = INT8_OPERATORS
    float_layers: tuple[str, ...] = ()

    @classmethod
    def for_this_cpu(cls, float_layers: Sequence[str] = ()) -> Int8Settings:
        """Full range if 8-bit products do not saturate on this CPU, otherwise 7 bits."""
        reduce_range = not has_dot_product(cpu_isa())
        return cls(reduce_range, float_layers=tuple(sorted(float_layers)))


def fold(model: onnx.ModelProto) -> onnx.ModelProto:
    """Fold constants and normalisations, so that fewer tensors are quantised, and infer shapes.

    As onnxruntime's ``quant_pre_process``, but without symbolic shapes.

    Raises:
        ModelError: onnxruntime cannot load the network.
    """
    from onnx import shape_inference

    folded = optimized(model, "basic")
    for node in folded.graph.node:
        node.name = node.name or f"{node.op_type}:{node.output[0]}"
    return shape_inference.infer_shapes(folded)


def to_int8(
    folded: onnx.ModelProto, calibration: Calibration, settings: Int8Settings
) -> onnx.ModelProto:
    """Quantise a network.

    Args:
        folded: a float32 network after ``fold``; it is not changed.
        calibration: the ranges of its tensors, by name.
        settings: see ``Int8Settings``.

    Raises:
        ModelError: the calibration is of another network, or the network cannot be quantised.
        ConfigError: a float layer that is not in the network.
    """
    import onnx

    tools = submodule("quantization")
    calibrate = submodule("quantization.calibrate")
    copy = onnx.ModelProto()
    copy.CopyFrom(folded)
    _require_ranges(copy, calibration, settings)
    # The shapes were inferred by fold(). Without this mark the quantiser would do it again, through
    # a file whose name contains the address of the network card, read through a socket.
    submodule("quantization.quant_utils").add_infer_metadata(copy)
    ranges = {
        name: tuple(np.array(value, np.float32) for value in pair)
        for name, pair in calibration.ranges.items()
    }
    try:
        quantizer = tools.QDQQuantizer(
            copy,
            per_channel=True,
            reduce_range=settings.reduce_range,
            weight_qType=tools.QuantType.QInt8,
            activation_qType=tools.QuantType.QUInt8,
            tensors_range=calibrate.TensorsData(calibrate.CalibrationMethod.MinMax, ranges),
            nodes_to_quantize=[],
            nodes_to_exclude=sorted(_left_out(copy, settings)),
            op_types_to_quantize=list(settings.operators),
            extra_options={},
        )
        quantizer.quantize_model()
        quantizer.model.topological_sort()
    except (ValueError, RuntimeError, TypeError, KeyError) as error:
        raise ModelError(f"the network cannot be quantised: {error}") from error
    quantized: onnx.ModelProto = quantizer.model.model
    # The quantiser writes its own version number, which is no property of the network.
    quantized.producer_name, quantized.producer_version = "hairopt", ""
    onnx.checker.check_model(quantized)
    return quantized


def _require_ranges(
    model: onnx.ModelProto, calibration: Calibration, settings: Int8Settings
) -> None:
    excluded = _left_out(model, settings)
    for node in model.graph.node:
        if node.op_type not in settings.operators or node.name in excluded:
            continue
        for output in node.output:
            if output not in calibration.ranges:
                raise ModelError(
                    f"the calibration knows no range of tensor {output!r} ({node.op_type}); it "
                    "was made for another network, or with other rewrites"
                )


def _left_out(model: onnx.ModelProto, settings: Int8Settings) -> set[str]:
    """Nodes of a quantisable kind that stay float32.

    Pooling with indices has no 8-bit kernel. The operators that distribute values to phases
    (rewrite ``unpool``) only select and move, and OpenVINO cannot split the scales of a
    concatenation over DepthToSpace.

    Raises:
        ConfigError: a float layer that is not in the network.
    """
    made = {output: node for node in model.graph.node for output in node.output}
    unknown = sorted(set(settings.float_layers) - set(made))
    if unknown:
        raise ConfigError(
            f"float_layers names {unknown[0]!r}, which is no layer of this network; "
            "'hairopt models diagnose' lists them"
        )
    shuffled = {node.input[0] for node in model.graph.node if node.op_type == "DepthToSpace"}

    def is_left_out(node: onnx.NodeProto) -> bool:
        inputs = {made[name].op_type for name in node.input if name in made}
        return (
            (node.op_type == "MaxPool" and len(node.output) > 1)
            or (node.op_type == "Concat" and node.output[0] in shuffled)
            or (node.op_type == "Mul" and "Cast" in inputs)
            or bool(set(node.output) & set(settings.float_layers))
        )

    return {node.name for node in model.graph.node if is_left_out(node)}
