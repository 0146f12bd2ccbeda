"""Store the state of a training run on disk, so that the run can be continued."""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from hairopt.errors import DataError
from hairopt.models.store import write_atomically

KEPT = 3
"""Number of best states that are kept for averaging."""

Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Check:
    """One evaluation of the network, a point of the curve.

    Attributes:
        step: batches so far.
        minutes: minutes of training so far.
        images_per_s: speed since the last check.
        rate: learning rate.
        loss: moving mean of the training loss.
        held_out_iou: mean IoU over held-out photos; None if there are none.
        watched_iou: mean IoU over the watched dataset; None if there is none.
    """

    step: int
    minutes: float
    images_per_s: float
    rate: float
    loss: float
    held_out_iou: float | None
    watched_iou: float | None

    @property
    def score(self) -> float:
        """The IoU that chooses the best state: of the watched dataset if there is one."""
        chosen = self.watched_iou if self.watched_iou is not None else self.held_out_iou
        return chosen if chosen is not None else -self.loss


@dataclass
class State:
    """The data to continue a run.

    Attributes:
        network: current weights.
        average: their moving average.
        optimizer: state of AdamW.
        step: batches so far.
        spent_s: seconds of training so far.
        loss: moving mean of the training loss.
        curve: all checks so far.
        best: the best averages so far with their scores, best first.
    """

    network: Weights
    average: Weights
    optimizer: dict[str, Any]
    step: int = 0
    spent_s: float = 0.0
    loss: float = 0.0
    curve: list[Check] = field(default_factory=list)
    best: list[tuple[float, int, Weights]] = field(default_factory=list)

    def remember(self, check: Check) -> None:
        """Add a check to the curve, and the moving average to the best states if it is one."""
        self.curve.append(check)
        copy = {name: value.detach().cpu().clone() for name, value in self.average.items()}
        ranked = sorted([*self.best, (check.score, check.step, copy)], key=lambda one: -one[0])
        self.best = ranked[:KEPT]

    @property
    def checks_since_best(self) -> int:
        """Checks after the one with the best score."""
        scores = [check.score for check in self.curve]
        return len(scores) - 1 - scores.index(max(scores)) if scores else 0


def save(state: State, path: Path) -> None:
    """Write a checkpoint.

    Raises:
        UsageError: the folder cannot be written.
    """
    buffer = io.BytesIO()
    values = {**vars(state), "curve": [asdict(check) for check in state.curve]}
    torch.save(values, buffer)
    write_atomically(path, buffer.getvalue())


def load(path: Path) -> State:
    """Read a checkpoint; nothing in it is executed.

    Raises:
        DataError: it is damaged or no checkpoint.
    """
    try:
        values = torch.load(path, map_location="cpu", weights_only=True)
        values["curve"] = [Check(**check) for check in values["curve"]]
        return State(**values)
    except Exception as error:  # of torch's many readers
        raise DataError(
            f"{path} is no checkpoint of hairopt distill ({error}); delete it to start again"
        ) from error


def averaged(states: list[Weights]) -> Weights:
    """The mean of several states; counters are those of the first.

    Source: Izmailov et al. 2018, "Averaging weights leads to wider optima".
    """
    mean = dict(states[0])
    for name, first in states[0].items():
        if first.dtype.is_floating_point:
            mean[name] = torch.stack([state[name] for state in states]).mean(0)
    return mean
