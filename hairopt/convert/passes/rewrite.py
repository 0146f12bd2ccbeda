"""The exact rewrites of a network: which ones, in which order, and which ones applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hairopt.convert.passes import PASSES
from hairopt.convert.passes.protocol import Network
from hairopt.errors import ConfigError
from hairopt.registry import unknown_name

PORTABLE = ("unpool", "upright", "empty-channel", "one-logit", "subpixel")
"""Passes that change nothing for the worse in any runtime, and that quantisation builds on."""

_SIZED = ("pixel-shuffle",)
"""Passes whose result fits one input size only."""

_BEST = {
    "onnxruntime": (*PORTABLE, "prelu", "pixel-shuffle", "pixel-input"),
    # OpenVINO's own DepthToSpace is faster than transposes.
    "openvino": (*PORTABLE, "prelu", "pixel-input"),
    # They read TFLite, where nothing needs another form.
    "litert": (),
    "mediapipe": (),
}

QUANTIZED = (*PORTABLE, "prelu", "pixel-input")
"""What int8 and mixed precision are made from, the same in every runtime."""


@dataclass(frozen=True)
class Rewritten:
    """A network after its passes.

    Attributes:
        network: the result.
        applied: the names of the passes that found something to rewrite, in order.
    """

    network: Network
    applied: tuple[str, ...]


def best_passes(runtime: str) -> tuple[str, ...]:
    """The passes that pay in a runtime of ONNX networks, by our measurements."""
    return _BEST.get(runtime, PORTABLE)


def wanted_passes(
    rewrite: bool | Sequence[str] | None, runtime: str, precision: str, *, resized: bool = False
) -> tuple[str, ...] | None:
    """The passes that a variant asks for; None for those that its precision is built on.

    Args:
        rewrite: True for those that pay in this runtime, False for none, names, or None for those
            that runtime and precision are built on.
        runtime: name of a runtime.
        precision: ``float32``, ``float16``, ``int8`` or ``mixed``.
        resized: whether the network will run at another input size than its own, which rules out
            what writes sizes into the graph.

    Raises:
        ConfigError: an unknown name.
    """
    if rewrite is None and precision in ("int8", "mixed"):
        return None
    if rewrite is None:
        rewrite = runtime == "openvino"
    if rewrite is False:
        return ()
    if rewrite is not True:
        return check_passes(rewrite)
    if precision in ("int8", "mixed"):
        return QUANTIZED
    return tuple(name for name in best_passes(runtime) if not (resized and name in _SIZED))


def check_passes(names: Sequence[str]) -> tuple[str, ...]:
    """The names in the order in which the passes are applied, each once.

    Raises:
        ConfigError: an unknown name.
    """
    for name in names:
        if name not in PASSES:
            raise ConfigError(unknown_name("rewrite", name, list(PASSES)))
    return tuple(name for name in PASSES if name in names)


def rewrite(network: Network, names: Sequence[str]) -> Rewritten:
    """Apply passes to a float32 network.

    Args:
        network: what is rewritten; it is not changed.
        names: of passes; the order is that of ``PASSES`` whatever order they are given in.

    Raises:
        ConfigError: an unknown name.
        ModelError: a pass made an invalid graph of it, which is a defect of the pass.
    """
    from onnx import shape_inference

    applied = []
    passes = check_passes(names)
    if passes:
        # Files of other programs need not tell the shapes inside, and passes ask for them.
        network = network._replace(model=shape_inference.infer_shapes(network.model))
    for name in passes:
        result = PASSES[name].apply(network)
        if result is not None:
            network = result
            applied.append(name)
    return Rewritten(network, tuple(applied))
