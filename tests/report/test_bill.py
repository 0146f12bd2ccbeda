"""The bill in the matrix: what the cost model says, with the prices that were given."""

from __future__ import annotations

from hairopt.cost.prices import example_prices
from hairopt.cost.usage import RequestUsage, cost_of_use
from hairopt.report.run.bill import Bill
from hairopt.report.run.build_matrix import build_matrix


def test_every_variant_has_its_bill_and_the_column_says_whose_prices(run, cases):
    prices = example_prices()
    dear = prices.model_copy(
        update={"name": "ours", "currency": "EUR", "egress_gb": 9.0, "is_example": False}
    )
    for given in (prices, dear):
        matrix = build_matrix(run, cases, Bill(given, 500))
        column = next(c for c in matrix.columns if c.key == "cost_per_1000")
        assert column.unit.startswith(given.currency)
        assert given.name in column.meaning
        assert ("only an example" in column.meaning) == given.is_example
        for row in matrix.measured:
            usage = RequestUsage.of(run.variants[row.name])
            cost = cost_of_use(usage, given)
            assert row.cells["cost_per_1000"].value == cost.per_1000
            assert row.cells["cost_per_month"].value == cost.per_month(500)
        month = next(c for c in matrix.columns if c.key == "cost_per_month")
        assert month.unit == f"{given.currency}/month"
        assert "at 500 a day" in month.meaning
