"""The operators that a runtime executes for a network, and their number types.

The runtime is asked; neither the processor nor the file is evidence: a runtime may compute a
float16 network in float32, or in bfloat16.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from pydantic import BaseModel, ConfigDict

from hairopt.models.contract import ModelFile
from hairopt.runtimes.protocol import Runtime, RuntimeSettings
from hairopt.types import ImageU8

BLANK: ImageU8 = np.zeros((8, 8, 3), np.uint8)
"""A photo for inferences whose result is not used, only the list of operators."""

_CONVERSIONS = frozenset(
    {
        "Cast", "Convert", "DequantizeLinear", "DEQUANTIZE", "DynamicQuantizeLinear",
        "QuantizeLinear", "QUANTIZE", "Reorder", "ReorderInput", "ReorderOutput",
    }
)  # fmt: skip
"""Operators that only change the number type or the memory layout; names as in the runtimes."""


class Execution(BaseModel):
    """The operators of a network as a runtime runs them.

    Attributes:
        observed: ``ran``: seen in the runtime's profile of an inference; ``loaded``: listed by the
            runtime after it loaded the network.
        operators: number type (``float32``, ``float16``, ``bfloat16``, ``int8``) -> operator, with
            the runtime's name for it -> count.
        conversions: number of operators that only change the number type or the memory layout.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    observed: Literal["ran", "loaded"]
    operators: dict[str, dict[str, int]]
    conversions: dict[str, int]

    @property
    def numbers(self) -> dict[str, int]:
        """Number type -> number of operators that compute with it, most frequent first."""
        found = {kind: sum(counts.values()) for kind, counts in self.operators.items()}
        return dict(sorted(found.items(), key=lambda one: -one[1]))

    @property
    def total(self) -> int:
        """Number of operators that compute, without conversions."""
        return sum(self.numbers.values())


@runtime_checkable
class Explains(Protocol):
    """A runtime that can list the operators it executes; optional for a runtime."""

    def execution(self, file: ModelFile, settings: RuntimeSettings) -> Execution:
        """Load the network once more and list the operators that run."""
        ...


def execution_of(runtime: Runtime, file: ModelFile, settings: RuntimeSettings) -> Execution | None:
    """The operators that a runtime executes for a network; None where it cannot list them.

    Args:
        runtime: the runtime that has loaded the network.
        file: the network.
        settings: the settings it was loaded with.
    """
    if not isinstance(runtime, Explains):
        return None
    try:
        found = runtime.execution(file, settings)
    except Exception:  # of many libraries' insides: what cannot be read off is not said
        return None
    return found if found.total else None


def counted(
    observed: Literal["ran", "loaded"], operators: Iterable[tuple[str, str | None]]
) -> Execution:
    """Count operators.

    Args:
        observed: as in ``Execution``.
        operators: for each, the runtime's name for it and its number type; None for an operator
            that handles only shapes and positions.
    """
    computing: dict[str, Counter[str]] = {}
    conversions: Counter[str] = Counter()
    for operator, numbers in operators:
        if operator in _CONVERSIONS:
            conversions[operator] += 1
        elif numbers is not None:
            computing.setdefault(numbers, Counter())[operator] += 1
    return Execution(
        observed=observed,
        operators={numbers: dict(found.most_common()) for numbers, found in computing.items()},
        conversions=dict(conversions.most_common()),
    )
