"""Estimates of ways to reach a missed target, each with its calculation."""

from __future__ import annotations

from hairopt.optimize.arithmetic import BUSY_AT_MOST, PEAK_FACTOR, fleet_for, threads_for
from hairopt.optimize.outcome import Numbers, Outcome
from hairopt.quantities import number_of
from hairopt.report.plan.blocks import Block, Bullets, Heading, Text
from hairopt.report.plan.numbers import in_target_quantity, target_value


def unmet(outcome: Outcome) -> list[Block]:
    """The estimates; empty without a target, or if a confirmed option meets it with quality."""
    limit = outcome.target_limit
    if limit is None or any(o.is_feasible and o.meets_target for o in outcome.options):
        return []
    keeping = [o for o in outcome.options if o.retention >= outcome.min_retention]
    known = [o for o in keeping if o.target_value is not None]
    best = min(known, key=lambda o: o.target_value or 0.0, default=None)
    base = outcome.baseline
    base_value = in_target_quantity(outcome, base) if base else None
    if best is not None and best.target_value is not None:
        name, numbers, value = best.name, best.numbers, best.target_value
    elif base is not None and base_value is not None:
        name, numbers, value = outcome.baseline_name, base, base_value
    else:
        return [Heading(_OPEN), Text(_untried(outcome))]
    if value <= limit:
        return []
    closest = (
        f"{name} comes closest with {target_value(outcome, value)}, {value / limit:.2f} times the "
        "limit."
    )
    if not outcome.is_exhausted:
        return [Heading(_OPEN), Text(f"{_untried(outcome)} {closest}")]
    first = (
        f"All {outcome.n_proposed} changes and combinations that may help were measured: "
        f"{outcome.target} is not met on this machine while {100 * outcome.min_retention:g} % of "
        f"the quality are kept. {closest} Ways to reach it (estimated, not measured):"
    )
    return [Heading("The target cannot be met here"), Text(first),
            Bullets(tuple(_ways(outcome, numbers, value, limit)))]  # fmt: skip


_OPEN = "Whether the target can be met is not established"


def _untried(outcome: Outcome) -> str:
    """How much was not measured, and how to go on."""
    if outcome.n_untried:
        left = f"{outcome.n_untried} of {outcome.n_proposed} changes and combinations are untried"
    else:
        left = "Too little was measured"
    return f"{left}; the same command with a larger --budget goes on."


def _ways(outcome: Outcome, numbers: Numbers, value: float, limit: float) -> list[str]:
    quantity = outcome.target_quantity
    if quantity in ("p50", "p95", "p99", "mean"):
        return _faster(outcome, numbers, value, limit)
    if quantity == "cpu":
        return [
            f"Another CPU class: one that does the same work in {100 * limit / value:.0f} % of the "
            f"time per core ({value:.1f} ms / {limit:.1f} ms = {value / limit:.2f} times as fast).",
            "More threads do not help: they share the same work among more cores.",
        ]
    if quantity == "cost":
        part, amount = max(numbers.cost_parts.items(), key=lambda item: item[1])
        rest = value - amount
        room = limit - rest
        needed = (
            f"{100 * (1 - room / amount):.0f} % less" if room > 0 else "more than all of it away"
        )
        return [
            f"The largest part is {part}, {amount:.4g} of {value:.4g}: it would have to be "
            f"{needed}; the other parts alone come to {rest:.4g}.",
            "More machines do not make a request cheaper.",
        ]
    if quantity == "memory":
        return [
            f"{value - limit:.0f} MB less: another runtime or a smaller network; the workers of "
            "one machine share nothing of it, so fewer workers need less in all, not each.",
        ]
    return [f"{100 * (1 - limit / value):.0f} % fewer bytes: a lower quality, another format, or a "
            "smaller answer."]  # fmt: skip


def _faster(outcome: Outcome, numbers: Numbers, value: float, limit: float) -> list[str]:
    threads, fleet = (
        threads_for(numbers, value, limit),
        fleet_for(numbers, outcome.requests_per_day),
    )
    if threads.threads is None:
        more = (
            f"More threads: not enough. What they do not shorten takes {threads.other_ms:.1f} ms "
            f"alone (of {value:.1f}, the network {threads.network_ms:.1f}), above {limit:.1f}."
        )
    else:
        more = (
            f"More threads: at least {threads.threads} per request, if the network scaled "
            f"perfectly ({threads.other_ms:.1f} + {threads.network_ms:.1f} / {threads.threads} = "
            f"{threads.other_ms + threads.network_ms / threads.threads:.1f} ms); this machine has "
            f"{outcome.logical_cores}."
        )
    return [
        more,
        f"Another CPU class: one whose single core is {value / limit:.2f} times as fast "
        f"({value:.1f} / {limit:.1f} ms).",
        "More workers: they do not shorten a request, only its time in the queue. "
        f"{outcome.requests_per_day:,.0f} a day are {fleet.mean_per_s:.2f} a second, "
        f"{fleet.peak_per_s:.2f} at a peak of {PEAK_FACTOR:g} times the mean (assumed); at "
        f"{numbers.mean_ms:.0f} ms each and {100 * BUSY_AT_MOST:.0f} % busy at most (assumed) that "
        f"is {number_of(fleet.workers, 'worker')}.",
    ]
