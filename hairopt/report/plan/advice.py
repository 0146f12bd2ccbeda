"""The last sections of a plan: recommendation, implementation, monitoring."""

from __future__ import annotations

from hairopt.optimize.arithmetic import first_request_factor, tail_alarm
from hairopt.optimize.outcome import Numbers, Option, Outcome
from hairopt.optimize.plan_files import BASELINE, GATE, RECOMMENDED
from hairopt.quantities import number_of
from hairopt.report.plan.blocks import Block, Bullets, Code, Grid, Section, Text, safe
from hairopt.report.plan.numbers import days, money, optional_ms, share, target_value
from hairopt.report.plan.options import changed_knobs, effect, shown_options
from hairopt.report.plan.unmet import unmet

_WINDOW = 500
"""Number of requests that an alarm on the tail judges together."""

_MOST_NOTES = 3
"""Notes of a plan that recommends nothing; the evidence has all."""


def recommendation(outcome: Outcome) -> Section:
    """The recommended option, why, and what becomes of the others."""
    chosen, blocks = outcome.chosen, list[Block]()
    if chosen is None:
        blocks.append(Text("Nothing is recommended: no confirmed option meets the limits."))
        nearest = next(iter(outcome.options), None)
        if nearest is not None:
            blocks.append(Text(f"`{nearest.name}` comes closest: {_missed(outcome, nearest)}."))
        if outcome.notes:
            blocks.append(Bullets(tuple(map(safe, outcome.notes[:_MOST_NOTES]))))
    else:
        met = ""
        if outcome.target and chosen.target_value is not None:
            met = f" It meets {outcome.target} with {target_value(outcome, chosen.target_value)}."
        blocks.append(
            Text(
                f"Take `{chosen.name}`, the first of the ranking: {effect(outcome, chosen)} for "
                f"{days(chosen.effort_days)} (an estimate).{met}"
            )
        )
        if chosen.retention_verdict != "pass":
            blocks.append(
                Text(
                    "That it keeps the quality is not proven: the measured share is above the "
                    "limit, its interval is not. Confirm it on more photos before the rollout."
                )
            )
        if len(shown_options(outcome)) > 1:
            blocks.append(
                Text(
                    "The others keep their numbers in the table and run as they are: "
                    "`plan/option-N.toml`."
                )
            )
    blocks += unmet(outcome)
    return Section("Recommendation", tuple(blocks))


def _missed(outcome: Outcome, option: Option) -> str:
    missed = []
    if option.retention < outcome.min_retention:
        missed.append(
            f"it keeps {share(option.retention)}, below {share(outcome.min_retention)} of the "
            "quality"
        )
    if option.meets_target is False and option.target_value is not None:
        missed.append(f"it has {target_value(outcome, option.target_value)}, not {outcome.target}")
    if option.meets_target is None and outcome.target:
        missed.append("whether it meets the target is not established")
    return "; ".join(missed) or "it meets the limits"


def implementation(outcome: Outcome) -> Section:
    """Steps with their way back, tests, success criteria, the gate."""
    chosen = outcome.chosen
    if chosen is None:
        return Section("Implementation", (Text("Nothing to implement: nothing is recommended."),))
    knobs = sorted(changed_knobs(chosen), key=lambda knob: knob.effort_days)
    steps = tuple(
        f"`{k.key} = {_value(chosen.changes[k.name])}` ({k.effort_days:g} d). "
        f"To test: {safe(k.test)}"
        for k in knobs
    )
    more = tuple(
        f"{k.name}: {note}"
        for k in knobs
        if (note := safe(k.reversal).removeprefix(_ONE_LINE).lstrip(",; "))
    )
    undo = f" Beyond that: {'; '.join(more)}." if more else ""
    blocks: list[Block] = [
        Bullets(steps, numbered=True),
        Text(
            f"Each step is one line of `plan/{RECOMMENDED}`; to undo it, take the line of "
            f"`plan/{BASELINE}`.{undo}"
        ),
        Code(
            f"hairopt bench --variant plan/{BASELINE} --variant plan/{RECOMMENDED}\n"
            f"hairopt export plan/{RECOMMENDED} service  # as code, without hairopt",
            "sh",
        ),
        Text("It is a success if, beside the baseline on this kind of machine:"),
        Bullets(_criteria(outcome, chosen)),
        Text(
            f"`plan/{GATE}` is the gate to commit: `hairopt gate` beside it checks every later "
            "change against these limits."
        ),
    ]
    return Section("Implementation", tuple(blocks))


