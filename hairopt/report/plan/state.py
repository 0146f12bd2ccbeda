"""The first sections of a plan: current state, problem, options."""

from __future__ import annotations

from hairopt.optimize.knobs import load_knobs
from hairopt.optimize.outcome import Numbers, Option, Outcome
from hairopt.quantities import number_of
from hairopt.report.plan.blocks import Block, Bullets, Drawing, Grid, Heading, Section, Text, safe
from hairopt.report.plan.numbers import (
    change,
    days,
    in_memory,
    in_target_quantity,
    mean_ms,
    money,
    optional_ms,
    share,
    target_value,
    verdict,
)
from hairopt.report.plan.singles import single_changes
from hairopt.types import STAGES

_NOT_MEASURED = Text("Not measured: there was no time for a run of the baseline.")


def current_state(outcome: Outcome) -> Section:
    """Baseline numbers, breakdown, memory, cost."""
    base = outcome.baseline
    if base is None:
        return Section("Current state", (_NOT_MEASURED,))
    prices = outcome.prices
    where = f"{safe(outcome.cpu_model)}, {number_of(outcome.logical_cores, 'logical core')}"
    example = " These prices are only an example." if prices.is_example else ""
    blocks: list[Block] = [
        Text(
            f"`{outcome.baseline_name}` on {where}, measured with "
            f"{number_of(base.n_requests, 'warm request')} "
            f"after each other, in a process of its own; network: {safe(base.model) or 'none'}."
        ),
        Grid(
            ("quantity", "value"),
            (
                ("latency, mean", mean_ms(base)),
                ("latency, p50", optional_ms(base.p50_ms)),
                ("latency, p95", optional_ms(base.p95_ms)),
                ("CPU per request", f"{base.cpu_ms:.1f} ms"),
                ("memory", in_memory(base)),
                ("answer", f"{base.output_kb:.0f} kB"),
                ("start of a process", f"{base.startup_ms:.0f} ms, then {base.first_ms:.0f} ms for "
                 "the first request"),
                *((name, "-" if v is None else f"{v:.3f}") for name, v in base.quality.items()),
                ("cost of 1,000 requests", money(base.cost_per_1000, prices.currency)),
                ("cost of a month", money(base.cost_per_month, prices.currency)),
            ),
        ),
        _breakdown(base),
        Text(
            f"Cost is measured CPU seconds, memory and bytes out times the prices "
            f"\"{safe(prices.name)}\" of {prices.date:%Y-%m-%d}, at "
            f"{outcome.requests_per_day:,.0f} requests a day.{example}"
        ),
    ]  # fmt: skip
    return Section("Current state", tuple(blocks))


def _breakdown(base: Numbers) -> Grid:
    whole = sum(base.stage_ms.values())
    rows = tuple(
        (stage, f"{base.stage_ms[stage]:.1f} ms", f"{100 * base.stage_ms[stage] / whole:.0f} %")
        for stage in STAGES
        if stage in base.stage_ms
    )
    return Grid(("stage", "mean", "share"), rows, caption="Where the time of a request goes")


def problem(outcome: Outcome) -> Section:
    """The bottleneck, and its cost."""
    base = outcome.baseline
    if base is None:
        return Section("Problem statement", (_NOT_MEASURED,))
    stages = sorted(base.stage_ms, key=lambda stage: -base.stage_ms[stage])
    worst, whole = stages[0], sum(base.stage_ms.values())
    part = base.stage_ms[worst] / whole
    lines = [
        f"The stage `{worst}` takes {100 * part:.0f} % of a request, "
        f"{base.stage_ms[worst]:.1f} of {whole:.1f} ms."
    ]
    if worst in outcome.causes:
        lines.append(f"Why: {safe(outcome.causes[worst])}.")
    blocks: list[Block] = [Text(" ".join(lines))]
    parts = sorted(base.cost_parts.items(), key=lambda item: -item[1])
    name, amount = parts[0]
    if base.cost_per_1000 > 0:
        month = base.cost_per_month * amount / base.cost_per_1000
        blocks.append(
            Text(
                f"Of the bill, {name} is the largest part: {100 * amount / base.cost_per_1000:.0f} "
                f"%, {money(month, outcome.prices.currency)} of "
                f"{money(base.cost_per_month, outcome.prices.currency)} a month."
            )
        )
    blocks.append(Text(_gap(outcome, base)))
    return Section("Problem statement", tuple(blocks))


def _gap(outcome: Outcome, base: Numbers) -> str:
    limit, kept = outcome.target_limit, _kept(outcome)
    if limit is None or outcome.target is None:
        little = "CPU" if outcome.goal == "cpu" else outcome.goal
        return f"No target was set: as little {little} as possible, keeping {kept}."
    asked = f"The target is {outcome.target}, keeping {kept}."
    now = in_target_quantity(outcome, base)
    if now is None:
        return f"{asked} The run was too short for the baseline's value."
    if now <= limit:
        return f"{asked} The baseline already meets it with {target_value(outcome, now)}."
    times = f"{now / limit:.1f} times that"
    return f"{asked} The baseline has {target_value(outcome, now)}, {times}."


def _kept(outcome: Outcome) -> str:
    watched = ", ".join(f"`{name}`" for name in outcome.guarded)
    of = f" (the worst of {watched})" if watched else ""
    return f"{100 * outcome.min_retention:g} % of the quality{of}"


