"""Measure each exact rewrite of a network: its changes, the difference of the masks, the time."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hairopt.convert.forms.float32 import float32_network
from hairopt.convert.passes.editor import operator_counts
from hairopt.convert.passes.protocol import Network
from hairopt.convert.passes.rewrite import best_passes, rewrite
from hairopt.errors import DataError, ModelError, UnavailableError
from hairopt.measure.in_turns import TimeRatio, time_in_turns
from hairopt.metrics.mask import iou
from hairopt.models.contract import ModelFile, ModelRecord
from hairopt.models.file_summary import sha256_of
from hairopt.models.store import find_model
from hairopt.runtimes import RUNTIMES
from hairopt.runtimes.protocol import RuntimeSettings, Segmenter
from hairopt.types import ImageU8, MaskF32

CLOSE = 1e-4
"""Largest difference of probabilities that the rounding of float32 sums can explain."""


@dataclass(frozen=True)
class Sameness:
    """Difference of the masks of two forms of a network on the same photos.

    Attributes:
        largest_difference: largest difference of probabilities, over all pixels of all photos.
        share_beyond: share of the pixels that differ by more than ``CLOSE``, 0..1.
        iou: IoU of the masks at 0.5, all photos together; None if both are empty.
    """

    largest_difference: float
    share_beyond: float
    iou: float | None


@dataclass(frozen=True)
class RewriteGain:
    """One rewrite, applied after those before it.

    Attributes:
        name: name of the pass.
        applied: whether it found something to rewrite; if not, all other fields are empty.
        operators: kind -> change of the number of operators.
        same: masks compared with those of ``RewriteReport.reference``; None if this form cannot
            run.
        time: ratio of the time to that of the form before; None if one of the two cannot run.
        refusal: why this form cannot run.
    """

    name: str
    applied: bool
    operators: dict[str, int]
    same: Sameness | None = None
    time: TimeRatio | None = None
    refusal: str | None = None


@dataclass(frozen=True)
class RewriteReport:
    """All rewrites that are useful in a runtime, one after the other.

    Attributes:
        runtime: the runtime of the forms, on one thread.
        photos: number of photos.
        reference: ``unrewritten``, or the first rewrite with which the runtime can run the network.
        gains: one per rewrite, in the order in which they are applied.
        time: time of the last form over that of the reference; None if they are the same.
        refusal: why the runtime cannot run the original network; None if it can.
    """

    runtime: str
    photos: int
    reference: str
    gains: tuple[RewriteGain, ...]
    time: TimeRatio | None
    refusal: str | None = None


class _Form:
    """A form loaded in the runtime, or the reason why it cannot be loaded."""

    def __init__(self, network: Network, record: ModelRecord, runtime: str, folder: Path) -> None:
        data = network.model.SerializeToString(deterministic=True)
        path = folder / f"{sha256_of(data)[:16]}.onnx"
        path.write_bytes(data)
        file = ModelFile(
            record=record, path=path, format="onnx", precision="float32",
            sha256=sha256_of(data), contract=network.contract,
        )  # fmt: skip
        self.segmenter: Segmenter | None = None
        self.refusal: str | None = None
        try:
            self.segmenter = RUNTIMES.get(runtime).load(file, RuntimeSettings())
        except (ModelError, UnavailableError) as error:
            self.refusal = str(error).replace(f"{path}", "it")


def measure_rewrites(
    name: str,
    photos: Sequence[ImageU8],
    *,
    runtime: str = "onnxruntime",
    rounds: int = 20,
    on_pass: Callable[[str], None] = lambda _: None,
) -> RewriteReport:
    """Apply the rewrites that are useful in a runtime one by one and measure each.

    Args:
        name: name of a model in the store.
        photos: uint8 (H, W, 3) RGB, at least one.
        runtime: ``onnxruntime`` or ``openvino``.
        rounds: pairs of runs per rewrite, at least two.
        on_pass: called with the name of every rewrite before it is measured.

    Raises:
        UnavailableError: the runtime is not installed or cannot read ONNX, or the model is not on
            this machine.
        DataError: no photo.
        ModelError: the file is damaged, or no form of it can run.
        UsageError: fewer than two rounds.
    """
    executor = RUNTIMES.get(runtime)
    executor.check()
    if "onnx" not in executor.formats:
        raise UnavailableError(
            f"rewrites are made of ONNX networks, and runtime {runtime} reads "
            f"{' and '.join(executor.formats)}; onnxruntime and openvino can show them"
        )
    if not photos:
        raise DataError("there is no photo to compare the masks on")
    record, path = find_model(name)
    network = float32_network(record, path)
    with _forms(record, runtime) as load:
        return _measured(network, load, photos, runtime, rounds, on_pass)


@contextmanager
def _forms(record: ModelRecord, runtime: str) -> Iterator[Callable[[Network], _Form]]:
    """A function that loads forms; all of them are released at the end."""
    loaded: list[_Form] = []
    with tempfile.TemporaryDirectory(prefix="hairopt-rewrites-") as folder:

        def load(network: Network) -> _Form:
            loaded.append(_Form(network, record, runtime, Path(folder)))
            return loaded[-1]

        try:
            yield load
        finally:
            for form in loaded:
                if form.segmenter is not None:
                    form.segmenter.close()


def _measured(
    network: Network,
    load: Callable[[Network], _Form],
    photos: Sequence[ImageU8],
    runtime: str,
    rounds: int,
    on_pass: Callable[[str], None],
) -> RewriteReport:
    before = load(network)
    reference, first, refusal = "unrewritten", before.segmenter, before.refusal
    masks = [first(photo) for photo in photos] if first else []
    gains = []
    for name in best_passes(runtime):
        on_pass(name)
        after = rewrite(network, (name,))
        if not after.applied:
            gains.append(RewriteGain(name, applied=False, operators={}))
            continue
        form, time, same = load(after.network), None, None
        if form.segmenter and first is None:
            reference, first = name, form.segmenter
            masks = [first(photo) for photo in photos]
        if form.segmenter:
            same = _same(masks, [form.segmenter(photo) for photo in photos])
        if form.segmenter and before.segmenter:
            time = time_in_turns(before.segmenter, form.segmenter, photos, rounds)
        changes = _changes(network, after.network)
        gains.append(RewriteGain(name, True, changes, same, time, form.refusal))
        network, before = after.network, form
    if first is None:
        raise ModelError(f"{runtime} can run no form of the network: {before.refusal}")
    last = before.segmenter
    whole = time_in_turns(first, last, photos, rounds) if last and last is not first else None
    return RewriteReport(runtime, len(photos), reference, tuple(gains), whole, refusal)


def _same(wanted: Sequence[MaskF32], found: Sequence[MaskF32]) -> Sameness:
    pairs = list(zip(wanted, found, strict=True))
    differences = np.concatenate([np.abs(a - b).ravel() for a, b in pairs])
    first, second = (np.concatenate([mask.ravel() for mask in side]) for side in (found, wanted))
    return Sameness(
        float(differences.max()),
        float((differences > CLOSE).mean()),
        iou(first[None] > 0.5, second[None] > 0.5),
    )


def _changes(before: Network, after: Network) -> dict[str, int]:
    """Changes of the number of operators by kind; kinds with fewer come first."""
    counts = [operator_counts(network.model) for network in (before, after)]
    changes = {
        kind: counts[1].get(kind, 0) - counts[0].get(kind, 0) for kind in {*counts[0], *counts[1]}
    }
    ranked = sorted(changes.items(), key=lambda item: (item[1] > 0, -abs(item[1]), item[0]))
    return {kind: change for kind, change in ranked if change}
