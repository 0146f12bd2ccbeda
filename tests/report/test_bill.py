"""The bill in the matrix: what the cost model says, with the prices that were given."""

from __future__ import annotations

from hairopt.cost.prices import example_prices
from hairopt.cost.usage import RequestUsage, cost_of_use
from hairopt.report.build_matrix import build_matrix


def test_every_variant_has_its_bill_and_the_column_says_whose_prices(run, cases):
    prices = example_prices()
    dear = prices.model_copy(
        update={"name": "ours", "currency": "EUR", "egress_gb": 9.0, "is_example": False}
    )
    for given in (prices, dear):
        matrix = build_matrix(run, cases, given)
        column = next(c for c in matrix.columns if c.key == "cost_per_1000")
        assert column.unit.startswith(given.currency)
        assert given.name in column.meaning
        assert ("nobody's contract" in column.meaning) == given.is_example
        for row in matrix.measured:
            usage = RequestUsage.of(run.variants[row.name])
            assert row.cells["cost_per_1000"].value == cost_of_use(usage, given).per_1000