_ONE_LINE = "one line of the variant file"


def _value(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def _criteria(outcome: Outcome, chosen: Option) -> tuple[str, ...]:
    lines = []
    if outcome.target and chosen.target_value is not None:
        lines.append(f"{outcome.target} (measured {target_value(outcome, chosen.target_value)})")
    ratio = chosen.latency_ci95[1] if chosen.latency_ci95 else chosen.latency
    cost = money(chosen.numbers.cost_per_1000, outcome.prices.currency)
    lines += [
        f"median latency at most {100 * ratio:.0f} % and CPU at most "
        f"{100 * (chosen.cpu_ci95[1] if chosen.cpu_ci95 else chosen.cpu):.0f} % of the baseline's",
        f"quality kept at least {share(outcome.min_retention)} "
        f"(measured {share(chosen.retention, chosen.retention_ci95)})",
        f"1,000 requests at most {cost} at the same prices",
    ]
    return tuple(lines)


def monitoring(outcome: Outcome) -> Section:
    """What to watch, with alarms from the measured distribution, and when to go back."""
    chosen = outcome.chosen
    numbers = chosen.numbers if chosen else outcome.baseline
    name = chosen.name if chosen else outcome.baseline_name
    if numbers is None:
        return Section("Monitoring", (Text("There is no measurement for a threshold."),))
    blocks: list[Block] = [
        Text(f"Measured with `{name}`, one request at a time on this machine: set the alarms again "
             "after the first quiet day in production."),
        Grid(("watch", "measured", "alarm"), tuple(_alarms(numbers)), words=3),
    ]  # fmt: skip
    if chosen is not None:
        blocks += [
            Text(
                "Go back when the alarm on the tail comes twice in a row, or `hairopt gate` exits "
                "with 1 on this week's photos:"
                if numbers.p95_ms is not None
                else "Go back when `hairopt gate` exits with 1 on this week's photos:"
            ),
            Code(f"cp plan/{BASELINE} VARIANT_IN_SERVICE.toml  # and restart the workers", "sh"),
            Text(
                f"Warm every worker before it takes traffic: its first answer takes "
                f"{numbers.startup_ms + numbers.first_ms:.0f} ms, "
                f"{first_request_factor(numbers):.0f} times a warm request."
            ),
        ]
    return Section("Monitoring", tuple(blocks))


def _alarms(numbers: Numbers) -> list[tuple[str, str, str]]:
    rows = []
    if numbers.p95_ms is not None:
        alarm = tail_alarm(numbers.n_requests, _WINDOW)
        rows.append((
            "tail",
            f"p95 {optional_ms(numbers.p95_ms)} of {number_of(numbers.n_requests, 'request')}",
            f"more than {share(alarm)} of {_WINDOW} requests slower: by chance once in 1,000 "
            "windows",
        ))  # fmt: skip
    if numbers.mean_ci95_ms is not None:
        half = (numbers.mean_ci95_ms[1] - numbers.mean_ci95_ms[0]) / 2
        # An interval of n requests shrinks with the root of n; 3.29 / 1.96 is 1 in 1,000.
        limit = numbers.mean_ms + half * (numbers.n_requests / _WINDOW) ** 0.5 * 3.29 / 1.96 + half
        rows.append((
            "mean latency",
            f"{numbers.mean_ms:.1f} ms",
            f"above {limit:.1f} ms over {_WINDOW} requests",
        ))  # fmt: skip
    rows += [
        ("memory of a worker", f"peak {numbers.peak_mb:.0f} MB",
         f"above {1.1 * numbers.peak_mb:.0f} MB (10 % more), or rising for a day"),
        ("size of an answer", f"mean {numbers.output_kb:.0f} kB",
         f"daily mean outside {0.7 * numbers.output_kb:.0f} to {1.3 * numbers.output_kb:.0f} kB "
         "(30 %)"),
        ("quality", "`evidence.md`", "`hairopt gate` on a labelled sample every week exits with 1"),
    ]  # fmt: skip
    return rows