def options(outcome: Outcome) -> Section:
    """Three to five options, each with its measured effect, cost, risk, effort and conditions."""
    if not outcome.options:
        blocks: list[Block] = [Text("No option was confirmed.")]
    else:
        blocks = [
            Text(
                "Each was measured beside the baseline, request by request in one run. Changes are "
                "against the baseline, with 95 % intervals; memory, answer and the cost of 1,000 "
                "requests are one number per variant, compared with nothing."
            ),
            _overview(outcome),
            _chart(outcome),
        ]
        for option in outcome.options:
            blocks += _one(outcome, option)
    if outcome.marginal:
        blocks.append(Text("Dropped, because they save less than 5 %:"))
        blocks.append(Bullets(tuple(safe(line) for line in outcome.marginal)))
    blocks += _floor(outcome)
    blocks += single_changes(outcome)
    return Section("Options", tuple(blocks))


def _overview(outcome: Outcome) -> Grid:
    head = (
        "option",
        "latency",
        "CPU",
        "memory",
        "answer",
        "cost",
        "quality kept",
        "effort",
        "risk",
    )
    rows = tuple(
        (
            option.name + (" (recommended)" if option.name == outcome.recommended else ""),
            change(option.latency, option.latency_ci95),
            change(option.cpu, option.cpu_ci95),
            f"{option.numbers.peak_mb:.0f} MB",
            f"{option.numbers.output_kb:.0f} kB",
            money(option.numbers.cost_per_1000, outcome.prices.currency),
            share(option.retention, option.retention_ci95),
            f"{option.effort_days:.2g} d",
            option.risk,
        )
        for option in outcome.options
    )
    return Grid(head, rows)


def _chart(outcome: Outcome) -> Drawing:
    from hairopt.report.charts.scatter import Point, scatter_keys, scatter_svg

    points = [
        Point(
            o.name,
            o.numbers.mean_ms,
            100 * o.retention,
            o.numbers.mean_ci95_ms,
            o.retention_ci95 and (100 * o.retention_ci95[0], 100 * o.retention_ci95[1]),
        )
        for o in outcome.options
    ]
    base = outcome.baseline
    if base is not None:
        points.insert(0, Point(outcome.baseline_name, base.mean_ms, 100.0, base.mean_ci95_ms))
    words = "; ".join(point.words for point in points)
    caption = (
        "Mean latency against the quality kept, with 95 % intervals. Dotted: the "
        f"{100 * outcome.min_retention:g} % that were asked for"
    )
    svg = scatter_svg(points, 100 * outcome.min_retention)
    return Drawing(svg, caption, words, scatter_keys(points))


def _one(outcome: Outcome, option: Option) -> list[Block]:
    knobs = {knob.name: knob for knob in load_knobs()}
    numbers, currency = option.numbers, outcome.prices.currency
    changed = [knobs[name] for name in option.changes if name in knobs]
    facts = [
        f"Technique: {safe('; '.join(k.technique for k in changed))}.",
        f"Changes: {safe(option.summary)}.",
        f"Latency: {change(option.latency, option.latency_ci95)}, to a mean of {mean_ms(numbers)}, "
        f"p50 {optional_ms(numbers.p50_ms)}, p95 {optional_ms(numbers.p95_ms)}. "
        f"CPU: {change(option.cpu, option.cpu_ci95)}, to {numbers.cpu_ms:.1f} ms.",
        f"Memory: {in_memory(numbers)}.",
        f"Quality kept: {share(option.retention, option.retention_ci95)}, limited by "
        f"`{option.worst_metric}`; at least {share(outcome.min_retention)}: {verdict(option)}.",
        f"Cost: {money(numbers.cost_per_1000, currency)} for 1,000 requests and"
        f" {money(numbers.cost_per_month, currency)} a month.",
        f"Risk: {option.risk}. " + " ".join(f"{k.name}: {safe(k.risk_note)}." for k in changed),
        f"Effort: {days(option.effort_days)}, an estimate.",
        f"Depends on: {_depends(option)}",
    ]
    if option.meets_target is not None and option.target_value is not None:
        met = "met" if option.meets_target else "missed"
        reached = target_value(outcome, option.target_value)
        facts.insert(2, f"Target {outcome.target}: {met}, with {reached}.")
    title = f"{option.name}: {option.summary}"
    return [Heading(safe(title)), Bullets(tuple(facts))]


def _depends(option: Option) -> str:
    needs = []
    if "runtime" in option.changes:
        needs.append(f"the runtime `{option.changes['runtime']}` installed in production")
    if "model" in option.changes:
        needs.append(f"the model `{option.changes['model']}` being in the model store")
    if option.changes.get("precision") in ("int8", "mixed"):
        needs.append("the same kind of CPU as here: int8 answers differ between kinds")
    if "encoder" in option.changes:
        needs.append(f"clients that accept {option.changes['encoder']}")
    if "decode size" in option.changes:
        needs.append("clients that accept a smaller answer")
    if "threads" in option.changes:
        needs.append("cores that are free while a request is answered")
    return ("; ".join(needs) or "nothing else") + "."


def _floor(outcome: Outcome) -> list[Block]:
    floor, best = outcome.floor, outcome.chosen or next(iter(outcome.options), None)
    like = next((one for one in outcome.options if one.name == outcome.floor_like), None)
    if floor is None or best is None or like is None:
        return []
    encoder = like.changes.get("encoder", outcome.baseline_spec["encode"]["format"])
    return [
        Heading("How far from the floor"),
        Text(
            f"Decoding and encoding to {encoder} alone, as in `{like.name}`, take "
            f"{floor.cpu_ms:.1f} ms of CPU and {floor.mean_ms:.1f} ms. "
            f"{best.name} takes {best.numbers.cpu_ms:.1f} ms of CPU, "
            f"{best.numbers.cpu_ms / floor.cpu_ms:.1f} times the floor: at most "
            f"{best.numbers.cpu_ms - floor.cpu_ms:.1f} ms can still be saved."
        ),
    ]
