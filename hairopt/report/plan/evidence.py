"""The evidence beside a plan: every number, candidate, slice and source, as long as it needs."""

from __future__ import annotations

from collections.abc import Mapping

from hairopt.gate.settings import GateSettings
from hairopt.measure.run_model import Run
from hairopt.optimize.knobs import described
from hairopt.optimize.outcome import Numbers, Option, Outcome
from hairopt.optimize.plan_files import gate_toml
from hairopt.quantities import number_of
from hairopt.report.plan.blocks import Block, Bullets, Code, Grid, Heading, Section, Text, safe
from hairopt.report.plan.numbers import (
    change,
    days,
    in_memory,
    mean_ms,
    money,
    optional_ms,
    share,
    target_value,
    verdict,
)
from hairopt.report.plan.options import changed_knobs, needed, stage_order
from hairopt.report.plan.singles import failed, ratios, single_changes
from hairopt.report.plan.state import NOT_MEASURED


def evidence_sections(outcome: Outcome, run: Run | None) -> tuple[Section, ...]:
    """The sections of ``evidence.md``, in order.

    Args:
        outcome: the results.
        run: the confirming run, for the slices; None if it is not here.
    """
    found = (
        _baseline(outcome),
        _options(outcome),
        single_changes(outcome),
        _combinations(outcome),
        _slices(outcome, run),
        _gate(outcome),
        _measured(outcome),
    )
    return tuple(section for section in found if section is not None)


def _baseline(outcome: Outcome) -> Section:
    base, prices = outcome.baseline, outcome.prices
    if base is None:
        return Section("Baseline", (NOT_MEASURED,))
    example = " These prices are only an example." if prices.is_example else ""
    blocks: list[Block] = [
        Grid(("quantity", "value"), _quantities(outcome, base)),
        _breakdown(base),
        Text(
            f"Cost is measured CPU seconds, memory and bytes out times the prices "
            f'"{safe(prices.name)}" of {prices.date:%Y-%m-%d}, at '
            f"{outcome.requests_per_day:,.0f} requests a day.{example}"
        ),
        Grid(
            ("part of the bill", "1,000 requests"),
            tuple((name, money(v, prices.currency)) for name, v in base.cost_parts.items()),
        ),
    ]
    if outcome.causes:
        reasons = tuple(f"{stage}: {safe(why)}" for stage, why in outcome.causes.items())
        blocks += [Text("Why each stage takes its time, from the profile:"), Bullets(reasons)]
    return Section("Baseline", tuple(blocks))


def _quantities(outcome: Outcome, numbers: Numbers) -> tuple[tuple[str, ...], ...]:
    currency = outcome.prices.currency
    return (
        ("latency, mean", mean_ms(numbers)),
        ("latency, p50", optional_ms(numbers.p50_ms)),
        ("latency, p95", optional_ms(numbers.p95_ms)),
        ("CPU per request", f"{numbers.cpu_ms:.1f} ms"),
        ("memory", in_memory(numbers)),
        ("answer", f"{numbers.output_kb:.0f} kB"),
        (
            "start of a process",
            f"{numbers.startup_ms:.0f} ms, then {numbers.first_ms:.0f} ms for the first request",
        ),
        *((name, "-" if v is None else f"{v:.3f}") for name, v in numbers.quality.items()),
        ("cost of 1,000 requests", money(numbers.cost_per_1000, currency)),
        ("cost of a month", money(numbers.cost_per_month, currency)),
    )


def _breakdown(base: Numbers) -> Grid:
    whole = sum(base.stage_ms.values())
    rows = tuple(
        (stage, f"{base.stage_ms[stage]:.1f} ms", f"{100 * base.stage_ms[stage] / whole:.0f} %")
        for stage in stage_order(base.stage_ms)
    )
    return Grid(("stage", "mean", "share"), rows, caption="Where the time of a request goes")


def _options(outcome: Outcome) -> Section:
    blocks: list[Block] = []
    for option in outcome.options:
        blocks += _one(outcome, option)
    if not outcome.options:
        blocks.append(Text("No option was confirmed."))
    if outcome.marginal:
        blocks.append(Text("Dropped, because they save less than 5 %:"))
        blocks.append(Bullets(tuple(safe(line) for line in outcome.marginal)))
    return Section("Options in full", (*blocks, *_floor(outcome)))


