"""Signal-to-noise ratio and time of each layer of a quantised network."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hairopt.convert.passes.protocol import Network
from hairopt.convert.quantization.calibration import Calibration, session_showing
from hairopt.convert.quantization.onnx_int8 import Int8Settings, fold, to_int8
from hairopt.models.tensors import prepare
from hairopt.runtimes.onnx_session import profiled
from hairopt.types import ImageU8

if TYPE_CHECKING:
    import onnx

_LAYERS = ("Conv", "ConvTranspose", "Gemm", "MatMul")
_FUSED = ("Clip", "LeakyRelu", "Relu")
_TIMED_RUNS = 5
_EIGHT_BITS_DB = 49.9
"""Best ratio with eight bits, 6.02 dB per bit plus 1.76 dB: that of a network's input."""

_EXACT_DB = 120.0
"""Largest ratio in dB, used if there is no difference; float32 itself has about 140 dB."""


@dataclass(frozen=True)
class LayerDiagnosis:
    """One layer of a network in float32 and in 8 bits.

    Attributes:
        name: name of its output tensor, for use in ``segment.float_layers``.
        kind: kind of operator.
        signal_db: signal-to-noise ratio of its output, all layers quantised, in dB.
        lost_db: difference to the best of its inputs, in dB: the loss of this layer itself.
        float32_ms: time in the float32 network, with the operators fused into it.
        int8_ms: time in the quantised network.
    """

    name: str
    kind: str
    signal_db: float
    lost_db: float
    float32_ms: float
    int8_ms: float


def diagnose(
    network: Network, calibration: Calibration, photos: Sequence[ImageU8]
) -> tuple[LayerDiagnosis, ...]:
    """Compare every layer's output in float32 and in 8 bits, in the order of execution.

    Args:
        network: float32, after the rewrites it is quantised with.
        calibration: the ranges of its tensors.
        photos: uint8 (H, W, 3) RGB, other ones than those of the calibration.

    Raises:
        ModelError: network and calibration do not belong together.
    """
    folded = fold(network.model)
    quantized = to_int8(folded, calibration, Int8Settings.for_this_cpu())
    layers = [node for node in folded.graph.node if node.op_type in _LAYERS]
    feeds = [{network.contract.input.name: prepare(p, network.contract.input)} for p in photos]
    ratios = _ratios(folded, quantized, layers, feeds)
    times = [_times_ms(model, layers, feeds[0]) for model in (folded, quantized)]
    sources = _sources(folded, set(ratios))
    return tuple(
        LayerDiagnosis(
            name=node.output[0],
            kind=node.op_type,
            signal_db=ratios[node.output[0]],
            lost_db=max(0.0, _best_input(node, sources, ratios) - ratios[node.output[0]]),
            float32_ms=times[0][node.output[0]],
            int8_ms=times[1][node.output[0]],
        )
        for node in layers
    )


def _ratios(
    folded: onnx.ModelProto,
    quantized: onnx.ModelProto,
    layers: Sequence[onnx.NodeProto],
    feeds: Sequence[dict[str, np.ndarray]],
) -> dict[str, float]:
    """Signal-to-noise ratio of every layer's output over all photos, in dB."""
    names = [node.output[0] for node in layers]
    dropped = _dropped_limits(folded, quantized)
    shown = [dropped[name].output if name in dropped else name for name in names]
    plain, rounded = session_showing(folded, names), session_showing(quantized, shown)
    power, noise = np.zeros(len(names)), np.zeros(len(names))
    for feed in feeds:
        pairs = zip(names, plain.run(names, feed), rounded.run(shown, feed), strict=True)
        for i, (name, true, found) in enumerate(pairs):
            if name in dropped:
                limits = (dropped[name].low, dropped[name].high)
                true, found = np.clip(true, *limits), np.clip(found, *limits)
            power[i] += float(np.square(true, dtype=np.float64).sum())
            noise[i] += float(np.square(true - found, dtype=np.float64).sum())
    return {
        name: min(_EXACT_DB, 10 * math.log10(p / n)) if n > 0 and p > 0 else _EXACT_DB
        for name, p, n in zip(names, power, noise, strict=True)
    }


class _Dropped(NamedTuple):
    """A removed ReLU or Clip: its output, and the limits of that."""

    output: str
    low: float
    high: float


def _dropped_limits(folded: onnx.ModelProto, quantized: onnx.ModelProto) -> dict[str, _Dropped]:
    """Layer -> its ReLU or Clip that the quantiser removed.

    The range of the quantised output replaces it. The layer then makes the tensor that was the
    output of the ReLU or Clip, but with values beyond the limits.
    """
    from onnx import numpy_helper

    constants = {one.name: one for one in folded.graph.initializer}

    def limit(node: onnx.NodeProto, place: int, otherwise: float) -> float:
        name = node.input[place] if len(node.input) > place else ""
        return (
            float(numpy_helper.to_array(constants[name]).item()) if name in constants else otherwise
        )

    made = {output for node in quantized.graph.node for output in node.output}
    return {
        node.input[0]: _Dropped(
            node.output[0],
            0.0 if node.op_type == "Relu" else limit(node, 1, -math.inf),
            limit(node, 2, math.inf),
        )
        for node in folded.graph.node
        if node.op_type in ("Clip", "Relu") and node.input[0] not in made
    }


def _sources(model: onnx.ModelProto, known: set[str]) -> dict[str, set[str]]:
    """Tensor -> the layers from which it is made, without a layer in between."""
    found: dict[str, set[str]] = defaultdict(set)
    for node in model.graph.node:
        before = set().union(*(found[name] for name in node.input)) if node.input else set()
        for output in node.output:
            found[output] = {output} if output in known else before
    return found


def _best_input(
    node: onnx.NodeProto, sources: dict[str, set[str]], ratios: dict[str, float]
) -> float:
    makers = set().union(*(sources[name] for name in node.input))
    best = max((ratios[name] for name in makers), default=_EIGHT_BITS_DB)
    return min(best, _EIGHT_BITS_DB)


def _times_ms(
    model: onnx.ModelProto, layers: Sequence[onnx.NodeProto], feed: dict[str, np.ndarray]
) -> dict[str, float]:
    """Shortest time of each layer over some runs, from onnxruntime's profile, in ms."""
    runs: dict[str, list[float]] = defaultdict(list)
    for node in profiled(model, feed, _TIMED_RUNS):
        runs[_name_before_fusion(node.name)].append(node.ms)
    relus = {node.input[0]: node for node in model.graph.node if node.op_type in _FUSED}
    return {node.output[0]: _shortest(node, relus.get(node.output[0]), runs) for node in layers}


def _name_before_fusion(name: str) -> str:
    """The name of a node before onnxruntime changed its layout or fused it."""
    return name.partition("_token_")[0].removesuffix("_nchwc")


def _shortest(
    node: onnx.NodeProto, activation: onnx.NodeProto | None, runs: dict[str, list[float]]
) -> float:
    """Shortest time of a node; a fused node has the name of its first or last part or output."""
    names = {node.name, node.output[0]}
    if activation is not None:
        names |= {activation.name, activation.output[0]}
    return sum(min(runs[name]) for name in names if name in runs)
