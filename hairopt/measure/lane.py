"""Mutable state of one variant during a bench: worker, measurements, or why it was excluded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from hairopt.certainty.expectation import Expectation, Expected
from hairopt.errors import UnavailableError
from hairopt.measure.messages import Loaded, Peaks, Served, Timing
from hairopt.measure.process import RequestRefusedError, Worker, WorkerLostError
from hairopt.measure.run_model import BadCase, Startup
from hairopt.measure.schedule import Regime
from hairopt.runtimes.execution import Execution
from hairopt.stages.cascade import StepAnswer
from hairopt.types import Shade
from hairopt.variants.schema import Variant


@dataclass(frozen=True)
class Start:
    """What one measured process told about itself; ``served`` only that of a back-end."""

    startup: Startup
    loaded: Loaded
    peaks: Peaks
    served: Served | None = None


@dataclass(frozen=True)
class Timed:
    """One timed request.

    Attributes:
        start, turn: in which process start and turn it was.
        round: the number that this request has for every variant, within its regime.
    """

    regime: Regime
    start: int
    turn: int
    round: int
    case: str
    shade: Shade
    intensity: float
    timing: Timing


@dataclass(eq=False)
class Lane:
    """The state of one variant; it is changed by the phases of a bench, one after the other.

    Attributes:
        variant: what is measured.
        status: ``ok`` until something takes the variant out.
        error: why it is out, a complete sentence.
        fix: the command that would help, where there is one.
        worker: the process at hand; None before one is started and after it is gone.
        loaded, startup: what the last process told; None where none came to that.
        starts: number of the start -> what its process told, once it was timed.
        timed: the requests that count, in the order of time.
        request_ms: time of the last warm request; 0 before the first.
        execution: what its runtime made of the network, where it was asked and tells.
        steps_asked: case name -> the steps of a cascade that were asked for it.
        expectation: the calibration of its masks, or what stands in for it, once it was asked.
        failed_cases: case name -> why this variant could not answer it.
    """

    variant: Variant
    status: Literal["ok", "failed", "unavailable"] = "ok"
    error: str | None = None
    fix: str | None = None
    worker: Worker | None = None
    loaded: Loaded | None = None
    startup: Startup | None = None
    execution: Execution | None = None
    expectation: Expectation | Expected | None = None
    starts: dict[int, Start] = field(default_factory=dict)
    timed: list[Timed] = field(default_factory=list)
    request_ms: float = 0.0
    steps_asked: dict[str, tuple[StepAnswer, ...]] = field(default_factory=dict)
    failed_cases: dict[str, BadCase] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The variant's name."""
        return self.variant.name

    @property
    def running(self) -> Worker:
        """The worker of a lane that is still in."""
        assert self.worker is not None, f"{self.name} has no worker"
        return self.worker

    @contextmanager
    def costs_only_itself(self) -> Iterator[None]:
        """Context manager: a lost worker or a refused request excludes this variant only."""
        try:
            yield
        except RequestRefusedError as error:
            refused = error.refused
            if refused.unavailable:
                self.drop("unavailable", str(UnavailableError(refused.reason, refused.fix)))
                self.fix = refused.fix
            else:
                self.drop("failed", str(error))
        except WorkerLostError as error:
            self.drop("failed", str(error))

    @contextmanager
    def costs_only_case(self, name: str, file: str) -> Iterator[None]:
        """Context manager: a refused request costs one case; a lost worker excludes the variant."""
        with self.costs_only_itself():
            try:
                yield
            except RequestRefusedError as error:
                self.failed_cases.setdefault(
                    name, BadCase(name=name, file=file, reason=error.refused.reason)
                )

    def drop(self, status: Literal["failed", "unavailable"], error: str) -> None:
        """Take the variant out."""
        self.status, self.error = status, error
        self.stop()

    def stop(self, *, at_once: bool = False) -> None:
        """End its worker, if it has one; ``at_once`` does not wait for a request under way."""
        if self.worker is not None:
            self.worker.close(at_once=at_once)
            self.worker = None


def alive(lanes: Sequence[Lane]) -> list[Lane]:
    """The lanes that are still in."""
    return [lane for lane in lanes if lane.status == "ok"]