def _one(outcome: Outcome, option: Option) -> list[Block]:
    numbers, currency = option.numbers, outcome.prices.currency
    changed = changed_knobs(option)
    facts = [
        f"Latency: {change(option.latency, option.latency_ci95)}, to a mean of {mean_ms(numbers)}, "
        f"p50 {optional_ms(numbers.p50_ms)}, p95 {optional_ms(numbers.p95_ms)}. "
        f"CPU: {change(option.cpu, option.cpu_ci95)}, to {numbers.cpu_ms:.1f} ms.",
        f"Memory: {in_memory(numbers)}.",
        f"Quality kept: {share(option.retention, option.retention_ci95)}, limited by "
        f"`{option.worst_metric}`; at least {share(outcome.min_retention)}: {verdict(option)}.",
        "Quality: "
        + ", ".join(f"{k} {v:.3f}" for k, v in numbers.quality.items() if v is not None)
        + ".",
        f"Cost: {money(numbers.cost_per_1000, currency)} for 1,000 requests and"
        f" {money(numbers.cost_per_month, currency)} a month.",
        f"Risk: {option.risk}. Effort: {days(option.effort_days)}, an estimate. "
        f"Needs: {'; '.join(needed(option)) or 'nothing else'}.",
    ]
    if option.meets_target is not None and option.target_value is not None:
        met = "met" if option.meets_target else "missed"
        reached = target_value(outcome, option.target_value)
        facts.insert(0, f"Target {outcome.target}: {met}, with {reached}.")
    rows = tuple(
        (
            f"{k.name} {described({k.name: option.changes[k.name]}).removeprefix(k.name).strip()}",
            safe(k.technique),
            safe(k.source),
            f"{k.risk}: {safe(k.risk_note)}",
            safe(k.reversal),
        )
        for k in changed
    )
    head = ("change", "technique", "source", "risk", "to undo")
    return [
        Heading(safe(f"{option.name}: {option.summary}")),
        Bullets(tuple(facts)),
        Grid(head, rows, words=len(head)),
    ]


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


def _combinations(outcome: Outcome) -> Section | None:
    """Every candidate that was screened beside the single changes."""
    others = [one for one in outcome.screened if one.origin != "alone"]
    if not others:
        return None
    measured = sorted((o for o in others if o.is_complete), key=lambda o: o.spends(outcome.goal))
    rows = tuple(
        (safe(described(one.changes)), one.origin, *ratios(one), share(one.kept),
         one.worst_metric or "")
        for one in measured
    )  # fmt: skip
    head = ("changes", "step of the search", "latency", "CPU", "quality kept", "limited by")
    blocks: list[Block] = [Grid(head, rows, words=2)] if rows else []
    return Section("Every combination that was screened", (*blocks, *failed(others)))


def _slices(outcome: Outcome, run: Run | None) -> Section | None:
    """The guarded metrics of baseline and options by tag, as far as the photos have tags."""
    names = [outcome.baseline_name, *(option.name for option in outcome.options)]
    if run is None or any(name not in run.variants for name in names):
        return None
    rows = []
    slices = {name: run.variants[name].slices for name in names}
    for tag, values in slices[outcome.baseline_name].items():
        for value in values:
            for metric in outcome.guarded:
                cells = [_slice(slices[name], tag, value, metric) for name in names]
                if any(cells):
                    rows.append((f"{tag} {value}", metric, *(cell or "-" for cell in cells)))
    if not rows:
        return None
    return Section("Slices", (Grid(("slice", "metric", *names), tuple(rows), words=2),))


def _slice(slices: Mapping[str, Mapping[str, object]], tag: str, value: str, metric: str) -> str:
    found = slices.get(tag, {}).get(value)
    part = found.get(metric) if isinstance(found, Mapping) else None
    mean = getattr(part, "mean", None)
    return "" if mean is None else f"{mean:.3f} (n {getattr(part, 'n', 0)})"


def _gate(outcome: Outcome) -> Section | None:
    chosen, limits = outcome.chosen, GateSettings().limits
    if chosen is None:
        return None
    return Section(
        "Gate",
        (
            Code(gate_toml(outcome, chosen, None).strip(), "toml"),
            Text(
                "Beside these it keeps the project's limits: mean IoU may fall by "
                f"{share(limits.max_mask_drop)}, Boundary IoU by "
                f"{share(limits.max_boundary_drop)}, the worst slice by "
                f"{share(limits.max_slice_drop)}, and {share(limits.max_big_losers)} of the photos "
                f"may lose more than {limits.big_loss:g} of IoU."
            ),
        ),
    )


def _measured(outcome: Outcome) -> Section:
    n = len(outcome.screened)
    ok = sum(one.status == "ok" for one in outcome.screened)
    endings = {
        "complete": "every combination that the search proposed was measured",
        "settled": "further proposals were no better",
        "budget": "the budget ended it",
        "nothing": "there was no time for the first measurement",
    }
    screened = number_of(n, "candidate was screened", "candidates were screened")
    blocks: list[Block] = [
        Text(
            f"Search over {outcome.spent_s:.0f} of {outcome.budget_s:.0f} s: {screened}, "
            f"{ok} of them with numbers; {endings[outcome.ending]}."
        )
    ]
    confirmed = outcome.confirmed_on
    if confirmed is not None:
        blocks.append(
            Text(
                f"Confirmed in one interleaved run on {confirmed.n_cases} of "
                f"{number_of(confirmed.n_cases_all, 'case')} of {safe(outcome.dataset)}, with "
                f"{number_of(confirmed.rounds, 'request')} to each variant, shades "
                f"{', '.join(map(safe, outcome.shades))}, intensities "
                f"{', '.join(f'{v:g}' for v in outcome.intensities)}: `{safe(outcome.run)}`."
            )
        )
    remarks = (*outcome.notes, *(f"Not tried: {x}" for x in outcome.left_out))
    if remarks:
        blocks += [Text("Notes:"), Bullets(tuple(map(safe, remarks)))]
    if outcome.command:
        blocks.append(Code(safe(outcome.command), "sh"))
    return Section("How this was measured", tuple(blocks))
