"""The training loop."""

from __future__ import annotations

import copy
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from hairopt.errors import HairoptError
from hairopt.train.checkpoint import Check, State, load, save
from hairopt.train.examples import Examples, Pair
from hairopt.train.plan import Plan
from hairopt.train.watch import Watched, mean_iou

Report = Callable[[float, float, State], None]
"""Called after every step with the progress (0..1), the remaining seconds and the state."""

_CLIPPED_NORM = 2.0
_LOSS_MEMORY = 0.98
_SMOOTH_PX = 50.0
"""Limits the effect of single pixels on the Dice term of nearly empty labels."""


@dataclass(frozen=True)
class Setting:
    """Data and device of a training run.

    Attributes:
        examples: makes the training examples.
        held_out: photos that are not trained on.
        watched: a labelled dataset that chooses the best state; may be empty.
        device: device of PyTorch.
        workers: processes that make examples; 0: this process makes them.
        checkpoint: file of the state.
    """

    examples: Examples
    held_out: Sequence[Watched]
    watched: Sequence[Watched]
    device: str
    workers: int
    checkpoint: Path


def train(
    network: nn.Module, plan: Plan, setting: Setting, *, resume: bool, report: Report
) -> State:
    """Train until the plan is done or the result no longer improves; save the state at each check.

    Args:
        network: with its initial weights; it is trained in place.
        plan: length and learning rate.
        setting: data and device.
        resume: continue from the checkpoint, if there is one.
        report: called after every step.

    Raises:
        DataError: a damaged checkpoint, or a missing label.
        HairoptError: a process that draws examples was killed.
    """
    run = _Run(network, plan, setting)
    if resume and setting.checkpoint.is_file():
        run.restore(load(setting.checkpoint))
    with _told_plainly():
        try:
            run.go(report)
        finally:
            _save_last(run.state, setting.checkpoint)
    return run.state


class _Run:
    def __init__(self, network: nn.Module, plan: Plan, setting: Setting) -> None:
        self._plan, self._setting = plan, setting
        self._network = network.to(setting.device)
        self._network.to(memory_format=torch.channels_last)  # type: ignore[call-overload, unused-ignore]
        self._average = copy.deepcopy(self._network).eval()
        self._optimizer = torch.optim.AdamW(
            self._network.parameters(), lr=plan.peak_rate, weight_decay=plan.weight_decay
        )
        self.state = State({}, {}, {})
        self._refer()

    def restore(self, state: State) -> None:
        """Continue from a state."""
        self._network.load_state_dict(state.network)
        self._average.load_state_dict(state.average)
        if state.optimizer:
            self._optimizer.load_state_dict(state.optimizer)
        self.state = state
        self._refer()

    def go(self, report: Report) -> None:
        """Run steps until done; the state is up to date afterwards, also after an error."""
        try:
            self._steps(report)
        finally:
            self._refer()

    def _steps(self, report: Report) -> None:
        progress = self._progress()
        checked = self._plan.checks_due(progress)
        self._mark = (self.state.step, self.state.spent_s)
        for images, labels in self._batches():
            started = time.perf_counter()
            rate = self._plan.rate(progress)
            self._step(images, labels, rate)
            self.state.spent_s += time.perf_counter() - started + self._waited_s
            progress = self._progress()
            if self._plan.checks_due(progress) > checked:
                checked = self._plan.checks_due(progress)
                self._check(rate)
            report(progress, self._left_s(progress), self.state)
            if progress >= 1 or self.state.checks_since_best >= self._plan.patience:
                break

    def _progress(self) -> float:
        return self._plan.progress(self.state.step, self.state.spent_s)

    def _left_s(self, progress: float) -> float:
        return self.state.spent_s * max(0.0, 1 - progress) / max(progress, 1e-9)

    def _batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """An endless series of batches, starting at the current step of the run."""
        source = _Numbered(self._setting.examples, self.state.step * self._plan.batch)
        loader = DataLoader(
            source,
            batch_size=self._plan.batch,
            num_workers=self._setting.workers,
            # A forked process would wait for threads that the networks have started here.
            multiprocessing_context="spawn" if self._setting.workers else None,
            persistent_workers=self._setting.workers > 0,
            pin_memory=self._setting.device.startswith("cuda"),
            worker_init_fn=_start_worker,
        )
        waiting_since = time.perf_counter()
        for images, labels in loader:
            self._waited_s = time.perf_counter() - waiting_since
            yield images, labels
            waiting_since = time.perf_counter()

    def _step(self, images: Tensor, labels: Tensor, rate: float) -> None:
        device = self._setting.device
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._network.train()
        if not self._plan.from_noise:
            keep_statistics(self._network)
        images = images.to(device, non_blocking=True, memory_format=torch.channels_last)
        with _mixed_precision(device):
            logits = self._network(images)
        value = loss(logits, labels.to(device, non_blocking=True))
        self._optimizer.zero_grad(set_to_none=True)
        value.backward()  # type: ignore[no-untyped-call, unused-ignore]
        nn.utils.clip_grad_norm_(self._network.parameters(), _CLIPPED_NORM)
        self._optimizer.step()
        self._follow()
        state = self.state
        memory = min(_LOSS_MEMORY, state.step / (state.step + 1))
        state.loss = memory * state.loss + (1 - memory) * value.item()
        state.step += 1

    def _follow(self) -> None:
        """Update the moving average of the weights."""
        decay = self._plan.decay(self.state.step)
        moving = self._average.state_dict().values()
        with torch.no_grad():
            for mean, value in zip(moving, self._network.state_dict().values(), strict=True):
                if mean.dtype.is_floating_point:
                    mean.lerp_(value, 1 - decay)
                else:
                    mean.copy_(value)

    def _check(self, rate: float) -> None:
        state, setting = self.state, self._setting
        steps, seconds = state.step - self._mark[0], state.spent_s - self._mark[1]
        self._mark = (state.step, state.spent_s)
        self._refer()
        state.remember(
            Check(
                step=state.step,
                minutes=round(state.spent_s / 60, 2),
                images_per_s=round(steps * self._plan.batch / max(seconds, 1e-9), 1),
                rate=rate,
                loss=round(state.loss, 4),
                held_out_iou=mean_iou(self._average, setting.held_out, setting.device),
                watched_iou=mean_iou(self._average, setting.watched, setting.device),
            )
        )
        save(state, setting.checkpoint)

    def _refer(self) -> None:
        """Copy network, average and optimizer to the state."""
        self.state.network = self._network.state_dict()
        self.state.average = self._average.state_dict()
        self.state.optimizer = self._optimizer.state_dict()


