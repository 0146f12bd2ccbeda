"""Costs that can be checked on paper, and price files that are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hairopt.cost.prices import Prices, example_prices, load_prices
from hairopt.cost.usage import RequestUsage, cost_of_use
from hairopt.errors import ConfigError, UsageError

ROUND = Prices(
    name="round",
    date="2026-01-01",
    currency="EUR",
    source="a test",
    cpu_core_hour=3.6,
    memory_gb_hour=36.0,
    egress_gb=1.0,
    million_requests=2.0,
)


def test_a_request_on_paper():
    # 0.5 s of CPU at 3.6 an hour: 0.0005. One GB for 0.1 s at 36 an hour: 0.001.
    # 1 MB out at 1 a GB: 0.001. Fee: 2e-6.
    usage = RequestUsage(cpu_s=0.5, busy_s=0.1, memory_bytes=1e9, output_bytes=1e6)
    cost = cost_of_use(usage, ROUND)
    assert cost.cpu == pytest.approx(0.5)
    assert cost.memory == pytest.approx(1.0)
    assert cost.egress == pytest.approx(1.0)
    assert cost.requests == pytest.approx(0.002)
    assert cost.per_1000 == pytest.approx(2.502)
    assert cost.per_month(10_000) == pytest.approx(2.502 * 10 * 365.25 / 12)


@given(st.floats(0.001, 10), st.floats(1.001, 5))
def test_more_cpu_never_costs_less(cpu_s, factor):
    lean = RequestUsage(cpu_s, cpu_s, 1e8, 1e5)
    greedy = RequestUsage(cpu_s * factor, cpu_s * factor, 1e8, 1e5)
    assert cost_of_use(greedy, ROUND).per_1000 > cost_of_use(lean, ROUND).per_1000


def test_the_example_says_that_it_is_one():
    assert example_prices().is_example
    assert "not the price" in example_prices().source


def test_fewer_than_no_requests_are_refused():
    with pytest.raises(UsageError, match="negative"):
        cost_of_use(RequestUsage(1, 1, 1, 1), ROUND).per_month(-1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ", "line 1, the last: invalid value"),
        ("name = 'x'", "the keys date, currency"),
        ("cpu_core_hour = -1", "cpu_core_hour"),
        ("cpu_core_hour = nan", "cpu_core_hour"),
        ("gpu_hour = 1", "gpu_hour"),
    ],
)
def test_a_price_file_that_is_not_valid_names_file_and_key(tmp_path, text, words):
    whole = {
        "name": "'a'", "date": "2026-01-01", "currency": "'EUR'", "source": "'b'",
        "cpu_core_hour": "1", "memory_gb_hour": "1", "egress_gb": "1",
    }  # fmt: skip
    key = text.split(" =")[0]
    if words not in ("line 1, the last: invalid value", "the keys date, currency"):
        text = "\n".join(f"{k} = {v}" for k, v in whole.items() if k != key) + "\n" + text
    file = tmp_path / "prices.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"prices\.toml") as caught:
        load_prices(file)
    assert words in str(caught.value)


def test_a_price_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.toml cannot be read"):
        load_prices(tmp_path / "nowhere.toml")
