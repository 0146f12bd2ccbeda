"""How many operators of a quantised network run in 8 bits, and the conversions it added."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hairopt.convert.passes.editor import operator_counts
from hairopt.convert.tflite.writer import TfliteNetwork
from hairopt.models.contract import OperatorCoverage
from hairopt.runtimes.onnx_session import optimized

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
"""Operators that onnxruntime can make part of the convolution before them."""

_BOOKKEEPING = ("Constant", "Identity", "Reshape", "Shape", "Squeeze", "Unsqueeze")


def coverage(float32: onnx.ModelProto, quantized: onnx.ModelProto) -> OperatorCoverage:
    """Compare a quantised network with the float32 network it was made from.

    An operator counts as 8-bit where onnxruntime, having loaded the file, runs it so: it is read
    from the graph after onnxruntime's own optimisation.

    Raises:
        ModelError: onnxruntime cannot load one of them.
    """
    before, after = (operator_counts(optimized(model, "all")) for model in (float32, quantized))
    wide = {
        kind: count
        for kind, count in after.items()
        if kind not in _CONVERSIONS and kind not in _BOOKKEEPING and not _is_int8(kind)
    }
    small = {kind: count for kind, count in after.items() if _is_int8(kind)}
    written = operator_counts(quantized)
    separate = [sum(counts.get(kind, 0) for kind in _ABSORBED) for counts in (before, after)]
    return OperatorCoverage(
        int8=small,
        float32=wide,
        quantize_nodes=written.get("QuantizeLinear", 0),
        dequantize_nodes=written.get("DequantizeLinear", 0),
        conversions_left=sum(after.get(kind, 0) for kind in _CONVERSIONS),
        fusions_lost=max(0, separate[1] - separate[0]),
    )


def coverage_of_tflite(network: TfliteNetwork) -> OperatorCoverage:
    """What of a TFLite network computes in 8 bits: what it says, for LiteRT runs it as written."""
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


def _is_int8(kind: str) -> bool:
    return kind.startswith("QLinear") or kind in ("ConvInteger", "MatMulInteger", "QGemm")
