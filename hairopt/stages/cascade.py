"""Stage segment with several networks: another one is asked where the mask so far is doubtful."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np

from hairopt.certainty.softness import softness
from hairopt.errors import HairoptError, UnavailableError
from hairopt.models.contract import ModelFile
from hairopt.models.squash import squash
from hairopt.runtimes.execution import Execution
from hairopt.stages.answers import require_mask
from hairopt.stages.edge import hair_fraction
from hairopt.stages.mask import upsample
from hairopt.stages.segment import NetworkSegmenter, load_network
from hairopt.types import ImageU8, MaskF32

StepWatcher: TypeAlias = Callable[[int], AbstractContextManager[object]]
"""Entered around the loading and around every call of a step; it is given the step's index."""

_LEAST_SOFTNESS = 0.01
"""Added to a softness before it becomes a weight: two hard masks count alike."""


class StepCondition(Protocol):
    """When a step is asked."""

    name: str | None

    def holds(self, numbers: dict[str, float]) -> bool:
        """Whether it is true for these numbers of the mask so far."""
        ...


@dataclass(frozen=True)
class StepAnswer:
    """What a step that was asked for one photo gave.

    Attributes:
        step: its index, from 0 on.
        softness: of its own mask; NaN for a mask of nothing, or where it has none.
        error: why it has none; empty where it answered.
        ms: wall time of the step, where the caller measures it.
    """

    step: int
    softness: float = math.nan
    error: str = ""
    ms: float = 0.0


@dataclass(frozen=True)
class Step:
    """A loaded step.

    Attributes:
        network: the network; steps with equal settings share it.
        when: asked where this holds for the mask so far.
        choose: ``weighted``, ``surer``, ``mean`` or ``last``.
        mirror: whether the network sees the photo from left to right.
    """

    network: NetworkSegmenter
    when: StepCondition
    choose: str = "surer"
    mirror: bool = False

    def __call__(self, image: ImageU8) -> MaskF32:
        """Probability of hair: float32 (h, w) in [0, 1] for uint8 (H, W, 3) RGB."""
        if not self.mirror:
            return self.network(image)
        # Mirrored at the size of the network, the photo is shrunk only once for several steps.
        shape = self.network.input_shape
        mirrored = np.ascontiguousarray(squash(image, *shape)[:, ::-1])
        mask = np.ascontiguousarray(self.network.network(mirrored)[:, ::-1])
        return self.network.finished(mask, image)


@dataclass(frozen=True)
class Held:
    """The mask so far, how soft it is, of how many answers it is made, and their weight."""

    mask: MaskF32
    softness: float
    n: int
    weight: float

    @classmethod
    def of(cls, mask: MaskF32) -> Held:
        """The answer of one step."""
        soft = softness(mask)
        return cls(mask, soft, 1, certainty_weight(soft))

    def chosen(self, new: Held, choose: str) -> Held:
        """The mask after another answer."""
        if choose == "last":
            return new
        if choose == "surer":
            return new if _doubt(new.softness) < _doubt(self.softness) else self
        weight = self.weight + new.weight
        share = new.weight / weight if choose == "weighted" and weight else 1 / (self.n + 1)
        if share in (0.0, 1.0):  # the other one is a mask of nothing
            return self if share == 0.0 else new
        mean = _mean(self.mask, new.mask, share)
        return Held(mean, softness(mean), self.n + new.n, weight)


