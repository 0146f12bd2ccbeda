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
    r"\s*(p50|p95|p99|mean|cpu|memory|cost|output)\s*<=?\s*(-?)([0-9]+(?:\.[0-9]+)?)\s*([a-z%]*)\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Target:
    """The limit that an option has to reach.

    Attributes:
        quantity: ``p50``, ``p95``, ``p99``, ``mean`` of the latency of a warm request, ``cpu`` time
            of one, peak ``memory``, ``cost`` of 1,000 requests, or size of the ``output``.
        limit: ms, MB, currency or kB; reached at or below it. A share of the baseline's value, if
            the target is relative.
        is_relative: whether the limit is a share of the baseline's value.
    """

    quantity: Quantity
    limit: float
    is_relative: bool = False

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read ``p95<800ms``, ``cpu<40ms``, ``memory<300MB``, ``cost<0.01`` or ``output<150kB``.

        ``cpu<20%`` is at most 20 % of the baseline's, ``cpu<-80%`` at least 80 % less: the same.

        Raises:
            UsageError: the text is no target; the message says what is allowed.
        """
        match = _TARGET.fullmatch(text)
        if match is None:
            raise UsageError(_refusal(text))
        quantity: Quantity = match[1].lower()  # type: ignore[assignment]  # the pattern's words
        number, unit = float(match[3]), match[4].lower()
        if unit == "%":
            return cls(quantity, _share(text, number, is_less=bool(match[2])), is_relative=True)
        units = _UNITS.get(quantity, _UNITS["time"])
        if not unit and unit not in units:
            meant = " or ".join(f"{quantity}<{match[3]}{one}" for one in units)
            raise UsageError(f"target {text!r} has no unit; write {meant}")
        factor = {one.lower(): value for one, value in units.items()}.get(unit)
        if factor is None or match[2] or not 0 < number < math.inf:
            raise UsageError(_refusal(text))
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

    def limit_for(self, base: VariantResult, prices: Prices) -> float | None:
        """The limit in the quantity's unit; None if it is relative and the baseline has no value.

        With too few requests for the baseline's percentile it is a share of the median, as
        ``least_value`` is then for the others.
        """
        if not self.is_relative:
            return self.limit
        value = self.value(base, prices)
        value = self.least_value(base, prices) if value is None else value
        return None if value is None else self.limit * value

    def __str__(self) -> str:
        if self.is_relative:
            return f"{self.quantity} < {100 * self.limit:g} % of the baseline's"
        return f"{self.quantity} < {self.limit:g} {self.unit}".rstrip()


def _share(text: str, percent: float, *, is_less: bool) -> float:
    """The share of the baseline's value that ``20%`` or ``-80%`` allows.

    Raises:
        UsageError: it is not below the baseline's value, or nothing is left of it.
    """
    share = (100 - percent if is_less else percent) / 100
    if not 0 < share < 1:
        raise UsageError(
            f"target {text!r} asks for {100 * share:g} % of the baseline's; write a share between "
            "0 % and 100 % (cpu<20%), or how much less it has to be (cpu<-80%)"
        )
    return share


def _refusal(text: str) -> str:
    return (
        f"target {text!r} is not valid; allowed is p50, p95, p99, mean or cpu < a time (800ms, "
        "0.8s), memory < 300MB, cost < an amount for 1,000 requests, or output < 150kB; or a share "
        "of the baseline's: cpu<20%, p95<-50%"
    )
