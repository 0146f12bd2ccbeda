"""What a worker is asked and what it answers: plain data that crosses the process boundary.

A request is a tuple of the operation's name and its arguments; ``worker.Server`` has one method
per operation, to which bytes come as ``pipeline.Given``. It has one answer, or several from an
operation that is a generator. Every message is one pickle; both ends are this program.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hairopt.types import Box

if TYPE_CHECKING:
    from hairopt.runtimes.execution import Execution
    from hairopt.stages.cascade import StepAnswer


@dataclass(frozen=True)
class StoredPhoto:
    """An encoded photo as a part of a file."""

    file: str
    start: int
    length: int

    def read(self) -> bytes:
        """The photo."""
        with open(self.file, "rb") as opened:  # noqa: PTH123 - pathlib costs a worker memory
            opened.seek(self.start)
            return opened.read(self.length)


@dataclass(frozen=True)
class Loaded:
    """A worker is ready.

    Attributes:
        import_ms: from the start of the process to the imported pipeline, lazy imports included.
        load_ms: from variant to loaded pipeline, without imports.
        after_load_mb: resident memory at rest.
        model: the fields of ``run_model.ModelInfo`` for the network file that is executed; None
            where the pipeline has none. (Importing that module would cost the worker time and
            memory that a user's process does not pay.)
        steps: the same for every step of a cascade; empty for other methods.
        is_cold: whether the program was started for this, so that its times mean something.
        note: what there is to be told of a back-end.
    """

    import_ms: float
    load_ms: float
    after_load_mb: float
    model: dict[str, Any] | None
    steps: tuple[dict[str, Any], ...] = ()
    is_cold: bool = True
    note: str = ""


@dataclass(frozen=True)
class First:
    """The first request: its time without imports, and the time of those imports."""

    first_ms: float
    import_ms: float


@dataclass(frozen=True)
class Timing:
    """One warm request, seen from inside the process that answered it, or by a client.

    Attributes:
        steps: of a cascade, the steps that were asked, with their times.
        cpu_ms: None where the processes of a back-end are not known.
        own_ms: of ``total_ms``, what the adapter of a back-end takes by itself; None if not known.
        resident_mb: memory of a back-end's processes after the request; None if not known.
        number: which request of the process it was, from 1; 0 where nobody counts.
    """

    total_ms: float
    cpu_ms: float | None
    stage_ms: dict[str, float]
    steps: tuple[StepAnswer, ...] = ()
    own_ms: float | None = None
    resident_mb: float | None = None
    number: int = 0


@dataclass(frozen=True)
class Peaks:
    """Resident memory in MB.

    Attributes:
        peak_rss_mb: highest since the process started.
        steady_mb: highest in the steady state.
        between_mb: now, between two requests.
        steps_mb: step of a cascade -> by how much it grew while the step was loaded and answered
            for the first time; a step that shares the network of another one adds little.
        is_known: False for a back-end whose processes are not known; the numbers are 0.
    """

    peak_rss_mb: float
    steady_mb: float
    between_mb: float
    steps_mb: dict[int, float] = field(default_factory=dict)
    is_known: bool = True


@dataclass(frozen=True)
class Served:
    """What a worker has asked its back-end so far.

    Attributes:
        asked: requests with an answer.
        repeats: reason -> requests that were sent again because of it.
    """

    asked: int
    repeats: dict[str, int]


@dataclass(frozen=True)
class Dyed:
    """One answer, without its alpha, which is asked for in pieces.

    Attributes:
        encoded: the answer.
        frame_px: its rows and columns.
        box: the pixels that were recoloured; alpha is 0 elsewhere.
        has_alpha: whether the alpha is known; a back-end need not tell it.
    """

    encoded: bytes
    frame_px: tuple[int, int]
    box: Box
    has_alpha: bool = True


@dataclass(frozen=True)
class Explained:
    """What the runtime made of the network; None where it does not tell."""

    execution: Execution | None


@dataclass(frozen=True)
class Refused:
    """The operation raised; the worker lives on.

    Attributes:
        unavailable: whether something is not present on this machine.
        reason: a sentence, with the kind of error where it was none of hairopt's own.
        fix: the command that would help, where there is one.
        is_final: whether all further requests would end in the same way.
    """

    reason: str
    unavailable: bool = False
    fix: str | None = None
    is_final: bool = False


Request = tuple[str, tuple[Any, ...]]
