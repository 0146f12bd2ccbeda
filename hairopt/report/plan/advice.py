"""The last sections of a plan: recommendation, implementation, rollback, monitoring."""

from __future__ import annotations

from hairopt.gate.settings import GateSettings
from hairopt.optimize.arithmetic import first_request_factor, tail_alarm
from hairopt.optimize.knobs import load_knobs
from hairopt.optimize.outcome import Numbers, Option, Outcome
from hairopt.optimize.plan_files import BASELINE, RECOMMENDED, gate_toml
from hairopt.quantities import number_of
from hairopt.report.plan.blocks import Block, Bullets, Code, Grid, Heading, Section, Text, safe
from hairopt.report.plan.numbers import (
    change,
    days,
    money,
    optional_ms,
    share,
    target_value,
    verdict,
)
from hairopt.report.plan.unmet import unmet

_WINDOW = 500
"""Number of requests that an alarm on the tail judges together."""


def recommendation(outcome: Outcome) -> Section:
    """Options ranked by effect over effort, and the recommended one."""
    chosen, blocks = outcome.chosen, list[Block]()
    if outcome.options:
        ranked = tuple(
            f"{o.name}: {_effect(outcome, o)} for {days(o.effort_days)}, "
            f"{share(o.retention)} kept{_standing(outcome, o)}"
            for o in outcome.options
        )
        blocks += [Text("Ranked by effect over effort; options that miss a limit come last."),
                   Bullets(ranked, numbered=True)]  # fmt: skip
    if chosen is not None:
        blocks.append(Text(_why(outcome, chosen)))
        if chosen.retention_verdict != "pass":
            blocks.append(
                Text(
                    f"Its quality is {verdict(chosen)}: the measured share is above the limit, the "
                    "interval is not. Confirm it on more photos of your own before the rollout."
                )
            )
    else:
        blocks.append(Text("Nothing is recommended: no confirmed option meets the limits."))
    blocks += unmet(outcome)
    return Section("Recommendation", tuple(blocks))


def _effect(outcome: Outcome, option: Option) -> str:
    """The quantity of the goal: a change with its interval, or its one number."""
    numbers = option.numbers
    if outcome.goal == "memory":
        return f"{numbers.peak_mb:.0f} MB"
    if outcome.goal == "cost":
        return f"{money(numbers.cost_per_1000, outcome.prices.currency)} for 1,000 requests"
    if outcome.goal == "cpu":
        return f"CPU {change(option.cpu, option.cpu_ci95)}"
    return f"latency {change(option.latency, option.latency_ci95)}"


def _standing(outcome: Outcome, option: Option) -> str:
    missed = []
    if option.retention < outcome.min_retention:
        missed.append(f"quality below {share(outcome.min_retention)}")
    if option.meets_target is False and option.target_value is not None:
        missed.append(f"target missed with {target_value(outcome, option.target_value)}")
    if option.meets_target is None and outcome.target:
        missed.append("target not established")
    return f" ({'; '.join(missed)}, by {100 * option.miss:.0f} % in all)" if missed else ""


def _why(outcome: Outcome, chosen: Option) -> str:
    goal = {"quality": "highest quality", "latency": "lowest latency", "cpu": "least CPU",
            "cost": "lowest cost", "memory": "least memory"}[outcome.goal]  # fmt: skip
    met = ""
    if outcome.target and chosen.target_value is not None:
        met = f" and meets {outcome.target} with {target_value(outcome, chosen.target_value)}"
    return (
        f"Take {chosen.name}: {safe(chosen.summary)}. Of the options that keep at least "
        f"{share(outcome.min_retention)} of the quality it has the {goal}, or differs from it "
        f"by less than 5 % or the noise, with less effort or safer quality{met}. "
        f"CPU: {change(chosen.cpu, chosen.cpu_ci95)}."
    )


def implementation(outcome: Outcome) -> Section:
    """Order, tests, success criteria, gate configuration, rollback."""
    chosen = outcome.chosen
    if chosen is None:
        return Section("Implementation", (Text("Nothing to implement: nothing is recommended."),))
    knobs = sorted(
        (knob for knob in load_knobs() if knob.name in chosen.changes),
        key=lambda knob: knob.effort_days,
    )
    steps = tuple(
        f"{k.name} `{k.key} = {_value(chosen.changes[k.name])}`: {safe(k.technique)} (about "
        f"{k.effort_days:g} d, risk {k.risk}). To undo: {safe(k.reversal)}."
        for k in knobs
    )
    blocks: list[Block] = [
        Heading("Order, quick wins first"),
        Bullets(steps, numbered=True),
        Text(f"All steps together are the file `plan/{RECOMMENDED}`. It runs as it is:"),
        Code(f"hairopt bench --variant plan/{BASELINE} --variant plan/{RECOMMENDED}", "sh"),
        Heading("Tests to add"),
        Bullets(tuple(f"{k.name}: {safe(k.test)}" for k in knobs)),
        Heading("Success criteria"),
        Bullets(_criteria(outcome, chosen)),
        Heading("Gate to commit"),
        Text("`plan/hairopt.toml`, to be committed beside the two variant files; `hairopt gate` in "
             "that folder then checks every change before its release."),
        Code(gate_toml(outcome, chosen, None).strip(), "toml"),
        Text(_limits_in_words()),
        Heading("Rollback"),
        *_rollback(chosen),
    ]  # fmt: skip
    return Section("Implementation", tuple(blocks))


