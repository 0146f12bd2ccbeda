"""The first sections of a plan: current state and problem."""

from __future__ import annotations

from hairopt.optimize.outcome import Numbers, Outcome
from hairopt.quantities import number_of
from hairopt.report.plan.blocks import Block, Grid, Section, Text, safe
from hairopt.report.plan.numbers import in_target_quantity, money, optional_ms, share, target_value

NOT_MEASURED = Text("Not measured: there was no time for a run of the baseline.")

_DECIDES_FROM = 0.5
"""Share of the bill from which one part of it decides."""

_LEVERS = {
    "egress": "The size of the answer sets it, so the encoder is the decision about money",
    "cpu": "The time of the stages sets it",
    "memory": "The peak memory of a worker sets it",
    "requests": "No change of the pipeline lowers it",
}
"""Part of the bill -> what lowers it."""


def current_state(outcome: Outcome) -> Section:
    """What a request costs today, and where its time goes."""
    base = outcome.baseline
    if base is None:
        return Section("Current state", (NOT_MEASURED,))
    where = f"{safe(outcome.cpu_model)}, {number_of(outcome.logical_cores, 'logical core')}"
    blocks: list[Block] = [
        Text(
            f"`{outcome.baseline_name}` on {where}: "
            f"{number_of(base.n_requests, 'warm request')} one after the other, in a process of "
            f"its own; network: {safe(base.model) or 'none'}."
        ),
        Grid(
            ("quantity", "value"),
            (
                ("latency p50, p95", f"{optional_ms(base.p50_ms)}, {optional_ms(base.p95_ms)}"),
                ("CPU per request", f"{base.cpu_ms:.1f} ms"),
                ("peak memory", f"{base.peak_mb:.0f} MB"),
                ("answer", f"{base.output_kb:.0f} kB"),
                ("bill of a month", money(base.cost_per_month, outcome.prices.currency)),
                ("first answer of a process", f"{base.startup_ms + base.first_ms:.0f} ms"),
            ),
        ),
        Text(f"Time of a request: {_stages(base)}."),
    ]
    return Section("Current state", tuple(blocks))


def _stages(base: Numbers) -> str:
    whole = sum(base.stage_ms.values())
    parts = sorted(base.stage_ms.items(), key=lambda item: -item[1])
    return ", ".join(f"{stage} {100 * ms / whole:.0f} %" for stage, ms in parts)


def problem(outcome: Outcome) -> Section:
    """Where the money is, where the time is, and how far the target is."""
    base = outcome.baseline
    if base is None:
        return Section("Problem statement", (NOT_MEASURED,))
    lines = [_bill(outcome, base), _bottleneck(outcome, base), _gap(outcome, base)]
    return Section("Problem statement", tuple(Text(line) for line in lines if line))


def _bill(outcome: Outcome, base: Numbers) -> str:
    if base.cost_per_1000 <= 0:
        return ""
    currency, prices = outcome.prices.currency, outcome.prices
    name, amount = max(base.cost_parts.items(), key=lambda item: item[1])
    part = amount / base.cost_per_1000
    month = base.cost_per_month
    text = (
        f"Of the bill, {name} is the largest part: {100 * part:.0f} %, "
        f"{money(part * month, currency)} of {money(month, currency)} a month at "
        f"{outcome.requests_per_day:,.0f} requests a day"
    )
    lever = f". {_LEVERS[name]}" if part >= _DECIDES_FROM and name in _LEVERS else ""
    example = " (example prices)" if prices.is_example else ""
    return f"{text}{example}{lever}."


def _bottleneck(outcome: Outcome, base: Numbers) -> str:
    worst = max(base.stage_ms, key=lambda stage: base.stage_ms[stage])
    whole = sum(base.stage_ms.values())
    cause = outcome.causes.get(worst)
    why = f": {safe(cause)}" if cause else ""
    return (
        f"The stage `{worst}` takes {100 * base.stage_ms[worst] / whole:.0f} % of a request, "
        f"{base.stage_ms[worst]:.1f} of {whole:.1f} ms{why}."
    )


def _gap(outcome: Outcome, base: Numbers) -> str:
    limit, kept = outcome.target_limit, f"{100 * outcome.min_retention:g} % of the quality"
    if outcome.target is None:
        little = "CPU" if outcome.goal == "cpu" else outcome.goal
        return f"No target was set: as little {little} as possible, keeping {kept}."
    asked = f"The target is {outcome.target}, keeping {kept}."
    now = in_target_quantity(outcome, base)
    if now is None or limit is None:
        return f"{asked} The run was too short for the baseline's value."
    if now <= limit:
        return f"{asked} The baseline already meets it with {target_value(outcome, now)}."
    times = f"{now / limit:.1f} times the limit"
    return f"{asked} The baseline has {target_value(outcome, now)}, {times}."


def kept_share(outcome: Outcome) -> str:
    """``97.0 % of the quality``."""
    return f"{share(outcome.min_retention)} of the quality"