def loss(logits: Tensor, label: Tensor) -> Tensor:
    """Binary cross-entropy plus one minus the soft Dice coefficient (Milletari et al. 2016).

    Cross-entropy makes every pixel a calibrated probability; Dice gives small and large heads the
    same weight.

    Args:
        logits: (N, 1, H, W).
        label: (N, 1, H, W) in [0, 1].

    Returns:
        A scalar.
    """
    logits, label = logits.float(), label.float()
    probability = logits.sigmoid()
    axes = (1, 2, 3)
    common = 2 * (probability * label).sum(axes) + _SMOOTH_PX
    both = probability.sum(axes) + label.sum(axes) + _SMOOTH_PX
    entropy = functional.binary_cross_entropy_with_logits(logits, label)
    return entropy + (1 - common / both).mean()


class _Numbered(Dataset[Pair]):
    """Examples by number, starting at a given number."""

    def __init__(self, examples: Examples, first: int) -> None:
        self._examples, self._first = examples, first

    def __len__(self) -> int:
        return 1 << 40

    def __getitem__(self, index: int) -> Pair:
        return self._examples.draw(self._first + index)


def keep_statistics(network: nn.Module) -> None:
    """Use fixed statistics for normalisation during training, as the exported network does.

    The statistics of a batch make a trained network worse: augmented portraits differ from
    close-ups of braids, and the running mean would drift towards the portraits.
    """
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


def _start_worker(_number: int) -> None:
    """One thread, and a session of its own, so that its parent alone ends it."""
    import cv2

    cv2.setNumThreads(1)
    if hasattr(os, "setsid"):
        os.setsid()


def _save_last(state: State, path: Path) -> None:
    """Save, and again if PyTorch's error about a killed worker comes just then."""
    try:
        save(state, path)
    except RuntimeError as error:
        if "DataLoader worker" in str(error):
            save(state, path)
        raise


@contextmanager
def _told_plainly() -> Iterator[None]:
    """A worker that was killed, as an error of hairopt; PyTorch raises it wherever Python is."""
    try:
        yield
    except RuntimeError as error:
        if "DataLoader worker" not in str(error):
            raise
        raise HairoptError(
            f"a process that draws training examples has ended ({str(error).strip()}); memory may "
            "have run out: take fewer --workers, and go on with --resume"
        ) from error


def _mixed_precision(device: str) -> AbstractContextManager[object]:
    """bfloat16 if the tensor cores support it; it needs no scaling of the loss."""
    if device.startswith("cuda") and torch.cuda.is_bf16_supported():
        half: AbstractContextManager[object] = torch.autocast("cuda", dtype=torch.bfloat16)
        return half
    return nullcontext()