def _value(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def _criteria(outcome: Outcome, chosen: Option) -> tuple[str, ...]:
    numbers, lines = chosen.numbers, []
    if outcome.target and chosen.target_value is not None:
        lines.append(f"{outcome.target} on this kind of machine; measured "
                     f"{target_value(outcome, chosen.target_value)}")  # fmt: skip
    low = chosen.latency_ci95
    at_most = f"{100 * (low[1] if low else chosen.latency):.0f} %"
    lines += [
        f"median latency at most {at_most} of the baseline's, measured beside it",
        f"CPU at most {100 * chosen.cpu:.0f} % of the baseline's; measured {numbers.cpu_ms:.1f} ms",
        f"quality kept at least {share(outcome.min_retention)}; measured "
        f"{share(chosen.retention, chosen.retention_ci95)}",
        f"cost of 1,000 requests at most "
        f"{money(numbers.cost_per_1000, outcome.prices.currency)} at the same prices",
    ]
    return tuple(lines)


def _limits_in_words() -> str:
    limits = GateSettings().limits
    return (
        "Beside these it keeps the project's limits: mean IoU may fall by "
        f"{share(limits.max_mask_drop)}, Boundary IoU by {share(limits.max_boundary_drop)}, the "
        f"worst slice by {share(limits.max_slice_drop)}, and {share(limits.max_big_losers)} of the "
        f"photos may lose more than {limits.big_loss:g} of IoU."
    )


def _rollback(chosen: Option) -> list[Block]:
    share_alarm = tail_alarm(chosen.numbers.n_requests, _WINDOW)
    signal = (
        f"Signal: the alarm on the tail below (more than {share(share_alarm)} of {_WINDOW} "
        f"requests slower than {optional_ms(chosen.numbers.p95_ms)}), twice in a row; or "
        "`hairopt gate` exits with 1 on this week's photos."
    )
    if chosen.numbers.p95_ms is None:
        signal = "Signal: `hairopt gate` exits with 1 on this week's photos."
    return [
        Text(signal),
        Text("Command: put the baseline's file in the place of the recommended one, and restart "
             "the workers. Nothing else has to be undone: every step above is a line of it."),
        Code(f"cp plan/{BASELINE} VARIANT_IN_SERVICE.toml", "sh"),
    ]  # fmt: skip


def monitoring(outcome: Outcome) -> Section:
    """Quantities to monitor, with thresholds from the measured distribution."""
    chosen = outcome.chosen
    numbers = chosen.numbers if chosen else outcome.baseline
    name = chosen.name if chosen else outcome.baseline_name
    if numbers is None:
        return Section("Monitoring", (Text("There is no measurement for a threshold."),))
    blocks: list[Block] = [
        Text(f"Thresholds follow from how `{name}` was measured, on this machine with one request "
             "at a time: set them again after the first quiet day in production."),
        Grid(("watch", "measured", "alarm"), tuple(_alarms(numbers)), words=3),
    ]  # fmt: skip
    if chosen is not None:
        factor = first_request_factor(numbers)
        blocks.append(
            Text(
                f"Warm every worker before it takes traffic: a fresh process needs "
                f"{numbers.startup_ms + numbers.first_ms:.0f} ms until its first answer, "
                f"{factor:.0f} times a warm request."
            )
        )
    return Section("Monitoring", tuple(blocks))


def _alarms(numbers: Numbers) -> list[tuple[str, str, str]]:
    rows = []
    if numbers.p95_ms is not None:
        alarm = tail_alarm(numbers.n_requests, _WINDOW)
        rows.append((
            "tail of the latency",
            f"p95 {numbers.p95_ms:.1f} ms of {number_of(numbers.n_requests, 'request')}",
            f"more than {share(alarm)} of any {_WINDOW} requests slower than "
            f"{numbers.p95_ms:.1f} ms: by chance this happens once in 1,000 windows",
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
         "(30 %): the photos differ from these, or the encoder changed"),
        ("quality", ", ".join(f"{k} {v:.3f}" for k, v in numbers.quality.items() if v is not None),
         "`hairopt gate` on a new labelled sample every week exits with 1"),
    ]  # fmt: skip
    return rows
