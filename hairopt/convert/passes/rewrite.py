"""Select the rewrites of a network and apply them in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hairopt.convert.passes import PASSES
from hairopt.convert.passes.protocol import Network
from hairopt.errors import ConfigError
from hairopt.registry import unknown_name

PORTABLE = ("unpool", "upright", "empty-channel", "one-logit", "subpixel")
"""Passes that make no runtime slower, and that quantisation needs."""

TRIMMED = ("trim", "phases")
"""The rewrites of ``segment.trim``, besides those of runtime and precision."""

_SIZED = ("pixel-shuffle", "phases")
"""Passes whose result is valid for only one input size."""

_BEST = {
    "onnxruntime": (*PORTABLE, "phases", "prelu", "pixel-shuffle", "pixel-input"),
    # OpenVINO's own DepthToSpace is faster than transposes.
    "openvino": (*PORTABLE, "prelu", "pixel-input"),
    # They read TFLite, for which no rewrite is needed.
    "litert": (),
    "mediapipe": (),
}

QUANTIZED = (*PORTABLE, "prelu", "pixel-input")
"""The rewrites before int8 and mixed precision, the same for every runtime."""


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
    """The passes that save time in an ONNX runtime, by our measurements."""
    return _BEST.get(runtime, PORTABLE)


def wanted_passes(
    rewrite: bool | Sequence[str] | None, runtime: str, precision: str, *, resized: bool = False
) -> tuple[str, ...] | None:
    """The passes of a variant; None for those that its precision needs.

    Args:
        rewrite: True for those that save time in this runtime, False for none, names, or None for
            those that runtime and precision need.
        runtime: name of a runtime.
        precision: ``float32``, ``float16``, ``int8`` or ``mixed``.
        resized: whether the network will run at another input size than its own, which excludes
            passes that write sizes into the graph.

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
    """The names in the order in which the passes are applied, without duplicates.

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
        network: the network; it is not changed.
        names: names of passes; they are applied in the order of ``PASSES``.

    Raises:
        ConfigError: an unknown name.
        ModelError: a pass made an invalid graph, which is a defect of the pass.
    """
    from onnx import shape_inference

    applied = []
    passes = check_passes(names)
    if passes:
        # Files of other programs may lack the inner shapes, which passes need.
        network = network._replace(model=shape_inference.infer_shapes(network.model))
    for name in passes:
        result = PASSES[name].apply(network)
        if result is not None:
            network = result
            applied.append(name)
    return Rewritten(network, tuple(applied))
