"""The settings of a user for ``distill``, as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hairopt.datasets.dataset import Dataset
from hairopt.errors import UsageError
from hairopt.train.plan import Plan

SCRATCH = "scratch"


@dataclass(frozen=True)
class Length:
    """How long to train; exactly one of ``minutes`` and ``epochs``.

    Attributes:
        minutes: minutes of training.
        epochs: number of times that every photo is used.
        patience: number of checks without a better result after which the run ends early.
    """

    minutes: float | None = None
    epochs: float | None = None
    patience: int = Plan.patience

    def __post_init__(self) -> None:
        """Refuse an invalid length before anything is labelled.

        Raises:
            UsageError: none or both are given, or the value is not above zero.
        """
        if (self.minutes is None) == (self.epochs is None):
            raise UsageError("give the length of a training run either in minutes or in epochs")
        if not (self.minutes or self.epochs or 0) > 0:
            raise UsageError("a training run needs more than zero minutes or epochs")

    def plan(
        self, photos: int, *, seed: int, batch: int, peak_rate: float, from_noise: bool
    ) -> Plan:
        """The plan for a number of training photos."""
        steps = None
        if self.epochs is not None:
            steps = max(1, round(self.epochs * photos / batch))
        return Plan(
            minutes=self.minutes, steps=steps, seed=seed, batch=batch, peak_rate=peak_rate,
            from_noise=from_noise, patience=self.patience,
        )  # fmt: skip


@dataclass(frozen=True)
class Order:
    """The settings for training a network.

    Attributes:
        photos: folder of photos without labels, with its sub-folders.
        out: folder for labels, checkpoint, curve, network and card.
        length: length of the training.
        labelled: datasets whose truth is also trained on.
        backgrounds: folders of photos without people; they may be inside ``photos``.
        watched: labelled dataset that chooses the best state of the network; never trained on.
        judged: further datasets whose photos must not be trained on.
        teacher: name of the model that labels the photos.
        start: name of a model of the same design to start from, a file, or ``scratch``.
        name: name of the new model.
        licence: licence of the new model.
        device: ``auto``, ``cpu`` or ``cuda``.
        threads: threads of the teacher and of PyTorch on the CPU.
        workers: processes that make examples.
        resume: continue from the checkpoint in ``out``.
        seed, batch, peak_rate: see ``Plan``.
    """

    photos: Path
    out: Path
    length: Length
    labelled: Sequence[Dataset] = ()
    backgrounds: Sequence[Path] = ()
    watched: Dataset | None = None
    judged: Sequence[Dataset] = field(default=())
    teacher: str = "mediapipe-hair"
    start: str = "hairnet"
    name: str = "distilled"
    licence: str = "of its maker, who answers for the rights to the photos"
    device: str = "auto"
    threads: int = 1
    workers: int = 0
    resume: bool = False
    seed: int = 1
    batch: int = 16
    peak_rate: float = 1e-4
