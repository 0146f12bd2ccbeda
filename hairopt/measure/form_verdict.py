"""A precision in words: faster or slower here, by how much, at what quality, and what ran."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hairopt.convert.forms.resolve import resolve
from hairopt.cpu_isa import arithmetic_text, cpu_isa
from hairopt.measure.in_turns import time_in_turns
from hairopt.models.contract import ModelFile
from hairopt.models.store import find_model
from hairopt.runtimes import RUNTIMES
from hairopt.runtimes.execution import Execution, execution_of
from hairopt.runtimes.protocol import RuntimeSettings
from hairopt.types import ImageU8

_RUNTIME = "onnxruntime"
_ROUNDS = 20
_NUMBERS = {"float16": "float16", "int8": "int8", "mixed": "int8"}
"""Precision -> the number type that it should run in."""

_SHOWN = {"int8": "8 bits"}


@dataclass(frozen=True)
class FormVerdict:
    """How a form of a network compares with the network in plain float32.

    Attributes:
        precision: precision of the form.
        runtime: the runtime that ran both.
        time_ratio: time of the form over time of float32, measured in turns.
        ci95: its 95 % interval.
        retention: share of float32's IoU that is kept; None if it was not measured.
        isa: extensions of this CPU.
        execution: the operators that ran for the form; None if the runtime cannot list them.
        plain_execution: the same for the network in float32.
        size_ratio: size of the form's file over that of the network in float32.
        name: name of the form in the sentence; its precision if empty.
        against: name of the network in float32 in the sentence.
        retention_ci95: interval of ``retention``; None with too few source photos.
    """

    precision: str
    runtime: str
    time_ratio: float
    ci95: tuple[float, float]
    retention: float | None
    isa: tuple[str, ...]
    execution: Execution | None = None
    plain_execution: Execution | None = None
    size_ratio: float | None = None
    name: str = ""
    against: str = "float32"
    retention_ci95: tuple[float, float] | None = None

    @property
    def sentence(self) -> str:
        """The verdict in a sentence."""
        low, high = self.ci95
        said, time = f"{self.name or self.precision}'s network is", f"{self.against}'s time"
        if high < 1:
            speed = f"takes {self.time_ratio:.2f} of {time} ({low:.2f} to {high:.2f})"
            said += f" {1 / self.time_ratio:.2f} times faster: it {speed}"
        elif low > 1:
            speed = f"takes {self.time_ratio:.2f} times {time} ({low:.2f} to {high:.2f})"
            said += f" slower: it {speed}"
        else:
            said += f" neither proven faster nor slower: it takes {low:.2f} to {high:.2f} of {time}"
        said += f" in {self.runtime} on this CPU"
        if self.retention is not None:
            said += f", and keeps {100 * self.retention:.1f} % of its IoU"
            if self.retention_ci95 is not None:
                low, high = (100 * end for end in self.retention_ci95)
                said += f" ({low:.1f} to {high:.1f} %)"
        return f"{said}. {self._why}"

    @property
    def _why(self) -> str:
        """The operators that ran, and the CPU's instructions, without a conclusion from the two."""
        seen = (
            "" if self.size_ratio is None else f"Its file has {self.size_ratio:.2f} of the size. "
        )
        if self.execution is not None:
            own = _execution_text(self.execution, _NUMBERS[self.precision])
            seen += f"{self.runtime} {self.execution.observed} it as {own}"
            if self.plain_execution is not None:
                plain = _execution_text(self.plain_execution)
                seen += f", and {self.against} as {plain}"
            seen += ". "
        return f"{seen}{arithmetic_text(self.isa, self.precision)}."


def _execution_text(execution: Execution, wanted: str | None = None) -> str:
    """``93 operators (86 in 8 bits, 7 in float32) and 14 conversions``.

    Args:
        execution: the operators that a runtime executes for a network.
        wanted: the requested number type; it is listed first, even with a count of zero.
    """
    text = _counted(execution.total, "operator")
    if wanted is not None:
        numbers = {wanted: execution.numbers.get(wanted, 0), **execution.numbers}
        parts = [
            f"{count or 'none'} in {_SHOWN.get(kind, kind)}" for kind, count in numbers.items()
        ]
        text += f" ({', '.join(parts)})"
    conversions = sum(execution.conversions.values())
    return f"{text} and {_counted(conversions, 'conversion')}" if conversions else text


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def judge_form(
    name: str, form: ModelFile, photos: Sequence[ImageU8], *, retention: float | None = None
) -> FormVerdict:
    """Measure the time of a form in onnxruntime relative to plain float32, one thread, in turns.

    Args:
        name: name of the model.
        form: the form.
        photos: uint8 (H, W, 3) RGB, at least one; they are used in turn.
        retention: share of the IoU kept, if it was measured.

    Raises:
        UnavailableError, ModelError: as ``Runtime.load``.
    """
    executor = RUNTIMES.get(_RUNTIME)
    record, path = find_model(name)
    plain = resolve(record, path, formats=executor.formats, precision="float32")
    first, second = (executor.load(file, RuntimeSettings()) for file in (plain, form))
    try:
        found = time_in_turns(first, second, photos, _ROUNDS)
    finally:
        first.close()
        second.close()
    return FormVerdict(
        form.precision,
        _RUNTIME,
        found.median,
        found.ci95,
        retention,
        cpu_isa(),
        execution=execution_of(executor, form, RuntimeSettings()),
        plain_execution=execution_of(executor, plain, RuntimeSettings()),
        size_ratio=form.path.stat().st_size / plain.path.stat().st_size,
    )
