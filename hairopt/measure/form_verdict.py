"""One sentence on a precision: faster or slower here, by how much, at what quality, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hairopt.convert.forms.resolve import resolve
from hairopt.cpu_isa import cpu_isa, has_dot_product
from hairopt.measure.in_turns import time_in_turns
from hairopt.models.contract import ModelFile, OperatorCoverage
from hairopt.models.store import find_model
from hairopt.runtimes import RUNTIMES
from hairopt.runtimes.protocol import RuntimeSettings
from hairopt.types import ImageU8


@dataclass(frozen=True)
class FormVerdict:
    """How a form of a network compares with the network in plain float32.

    Attributes:
        precision: of the form.
        runtime: what ran both.
        time_ratio: time of the form over time of float32, median of interleaved pairs.
        ci95: bootstrap interval of that median.
        retention: share of float32's IoU that is kept; None where it was not measured.
        isa: extensions of this CPU.
        coverage: what ran in 8 bits; None for other precisions.
        name: what the sentence calls the form; its precision if empty.
        against: what the sentence calls the network in float32.
    """

    precision: str
    runtime: str
    time_ratio: float
    ci95: tuple[float, float]
    retention: float | None
    isa: tuple[str, ...]
    coverage: OperatorCoverage | None
    name: str = ""
    against: str = "float32"

    @property
    def sentence(self) -> str:
        """What a person can repeat."""
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
        return f"{said}. {self._why}"

    @property
    def _why(self) -> str:
        if self.precision == "float16":
            return (
                "This CPU computes in float16."
                if {"avx512_fp16", "asimdhp"} & set(self.isa)
                else "This CPU has no float16 arithmetic: the file is half as large, and its "
                "numbers are cast to float32 to be computed with."
            )
        if self.coverage is None:
            return ""
        found = self.coverage
        how = (
            "This CPU sums products of 8-bit numbers in one instruction"
            if has_dot_product(self.isa)
            else "This CPU has no instruction for sums of 8-bit products"
            + (", and needs 7-bit weights" if self.runtime == "onnxruntime" else "")
        )
        counted = ", as onnxruntime would run it" if self.runtime == "openvino" else ""
        return (
            f"{how}; {100 * found.share:.0f} % of the operators run in 8 bits, "
            f"{found.conversions_left} conversions remain between the two, and "
            f"{found.fusions_lost} activations and sums that float32 fuses are computed "
            f"apart{counted}."
        )


def judge_form(
    name: str,
    form: ModelFile,
    photos: Sequence[ImageU8],
    *,
    runtime: str = "onnxruntime",
    rounds: int = 20,
    retention: float | None = None,
) -> FormVerdict:
    """Time a form against the model in plain float32, one thread, in turns.

    Args:
        name: of the model.
        form: the form.
        photos: uint8 (H, W, 3) RGB, at least one; they are taken in turn.
        runtime: what runs both.
        rounds: pairs of runs, at least two.
        retention: share of the IoU kept, if it was measured.

    Raises:
        UnavailableError, ModelError: as ``Runtime.load``.
    """
    executor = RUNTIMES.get(runtime)
    record, path = find_model(name)
    plain = resolve(record, path, formats=executor.formats, precision="float32")
    first, second = (executor.load(file, RuntimeSettings()) for file in (plain, form))
    try:
        found = time_in_turns(first, second, photos, rounds)
    finally:
        first.close()
        second.close()
    return FormVerdict(
        form.precision, runtime, found.median, found.ci95, retention, cpu_isa(), form.coverage
    )
