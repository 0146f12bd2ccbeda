"""How many operators of a quantised network run in 8 bits, and the conversions it added."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hairopt.convert.passes.editor import operator_counts
from hairopt.convert.passes.protocol import Network
from hairopt.convert.tflite.writer import TfliteNetwork
from hairopt.models.contract import OperatorCoverage
from hairopt.runtimes.onnxruntime_runtime import executed

if TYPE_CHECKING:
    import onnx

_CONVERSIONS = ("QuantizeLinear", "DequantizeLinear")
_ABSORBED = (
    "Add",
    "Clip",
    "LeakyRelu",
    "Relu",
    "Sigmoid",
    "Tanh",
    "QLinearAdd",
    "QLinearLeakyRelu",
)
"""Operators that onnxruntime can fuse into the convolution before them."""


def coverage(float32: Network, quantized: onnx.ModelProto) -> OperatorCoverage:
    """Compare a quantised network with the float32 network it was made from.

    An operator counts as 8-bit if onnxruntime runs it with 8-bit numbers in an inference; the types
    in the file do not count.

    Raises:
        ModelError: onnxruntime cannot load one of them.
    """
    entry = float32.contract.input
    before, after = (executed(model, entry) for model in (float32.model, quantized))
    written = operator_counts(quantized)
    absorbed = [
        sum(counts.get(kind, 0) for counts in one.operators.values() for kind in _ABSORBED)
        for one in (before, after)
    ]
    return OperatorCoverage(
        int8=after.operators.get("int8", {}),
        float32=after.operators.get("float32", {}),
        quantize_nodes=written.get("QuantizeLinear", 0),
        dequantize_nodes=written.get("DequantizeLinear", 0),
        conversions_left=sum(after.conversions.get(kind, 0) for kind in _CONVERSIONS),
        fusions_lost=max(0, absorbed[1] - absorbed[0]),
    )


def coverage_of_tflite(network: TfliteNetwork) -> OperatorCoverage:
    """The operators of a TFLite network that compute in 8 bits; LiteRT runs the file as written."""
    small, wide = Counter[str](), Counter[str]()
    for step in network.steps:
        (small if network.tensors[step.output].affine else wide)[step.kind] += 1
    quantize, dequantize = small.pop("QUANTIZE", 0), wide.pop("DEQUANTIZE", 0)
    return OperatorCoverage(
        int8=dict(small.most_common()),
        float32=dict(wide.most_common()),
        quantize_nodes=quantize,
        dequantize_nodes=dequantize,
        conversions_left=quantize + dequantize,
        fusions_lost=0,
    )
