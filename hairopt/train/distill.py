"""From a folder of photos to a network that hairopt can bench: label, train, choose, export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import nn

from hairopt.errors import UsageError
from hairopt.files.csv import csv_text
from hairopt.files.lock import alone_at_work
from hairopt.models.add import add
from hairopt.models.contract import ModelRecord
from hairopt.models.store import find_model, write_atomically
from hairopt.quantities import number_of
from hairopt.train.card import CardFacts, model_card
from hairopt.train.checkpoint import Check, State, Weights, averaged, load
from hairopt.train.examples import Examples
from hairopt.train.export import contract, to_onnx
from hairopt.train.gather import LABELS, gather
from hairopt.train.initial_weights import start_from
from hairopt.train.labels import LabelStore
from hairopt.train.loop import Setting, train
from hairopt.train.network import INPUT_PX, HairNet
from hairopt.train.order import SCRATCH, Order
from hairopt.train.torch_extra import choose_device, quick_on_cpu
from hairopt.train.watch import Watched, held_out, mean_iou, watched_cases

_CHECKPOINT = "checkpoint.pt"

_FIRST_CALIBRATION = 1 << 40
"""Number of the first example for the initial normalisations: larger than any trained on."""


class Observer(Protocol):
    """Receives the progress."""

    def done(self, what: str, number: int, total: int) -> None:
        """``number`` of ``total`` photos have passed a phase."""

    def trained(self, progress: float, left_s: float, state: State) -> None:
        """A training step is done."""


@dataclass(frozen=True)
class Distilled:
    """The result of a distillation.

    Attributes:
        record: the record of the model in the store.
        onnx, tflite, card, curve: the files in the folder of the run.
        start_score, score: mean IoU before and after, on the photos that chose the network.
        state: the state at the end of the training.
    """

    record: ModelRecord
    onnx: Path
    tflite: Path
    card: Path
    curve: Path
    start_score: float | None
    score: float | None
    state: State


def distill(order: Order, observer: Observer) -> Distilled:
    """Train a network, as ``hairopt distill`` does.

    The same order, seed and length in epochs give the same network on the same machine; with
    ``resume`` an interrupted run continues from its last check.

    Raises:
        UsageError: the folder has another run, or there is no length.
        DataError: no usable photo, or a photo that also occurs in a dataset that judges.
        UnavailableError: the teacher, the device or PyTorch is not available.
        ModelError: the model to start from has another design.
        KeyboardInterrupt: its text says what is kept.
    """
    with alone_at_work(order.out / _CHECKPOINT, "hairopt distill"):
        try:
            return _distill(order, observer)
        except KeyboardInterrupt as interruption:
            raise KeyboardInterrupt(_kept(order.out)) from interruption


def _kept(out: Path) -> str:
    """The results of an interrupted run that are on disk."""
    if (out / _CHECKPOINT).is_file():
        step = load(out / _CHECKPOINT).step
        batches = number_of(step, "batch of training is", "batches of training are")
        return f"{batches} kept in {out}, and --resume continues from there"
    count = sum(len(LabelStore(folder).entries()) for folder in out.glob(f"{LABELS}*"))
    if count:
        photos = number_of(count, "labelled photo is", "labelled photos are")
        return f"{photos} kept in {out}, and the same command uses them again"
    return "no photo had been labelled yet, so nothing is kept"


def _distill(order: Order, observer: Observer) -> Distilled:
    device = choose_device(order.device)
    quick_on_cpu(order.threads)
    checkpoint = order.out / _CHECKPOINT
    _require_fresh(order, checkpoint)
    judged = [*order.judged, *([order.watched] if order.watched else [])]
    gathered = gather(
        order.photos, order.labelled, order.backgrounds, judged, order.teacher, order.out,
        observer.done, order.threads,
    )  # fmt: skip
    examples = Examples(
        gathered.store, gathered.entries, gathered.backgrounds, seed=order.seed, side_px=INPUT_PX
    )
    plan = order.length.plan(
        examples.count, seed=order.seed, batch=order.batch, peak_rate=order.peak_rate,
        from_noise=order.start == SCRATCH,
    )  # fmt: skip
    kept = held_out(gathered.store, gathered.entries, INPUT_PX)
    watched = watched_cases(order.watched, INPUT_PX) if order.watched else []
    network = _started(order, examples)
    chosen_by = watched or kept
    start_score = mean_iou(network.to(device), chosen_by, device)
    setting = Setting(examples, kept, watched, device, order.workers, checkpoint)
    curve = order.out / "curve.csv"
    state = train(network, plan, setting, resume=order.resume, report=_recording(curve, observer))
    write_curve(state.curve, curve)
    score = choose(network, state, chosen_by, device)
    facts = CardFacts(order, gathered, plan, state, start_score, score, device)
    return _written(order, network, facts, curve)


def choose(network: nn.Module, state: State, watched: list[Watched], device: str) -> float | None:
    """Load the best of the kept states into a network, or their mean if it is not worse.

    Returns:
        Mean IoU over ``watched``; None if that is empty.
    """
    candidates: list[Weights] = [weights for _, _, weights in state.best] or [state.average]
    if len(candidates) > 1:
        candidates.append(averaged(candidates))
    scores = []
    for weights in candidates:
        network.load_state_dict(weights)
        scores.append(mean_iou(network, watched, device))
    known = [-1.0 if score is None else score for score in scores]
    # The last of equal ones is the mean: it depends least on the pictures used to choose.
    best = len(known) - 1 - int(np.argmax(known[::-1]))
    network.load_state_dict(candidates[best])
    return scores[best]


def write_curve(curve: list[Check], path: Path) -> None:
    """Write the checks of a run as CSV.

    Raises:
        UsageError: the folder cannot be written.
    """
    rows = [[one.name for one in fields(Check)], *map(astuple, curve)]
    write_atomically(path, csv_text(rows).encode())


def _require_fresh(order: Order, checkpoint: Path) -> None:
    if checkpoint.is_file() and not order.resume:
        raise UsageError(
            f"{order.out} has a training run already; continue with --resume, or choose another "
            "folder (labels alone are used again)"
        )


def _started(order: Order, examples: Examples) -> HairNet:
    torch.manual_seed(order.seed)
    network = HairNet()
    if order.start == SCRATCH:
        return network
    is_file = order.start.endswith(".onnx")
    path = Path(order.start) if is_file else find_model(order.start)[1]

    def batch(number: int) -> torch.Tensor:
        first = _FIRST_CALIBRATION + number * order.batch
        pictures = [examples.draw(first + i)[0] for i in range(order.batch)]
        return torch.from_numpy(np.stack(pictures))

    start_from(network, path, batch, INPUT_PX)
    return network


def _recording(path: Path, observer: Observer) -> Callable[[float, float, State], None]:
    """Write the curve after each check, and pass the progress on."""
    written = 0

    def report(progress: float, left_s: float, state: State) -> None:
        nonlocal written
        if len(state.curve) > written:
            written = len(state.curve)
            write_curve(state.curve, path)
        observer.trained(progress, left_s, state)

    return report


def _written(order: Order, network: HairNet, facts: CardFacts, curve: Path) -> Distilled:
    from hairopt.convert.tflite.from_onnx import tflite_bytes

    model = to_onnx(network, INPUT_PX)
    onnx_path, tflite_path = order.out / f"{order.name}.onnx", order.out / f"{order.name}.tflite"
    card = order.out / "MODEL_CARD.md"
    write_atomically(onnx_path, model.SerializeToString(deterministic=True))
    made = tflite_bytes(model, order.name, order.licence, contract(INPUT_PX))
    write_atomically(tflite_path, made)
    write_atomically(card, model_card(facts).encode())
    values = contract(INPUT_PX)
    added = add(
        onnx_path,
        name=order.name,
        licence=order.licence,
        source=f"distilled from {order.teacher} by hairopt, {number_of(facts.photos, 'photo')}",
        summary=f"compact hair network, {INPUT_PX} px, taught by {order.teacher}",
        input_values=values.input.model_dump(include={"name", "layout", "height", "width"}),
        output_values=values.output.model_dump(include={"name", "layout", "kind"}),
        replace=True,
    )
    return Distilled(
        added.record,
        onnx_path,
        tflite_path,
        card,
        curve,
        facts.start_score,
        facts.score,
        facts.state,
    )
