"""Format the numbers of a plan."""

from __future__ import annotations

from hairopt.optimize.outcome import Interval, Numbers, Option, Outcome
from hairopt.report.text import percent_text


def change(ratio: float, ci95: Interval | None = None) -> str:
    """``-81 % (-83 to -79)``: a ratio to the baseline as a change, with its interval."""
    text = percent_text(100 * (ratio - 1))
    if ci95 is None:
        return text
    low, high = (100 * (end - 1) for end in ci95)
    return f"{text} ({low:+.0f} to {high:+.0f})"


def share(value: float, ci95: Interval | None = None) -> str:
    """``97.8 % (95.1 to 99.9)``."""
    text = f"{100 * value:.1f} %"
    return text if ci95 is None else f"{text} ({100 * ci95[0]:.1f} to {100 * ci95[1]:.1f})"


def mean_ms(numbers: Numbers) -> str:
    """``132 ms (128 to 137)``."""
    text = f"{numbers.mean_ms:.1f} ms"
    if numbers.mean_ci95_ms is None:
        return text
    low, high = numbers.mean_ci95_ms
    return f"{text} ({low:.1f} to {high:.1f})"


def in_memory(numbers: Numbers) -> str:
    """``129 MB at peak, 118 MB between requests``."""
    text = f"{numbers.peak_mb:.0f} MB at peak"
    if numbers.between_mb is None:
        return text
    return f"{text}, {numbers.between_mb:.0f} MB between requests"


def optional_ms(value: float | None) -> str:
    """``140.2 ms``; a dash if there are too few requests."""
    return "-" if value is None else f"{value:.1f} ms"


def money(amount: float, currency: str) -> str:
    """Three significant digits, never in exponents: ``0.0113 USD``, ``1,240 USD``."""
    if amount == 0:
        return f"0 {currency}"
    if abs(amount) >= 100:
        return f"{amount:,.0f} {currency}"
    text = f"{amount:#.3g}"
    return f"{float(text):.6f}".rstrip("0").rstrip(".") + f" {currency}"


def in_target_quantity(outcome: Outcome, numbers: Numbers) -> float | None:
    """The quantity that the target limits, such as ``mean_ms``; None if it was not measured."""
    return {
        "p50": numbers.p50_ms,
        "p95": numbers.p95_ms,
        "mean": numbers.mean_ms,
        "cpu": numbers.cpu_ms,
        "memory": numbers.peak_mb,
        "cost": numbers.cost_per_1000,
        "output": numbers.output_kb,
    }.get(outcome.target_quantity or "")


def target_value(outcome: Outcome, value: float) -> str:
    """A value of the target's quantity with its unit."""
    quantity = outcome.target_quantity
    if quantity == "cost":
        return money(value, outcome.prices.currency)
    unit = {"memory": "MB", "output": "kB"}.get(quantity or "", "ms")
    return f"{value:.1f} {unit}"


def verdict(option: Option) -> str:
    """The verdict of the gate's rule on the retention, in words."""
    return {
        "pass": "proven",
        "fail": "a loss beyond the limit is proven",
        "inconclusive": "not proven either way",
    }[option.retention_verdict]


def days(effort_days: float) -> str:
    """``about 1.5 days``."""
    unit = "day" if effort_days == 1 else "days"
    return f"about {effort_days:.2g} {unit}"