class Cascade:
    """Loaded steps. Not safe for use from several threads at once.

    Attributes:
        answers: of the steps that were asked for the last photo, in turn.
    """

    def __init__(self, steps: Sequence[Step], watch: StepWatcher = nullcontext) -> None:
        self.steps = tuple(steps)
        self.answers: tuple[StepAnswer, ...] = ()
        self._watch = watch

    def __call__(self, image: ImageU8) -> MaskF32:
        """Probability of hair: float32 (h, w) in [0, 1] for uint8 (H, W, 3) RGB.

        A step that fails on the photo is passed over: the mask so far stays.

        Raises:
            HairoptError: no step that was asked could answer.
        """
        held: Held | None = None
        answers: list[StepAnswer] = []
        failures: list[Exception] = []
        for index, step in enumerate(self.steps):
            if held is not None and not _is_asked(step, held):
                continue
            try:
                with self._watch(index):
                    mask = step(image)
                    require_mask(f"step {index + 1} of the cascade", mask)
                    new = Held.of(mask)
            except Exception as error:  # of a runtime, any class
                failures.append(error)
                answers.append(StepAnswer(index, error=_reason(error)))
                continue
            answers.append(StepAnswer(index, new.softness))
            held = new if held is None else held.chosen(new, step.choose)
        self.answers = tuple(answers)
        if held is None:
            raise failures[0]
        return held.mask

    @property
    def model_files(self) -> tuple[ModelFile, ...]:
        """The network file of every step."""
        return tuple(step.network.model_file for step in self.steps)

    def executions(self) -> tuple[Execution | None, ...]:
        """The operators that run in every step; None where the runtime cannot list them."""
        return tuple(step.network.execution() for step in self.steps)

    def close(self) -> None:
        """Release the networks; a second call has no effect."""
        for step in self.steps:
            step.network.close()


def load_cascade(
    *,
    steps: Sequence[dict[str, Any]],
    condition: Callable[[str], StepCondition],
    watch: StepWatcher = nullcontext,
) -> Cascade:
    """Load the networks of all steps; steps with equal settings share one.

    Args:
        steps: the keys of ``load_network``, and ``mirror``, ``when`` and ``choose``.
        condition: parses ``when``.
        watch: entered around loading and every call of a step.

    Raises:
        UnavailableError: a step is not available on this machine; it says which one.
        ModelError: the file of a network is damaged or contradicts its contract.
        ConfigError: no runtime or rewrite has this name.
    """
    loaded: dict[str, NetworkSegmenter] = {}
    found: list[Step] = []
    try:
        for index, spec in enumerate(steps):
            settings = dict(spec)
            settings.pop("method", None)
            mirror, when, choose = (settings.pop(key) for key in ("mirror", "when", "choose"))
            key = repr(sorted(settings.items()))
            with watch(index):
                if key not in loaded:
                    loaded[key] = _load(index, len(steps), settings)
            found.append(Step(loaded[key], condition(when), choose, mirror))
    except BaseException:
        for network in loaded.values():
            network.close()
        raise
    return Cascade(found, watch)


def _load(index: int, n: int, settings: dict[str, Any]) -> NetworkSegmenter:
    try:
        return load_network(**settings)
    except UnavailableError as error:
        reason = error.args[0] if error.args else "it is unavailable"
        raise UnavailableError(
            f"step {index + 1} of {n} of the cascade: {reason}", error.fix
        ) from error


def _is_asked(step: Step, held: Held) -> bool:
    """Whether ``when`` holds; where it looks at the softness, a mask of nothing always asks."""
    if step.when.name == "softness":
        return math.isnan(held.softness) or step.when.holds({"softness": held.softness})
    if step.when.name == "hair_fraction":
        return step.when.holds({"hair_fraction": hair_fraction(held.mask)})
    return step.when.holds({})


def certainty_weight(soft: float) -> float:
    """The weight of a mask in a mean of several: 1 / (softness + 0.01) ^ 2, 0 for one of nothing.

    As one weights measurements by the inverse of their variance. Of exponents 2, 4 and 8, 2 gave
    the best Boundary IoU on half of Figaro-1k's 168 photos.
    """
    return 0.0 if math.isnan(soft) else (soft + _LEAST_SOFTNESS) ** -2


def _doubt(soft: float) -> float:
    """The softness, above every softness for a mask of nothing."""
    return math.inf if math.isnan(soft) else soft


def _mean(mask: MaskF32, new: MaskF32, share: float) -> MaskF32:
    """Both masks mixed, ``share`` of the new one, at the size of the larger one."""
    import cv2

    height, width = max(mask.shape, new.shape, key=lambda sides: sides[0] * sides[1])
    one, other = (upsample(plane, height, width) for plane in (mask, new))
    return np.asarray(cv2.addWeighted(one, 1 - share, other, share, 0.0), np.float32)


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if isinstance(error, HairoptError) else f"{type(error).__name__}: {text}"
