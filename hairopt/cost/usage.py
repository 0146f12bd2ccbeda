"""Cost of use: the price of the measured resources of a request."""

from __future__ import annotations

from dataclasses import dataclass

from hairopt.cost.prices import Prices
from hairopt.errors import UsageError
from hairopt.measure.run_model import VariantResult

DAYS_PER_MONTH = 365.25 / 12
_GB = 1e9
_MB = 1e6


@dataclass(frozen=True)
class RequestUsage:
    """Measured resources of one request.

    Attributes:
        cpu_s: CPU seconds.
        busy_s: wall seconds during which a worker is occupied.
        memory_bytes: peak resident memory of that worker.
        output_bytes: size of the answer.
    """

    cpu_s: float
    busy_s: float
    memory_bytes: float
    output_bytes: float

    @classmethod
    def of(cls, result: VariantResult) -> RequestUsage | None:
        """Usage of a measured variant; None if it was not measured completely."""
        if (
            result.cpu_ms is None
            or result.memory_mb is None
            or result.output_bytes is None
            or "total" not in result.latency_ms
        ):
            return None
        return cls(
            cpu_s=result.cpu_ms / 1000,
            busy_s=result.latency_ms["total"].mean / 1000,
            memory_bytes=result.memory_mb.peak_rss * _MB,
            output_bytes=result.output_bytes,
        )


@dataclass(frozen=True)
class Cost:
    """Cost of use in ``currency``, by resource and in total, for 1,000 requests.

    Idle time is not included: this is the bill of a service that is always busy or pays per use.
    """

    currency: str
    cpu: float
    memory: float
    egress: float
    requests: float

    @property
    def per_1000(self) -> float:
        """All resources together, for 1,000 requests."""
        return self.cpu + self.memory + self.egress + self.requests

    def per_month(self, requests_per_day: float) -> float:
        """Cost for a month of 30.44 days.

        Raises:
            UsageError: a negative number of requests.
        """
        if requests_per_day < 0:
            raise UsageError(f"{requests_per_day} requests a day: must not be negative.")
        return self.per_1000 * requests_per_day * DAYS_PER_MONTH / 1000


def cost_of_use(usage: RequestUsage, prices: Prices) -> Cost:
    """Cost of 1,000 requests: CPU and memory by the time of their use, egress by the byte."""
    hours = usage.busy_s / 3600
    return Cost(
        currency=prices.currency,
        cpu=1000 * usage.cpu_s / 3600 * prices.cpu_core_hour,
        memory=1000 * usage.memory_bytes / _GB * hours * prices.memory_gb_hour,
        egress=1000 * usage.output_bytes / _GB * prices.egress_gb,
        requests=prices.million_requests / 1000,
    )
