"""Profile the segment stage: preparation, inference, reading, and the network's operators."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from hairopt.errors import HairoptError
from hairopt.models.contract import ModelFile
from hairopt.profile.model import NetworkProfile, Operator
from hairopt.runtimes.protocol import RuntimeSettings
from hairopt.types import ImageU8

if TYPE_CHECKING:
    from hairopt.variants.schema import NetworkSpec

_NOTES = {
    "mediapipe": "MediaPipe Tasks offers no profile of its operators, and prepares the tensor "
    "itself; the same weights in runtime onnxruntime or openvino show them",
    "litert": "LiteRT's Python interpreter offers no profile of its operators (XNNPACK runs them "
    "as one); the same weights in runtime onnxruntime or openvino show them",
}

Measured = list[tuple[str, str, float]]
"""Name, operator type and milliseconds of every node in every inference."""


def look_inside(
    spec: NetworkSpec,
    file: ModelFile | None,
    image: ImageU8,
    segment_ms: float,
    repeats: int,
) -> NetworkProfile:
    """Measure the parts of the segment stage.

    Args:
        spec: the keys of the network.
        file: the network that runs; None if a plug-in does not give it.
        image: uint8 (H, W, 3) RGB.
        segment_ms: time of the whole stage, warm.
        repeats: number of inferences for the mean.
    """
    if file is None:
        note = "this segmenter has no network file, or does not give it"
        return NetworkProfile(prepare_ms=None, read_ms=None, inference_ms=segment_ms, note=note)
    if spec.runtime == "mediapipe":
        note = _NOTES["mediapipe"]
        return NetworkProfile(prepare_ms=None, read_ms=None, inference_ms=segment_ms, note=note)
    prepare_ms, read_ms = _around(spec, file, image, repeats)
    profilers: dict[str, Callable[[ModelFile, RuntimeSettings, ImageU8, int], Measured]] = {
        "onnxruntime": _onnxruntime,
        "openvino": _openvino,
    }
    measured: Measured = []
    note = _NOTES.get(spec.runtime, "this runtime offers no profile of its operators")
    if spec.runtime in profilers:
        try:
            measured = profilers[spec.runtime](file, _settings(spec), image, repeats)
            note = f"measured by {spec.runtime}'s own profiler, which slows it down a little"
        except (HairoptError, RuntimeError) as error:
            note = f"the profiler of {spec.runtime} failed: {error}"
    return NetworkProfile(
        prepare_ms=prepare_ms,
        read_ms=read_ms,
        inference_ms=max(0.0, segment_ms - prepare_ms - read_ms),
        types=_summed(((kind, kind, ms) for _, kind, ms in measured), repeats),
        layers=_summed(measured, repeats),
        note=note,
    )


def _settings(spec: NetworkSpec) -> RuntimeSettings:
    return RuntimeSettings(
        threads=spec.threads,
        input_size=spec.input_size,
        arena=spec.arena,
        spinning=spec.spinning,
        graph_optimization=spec.graph_optimization,
        provider=spec.provider,
    )


def _around(
    spec: NetworkSpec, file: ModelFile, image: ImageU8, repeats: int
) -> tuple[float, float]:
    """Median times of photo to tensor and tensor to mask, ms."""
    import numpy as np

    from hairopt.models.tensors import prepare, read_mask

    contract = file.contract.at(spec.input_size)
    size = contract.input.height
    out = contract.output
    shape = (1, out.channels, size, size) if out.layout == "NCHW" else (1, size, size, out.channels)
    output = np.zeros(shape, dtype=out.dtype)
    prepared = _median(lambda: prepare(image, contract.input), repeats)
    return prepared, _median(lambda: read_mask(output, out), repeats)


def _median(work: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def _onnxruntime(
    file: ModelFile, settings: RuntimeSettings, image: ImageU8, repeats: int
) -> Measured:
    from hairopt.runtimes.onnxruntime_runtime import profile

    nodes = profile(file, settings, image, repeats)
    return [(node.name, node.operator, node.ms) for node in nodes]


def _openvino(file: ModelFile, settings: RuntimeSettings, image: ImageU8, repeats: int) -> Measured:
    from hairopt.runtimes.openvino_runtime import profile

    kernels = profile(file, settings, image, repeats)
    return [(kernel.name, kernel.operator, kernel.ms) for kernel in kernels]


def _summed(measured: Iterable[tuple[str, str, float]], repeats: int) -> list[Operator]:
    """Means per inference, the slowest first."""
    total: dict[tuple[str, str], float] = defaultdict(float)
    calls: dict[tuple[str, str], int] = defaultdict(int)
    for name, kind, ms in measured:
        total[name, kind] += ms
        calls[name, kind] += 1
    whole = sum(total.values())
    return [
        Operator(
            name=name,
            type_=kind,
            calls=calls[name, kind] // repeats,
            ms=ms / repeats,
            share=ms / whole if whole else 0.0,
        )
        for (name, kind), ms in sorted(total.items(), key=lambda item: -item[1])
    ]
