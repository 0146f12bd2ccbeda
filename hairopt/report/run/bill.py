"""The bill of a variant in the matrix: prices and traffic."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hairopt.cost.prices import Prices, example_prices
from hairopt.cost.usage import RequestUsage, cost_of_use
from hairopt.measure.run_model import VariantResult
from hairopt.report.matrix import Cell, Column

PER_1000, PER_MONTH = "cost_per_1000", "cost_per_month"


@dataclass(frozen=True)
class Bill:
    """Prices and traffic for the bill of measured use.

    Attributes:
        prices: prices of CPU, memory, egress and requests.
        requests_per_day: for the monthly bill; None for no monthly bill.
    """

    prices: Prices = field(default_factory=example_prices)
    requests_per_day: float | None = None

    def cell(self, result: VariantResult, key: str) -> Cell:
        """The bill of a variant, ``PER_1000`` or ``PER_MONTH``; empty if nothing was measured.

        Raises:
            UsageError: a negative number of requests.
        """
        usage = RequestUsage.of(result)
        if usage is None:
            return Cell()
        cost = cost_of_use(usage, self.prices)
        if key == PER_1000:
            return Cell(cost.per_1000)
        traffic = self.requests_per_day
        return Cell() if traffic is None else Cell(cost.per_month(traffic))

    def explained(self, column: Column) -> Column:
        """A column of the bill with its currency, its traffic and the source of its prices."""
        prices = self.prices
        example = ", which are only an example" if prices.is_example else ""
        traffic = "" if column.key == PER_1000 else f" at {self.requests_per_day:,.0f} a day"
        whose = f"{prices.name}, {prices.date:%Y-%m-%d}{example}"
        meaning = f"{column.meaning.rstrip('.')}{traffic}: {whose}."
        period = "1k" if column.key == PER_1000 else "month"
        return replace(column, unit=f"{prices.currency}/{period}", meaning=meaning)
