"""Length and learning rate of a training run; the model card lists all of these numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hairopt.errors import UsageError


@dataclass(frozen=True)
class Plan:
    """The settings of a training run. Exactly one of ``minutes`` and ``steps`` is its length.

    Attributes:
        minutes: minutes of training, over all sessions of a resumed run.
        steps: batches; the same seed then gives the same network on the same machine.
        batch: pictures in a batch.
        peak_rate: highest learning rate of AdamW.
        weight_decay: weight decay of AdamW.
        warm_up: share of the run in which the rate rises, 0..1.
        averaging: decay of the moving average of the weights; the average is the result.
        from_noise: whether the weights start random; the average then has to change faster.
        checks: number of checks in the whole run.
        patience: number of checks without a better result after which the run ends.
        seed: seed of all random choices.
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
        """Share of the run that is done, 0..1, or more when it is over."""
        if self.steps is not None:
            return step / self.steps
        return spent_s / 60 / (self.minutes or 1)

    def decay(self, step: int) -> float:
        """Decay of the moving average at a step."""
        if self.from_noise:
            return min(self.averaging, (1 + step) / (10 + step))
        return self.averaging

    def checks_due(self, progress: float) -> int:
        """Number of checks due at this progress."""
        return int(progress * self.checks + 1e-9)  # thirds are not exact in binary fractions

    def rate(self, progress: float) -> float:
        """Learning rate: a linear rise, then half a cosine to zero (Loshchilov, Hutter 2017)."""
        if progress < self.warm_up:
            return self.peak_rate * progress / self.warm_up
        falling = (min(progress, 1.0) - self.warm_up) / (1 - self.warm_up)
        return self.peak_rate * (1 + math.cos(math.pi * falling)) / 2
