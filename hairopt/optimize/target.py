"""The target: a measured quantity and its upper limit."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from hairopt.cost.prices import Prices
from hairopt.cost.usage import RequestUsage, cost_of_use
from hairopt.errors import UsageError
from hairopt.measure.latency import P95_FROM, P99_FROM
from hairopt.measure.run_model import VariantResult

Quantity = Literal["p50", "p95", "p99", "mean", "cpu", "memory", "cost", "output"]

_UNITS: dict[str, dict[str, float]] = {
    "time": {"ms": 1.0, "s": 1000.0},
    "memory": {"MB": 1.0, "GB": 1000.0},
    "cost": {"": 1.0},
    "output": {"kB": 1.0, "MB": 1000.0},
}
_SHOWN = {"memory": "MB", "output": "kB"}
_TARGET = re.compile(
    r"\s*(p50|p95|p99|mean|cpu|memory|cost|output)\s*<=?\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Target:
    """The limit that an option has to reach.

    Attributes:
        quantity: ``p50``, ``p95``, ``p99``, ``mean`` of the latency of a warm request, ``cpu`` time
            of one, peak ``memory``, ``cost`` of 1,000 requests, or size of the ``output``.
        limit: ms, MB, currency or kB; reached at or below it.
    """

    quantity: Quantity
    limit: float

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read ``p95<800ms``, ``cpu<40ms``, ``memory<300MB``, ``cost<0.01`` or ``output<150kB``.

        Raises:
            UsageError: the text is no target; the message says what is allowed.
        """
        match = _TARGET.fullmatch(text)
        if match is None:
            raise UsageError(_refusal(text))
        word, number, unit = match[1].lower(), float(match[2]), match[3].lower()
        units = _UNITS.get(word, _UNITS["time"])
        if not unit and unit not in units:
            meant = " or ".join(f"{word}<{match[2]}{one}" for one in units)
            raise UsageError(f"target {text!r} has no unit; write {meant}")
        factor = {one.lower(): value for one, value in units.items()}.get(unit)
        if factor is None or not 0 < number < math.inf:
            raise UsageError(_refusal(text))
        quantity: Quantity = word  # type: ignore[assignment]  # the pattern allows only these
        return cls(quantity, number * factor)

    @property
    def unit(self) -> str:
        """Unit of the limit; empty for a cost, whose currency is that of the prices."""
        return "" if self.quantity == "cost" else _SHOWN.get(self.quantity, "ms")

    @property
    def rounds_needed(self) -> int:
        """Least number of timed requests to judge it."""
        return {"p95": P95_FROM, "p99": P99_FROM}.get(self.quantity, 1)

    def value(self, result: VariantResult, prices: Prices) -> float | None:
        """The value of a variant; None if it was not measured, or with too few requests."""
        if self.quantity == "cpu":
            return result.cpu_ms
        if self.quantity == "memory":
            return result.memory_mb.peak_rss if result.memory_mb else None
        if self.quantity == "output":
            return None if result.output_bytes is None else result.output_bytes / 1000
        if self.quantity == "cost":
            usage = RequestUsage.of(result)
            return cost_of_use(usage, prices).per_1000 if usage else None
        total = result.latency_ms.get("total")
        return getattr(total, self.quantity) if total else None

    def least_value(self, result: VariantResult, prices: Prices) -> float | None:
        """A lower bound of ``value`` for few requests: the median in place of a percentile."""
        if self.quantity in ("p95", "p99"):
            total = result.latency_ms.get("total")
            return total.p50 if total else None
        return self.value(result, prices)

    def __str__(self) -> str:
        return f"{self.quantity} < {self.limit:g} {self.unit}".rstrip()


def _refusal(text: str) -> str:
    return (
        f"target {text!r} is not valid; allowed is p50, p95, p99, mean or cpu < a time (800ms, "
        "0.8s), memory < 300MB, cost < an amount for 1,000 requests, or output < 150kB"
    )
