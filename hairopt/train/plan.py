"""How long and how fast to train: plain numbers, all of which end up in the model card."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hairopt.errors import UsageError


@dataclass(frozen=True)
class Plan:
    """The settings of a training run. Exactly one of ``minutes`` and ``steps`` is its length.

    Attributes:
        minutes: of training, over all sessions of a run that is resumed.
        steps: batches; the same seed then gives the same network on the same machine.
        batch: pictures in a batch.
        peak_rate: highest learning rate of AdamW.
        weight_decay: of AdamW.
        warm_up: part of the run in which the rate rises.
        averaging: decay of the moving average of the weights, which is what is kept.
        from_noise: whether the weights start as noise, which the average has to forget quickly.
        checks: how often the network is looked at, over the whole run.
        patience: checks without a better result after which the run ends.
        seed: of everything that is drawn.
    """

    minutes: float | None = None
    steps: int | None = None
    batch: int = 16
    peak_rate: float = 1e-3
    weight_decay: float = 2e-4
    warm_up: float = 0.04
    averaging: float = 0.99
    from_noise: bool = False
    checks: int = 24
    patience: int = 8
    seed: int = 1

    def __post_init__(self) -> None:
        if (self.minutes is None) == (self.steps is None):
            raise UsageError("a training run needs a length: either minutes or epochs, not both")
        if (self.minutes or self.steps or 0) <= 0:
            raise UsageError("a training run needs a length of more than zero minutes or epochs")

    def progress(self, step: int, spent_s: float) -> float:
        """How much of the run is done, 0..1 and beyond."""
        if self.steps is not None:
            return step / self.steps
        return spent_s / 60 / (self.minutes or 1)

    def decay(self, step: int) -> float:
        """Of the moving average at a step."""
        if self.from_noise:
            return min(self.averaging, (1 + step) / (10 + step))
        return self.averaging

    def checks_due(self, progress: float) -> int:
        """How many checks belong to the part of the run that is done."""
        return int(progress * self.checks + 1e-9)  # thirds of a run are no binary fractions

    def rate(self, progress: float) -> float:
        """Learning rate: a linear rise, then half a cosine to zero (Loshchilov, Hutter 2017)."""
        if progress < self.warm_up:
            return self.peak_rate * progress / self.warm_up
        falling = (min(progress, 1.0) - self.warm_up) / (1 - self.warm_up)
        return self.peak_rate * (1 + math.cos(math.pi * falling)) / 2
