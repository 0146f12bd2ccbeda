"""Calibration: the ranges of a network's tensors on photos, for quantisation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hairopt.convert.quantization.histogram import Histogram
from hairopt.errors import DataError, ModelError
from hairopt.files.validated import Document
from hairopt.models.contract import InputContract
from hairopt.models.tensors import prepare
from hairopt.quantities import number_of
from hairopt.runtimes.onnx_session import open_session
from hairopt.runtimes.protocol import RuntimeSettings
from hairopt.types import ImageU8

if TYPE_CHECKING:
    import onnx

    from hairopt.runtimes.onnx_session import Session

MIN_PHOTOS = 2
"""Least number of calibration photos."""

ENOUGH_PHOTOS = 100
"""Enough photos for the extremes of the activations: dark, blond and no hair, in and outdoors."""


@dataclass(frozen=True)
class Calibration:
    """The range of each tensor over all photos.

    Attributes:
        photos: number of photos.
        fingerprint: SHA-256 over the photos' own SHA-256, in order.
        ranges: tensor name -> (minimum, maximum).
        method: the method, a name in ``METHODS``.
        hashes: SHA-256 of the pixels of each photo.
        network: ``Network.structure`` of the network, before it was folded.
    """

    photos: int
    fingerprint: str
    ranges: Mapping[str, tuple[float, float]]
    method: str = "minmax"
    hashes: tuple[str, ...] = ()
    network: str = ""


@dataclass(frozen=True)
class Observed:
    """The distributions of a network's tensors on photos, from which a method computes ranges.

    Attributes:
        photos: SHA-256 of the pixels of each photo.
        histograms: tensor name -> histogram of its values.
    """

    photos: tuple[str, ...]
    histograms: Mapping[str, Histogram]

    def calibration(self, method: str) -> Calibration:
        """Ranges by ``minmax``, ``percentile`` or ``entropy``.

        Raises:
            ModelError: a tensor held values that are not finite.
        """
        extremes = {name: (h.minimum, h.maximum) for name, h in self.histograms.items()}
        _require_finite(extremes)
        draw = METHODS[method]
        ranges = {name: draw(h) for name, h in self.histograms.items()}
        return Calibration(len(self.photos), _fingerprint(self.photos), ranges, method, self.photos)


METHODS: dict[str, Callable[[Histogram], tuple[float, float]]] = {
    "minmax": lambda histogram: (histogram.minimum, histogram.maximum),
    "percentile": lambda histogram: histogram.percentile(0.9999),
    "entropy": lambda histogram: histogram.entropy(),
}
"""Methods for a range: all values, 99.99 % of them, or the range that keeps most information."""


def observe(
    model: onnx.ModelProto,
    contract: InputContract,
    photos: Iterable[ImageU8],
    operators: tuple[str, ...],
) -> Observed:
    """Run a network on photos and record the inputs and outputs of some operators.

    Args:
        model: a float32 network, folded (``hairopt.convert.quantization.onnx_int8.fold``).
        contract: how a photo becomes its input.
        photos: uint8 (H, W, 3) RGB; none of them may be used to judge the result.
        operators: kinds of operators whose tensors are recorded.

    Raises:
        DataError: fewer than two photos.
        ModelError: the network cannot run.
    """
    names = _float_tensors(model, operators)
    histograms = {name: Histogram() for name in names}
    session = session_showing(model, names)
    hashes = []
    for photo in photos:
        # Named: what onnxruntime 1.23 returns for the network's input is the feed's own memory.
        feed = {contract.name: prepare(photo, contract)}
        values = session.run(names, feed)
        for name, value in zip(names, values, strict=True):
            histograms[name].add(value)
        hashes.append(photo_hash(photo))
    if len(hashes) < MIN_PHOTOS:
        raise DataError(
            f"calibration got {number_of(len(hashes), 'photo')}; at least {MIN_PHOTOS} are needed, "
            f"{ENOUGH_PHOTOS} are advisable"
        )
    return Observed(tuple(hashes), histograms)


def _float_tensors(model: onnx.ModelProto, operators: tuple[str, ...]) -> list[str]:
    """Computed float32 tensors that are inputs or outputs of operators of these kinds."""
    from onnx import TensorProto

    graph = model.graph
    constants = {initializer.name for initializer in graph.initializer}
    kinds = {
        value.name: value.type.tensor_type.elem_type
        for value in (*graph.input, *graph.value_info, *graph.output)
    }
    names = dict.fromkeys(
        name
        for node in graph.node
        if node.op_type in operators
        for name in (*node.input, *node.output)
    )
    return [
        name for name in names if name not in constants and kinds.get(name) == TensorProto.FLOAT
    ]


def session_showing(model: onnx.ModelProto, names: list[str]) -> Session:
    """The network without optimisation, on one thread, with these tensors as further outputs.

    Raises:
        ModelError: onnxruntime cannot load it.
    """
    import onnx

    shown = onnx.ModelProto()
    shown.CopyFrom(model)
    ends = {value.name for value in (*shown.graph.output, *shown.graph.input)}
    inner = [value for value in shown.graph.value_info if value.name in names]
    shown.graph.output.extend(value for value in inner if value.name not in ends)
    given = [value for value in shown.graph.input if value.name in names]
    shown.graph.output.extend(given)
    # An optimised graph would not have all tensors.
    return open_session(shown, RuntimeSettings(graph_optimization="none"))


def fingerprint(photos: Iterable[ImageU8]) -> str:
    """``Calibration.fingerprint`` for these photos."""
    return _fingerprint([photo_hash(photo) for photo in photos])


def require_disjoint(calibration: Calibration, hashes: Mapping[str, str]) -> None:
    """Refuse to judge a network on photos it was calibrated with.

    Args:
        calibration: what the network was quantised with.
        hashes: name -> ``photo_hash`` of the photos it is to be judged on.

    Raises:
        DataError: some have the same pixels; they are named.
    """
    seen = set(calibration.hashes)
    shared = [name for name, one in hashes.items() if one in seen]
    if shared:
        listed = ", ".join(shared[:5]) + (" and others" if len(shared) > 5 else "")
        raise DataError(
            f"{number_of(len(shared), 'photo is', 'photos are')} in both the calibration and the "
            f"evaluation set: {listed}; remove them from one of the two"
        )


def read_calibration(path: Path) -> Calibration:
    """Read a file written by ``calibration_json``.

    Raises:
        ModelError: another or a damaged file; the message names file, line and key.
    """
    calibration = Document.read_json(path, "a calibration", ModelError).validated(Calibration)
    _require_finite(calibration.ranges)
    return calibration


def calibration_json(calibration: Calibration) -> str:
    """A calibration as JSON, with ranges in seven digits, the precision of float32."""
    ranges = {
        name: [float(f"{low:.7g}"), float(f"{high:.7g}")]
        for name, (low, high) in sorted(calibration.ranges.items())
    }
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(pair)}" for name, pair in ranges.items())
    hashes = ",\n".join(f'  "{one}"' for one in calibration.hashes)
    return (
        f'{{"photos": {calibration.photos},\n"fingerprint": "{calibration.fingerprint}",\n'
        f'"method": "{calibration.method}",\n"network": "{calibration.network}",\n'
        f'"hashes": [\n{hashes}\n],\n'
        f'"ranges": {{\n{lines}\n}}}}\n'
    )


def _fingerprint(hashes: Iterable[str]) -> str:
    total = hashlib.sha256()
    for one in hashes:
        total.update(bytes.fromhex(one))
    return total.hexdigest()


def photo_hash(photo: ImageU8) -> str:
    """SHA-256 of the pixels of a photo, uint8 (H, W, 3) RGB, in hex."""
    digest = hashlib.sha256(str(photo.shape).encode())
    digest.update(np.ascontiguousarray(photo).data)
    return digest.hexdigest()


def _pair(values: Sequence[float]) -> tuple[float, float]:
    low, high = (float(value) for value in values)
    return low, high


def _require_finite(ranges: Mapping[str, tuple[float, float]]) -> None:
    for name, (low, high) in ranges.items():
        if not (np.isfinite([low, high]).all() and low <= high):
            raise ModelError(
                f"tensor {name!r} ranges from {low} to {high} on the photos; a network with such "
                "values cannot be quantised: check its input (mean, std) and its weights"
            )
