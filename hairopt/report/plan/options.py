"""The options of a plan: one table, and what each one is."""

from __future__ import annotations

from hairopt.optimize.judge import effect_over_effort
from hairopt.optimize.knobs import Knob, families, load_knobs
from hairopt.optimize.outcome import Option, Outcome
from hairopt.report.plan.blocks import Block, Bullets, Drawing, Grid, Section, Text, safe
from hairopt.report.plan.numbers import change, money, share, target_value
from hairopt.types import STAGES

FEWEST = 3
"""Options of the same kind as another one are left to the evidence if this many remain."""


def shown_options(outcome: Outcome) -> tuple[Option, ...]:
    """The options of the plan: of those that change the same parts of the service, the first.

    The recommended one is always there.
    """
    seen, kinds, others = set[tuple[str, ...]](), list[Option](), list[Option]()
    for option in sorted(outcome.options, key=lambda one: one.name != outcome.recommended):
        parts = families(option.changes)
        (others if parts in seen else kinds).append(option)
        seen.add(parts)
    shown = [*kinds, *others[: max(0, FEWEST - len(kinds))]]
    return tuple(option for option in outcome.options if option in shown)


def options(outcome: Outcome) -> Section:
    """Three to five options: what each changes, saves, costs, keeps and risks."""
    shown = shown_options(outcome)
    if not shown:
        blocks: list[Block] = [Text("No option was confirmed; the evidence has what was screened.")]
        return Section("Options", tuple(blocks))
    blocks = [
        Text(
            "Measured beside the baseline, request by request in one run; changes against the "
            f"baseline with 95 % intervals. {rule(outcome)}"
        ),
        _overview(outcome, shown),
        chart(outcome, shown),
        Bullets(tuple(_in_words(option) for option in shown)),
    ]
    hidden = len(outcome.options) - len(shown)
    if hidden:
        blocks.append(Text(f"Further options of the same kinds ({hidden}): `evidence.md`."))
    return Section("Options", tuple(blocks))


def rule(outcome: Outcome) -> str:
    """How the options are ranked, in one sentence; it is ``optimize.judge.rank``."""
    first = "Ranked: quality proven to be kept first, then not proven, then missed limits; "
    if outcome.goal == "quality":
        return f"{first}within these by the quality kept."
    if outcome.target is None:
        return f"{first}within these by the effect, because no target says how much is enough."
    return f"{first}within these by effect over effort, the last column."


def effect(outcome: Outcome, option: Option) -> str:
    """The quantity of the goal: a change with its interval, or its one number."""
    numbers = option.numbers
    if outcome.goal == "memory":
        return f"{numbers.peak_mb:.0f} MB"
    if outcome.goal == "cost":
        return f"{money(numbers.cost_per_1000, outcome.prices.currency)}"
    if outcome.goal == "cpu":
        return change(option.cpu, option.cpu_ci95)
    return change(option.latency, option.latency_ci95)


_EFFECTS = {"memory": "memory", "cost": "1,000 requests", "cpu": "CPU"}


def _overview(outcome: Outcome, shown: tuple[Option, ...]) -> Grid:
    goal = outcome.goal
    money_too = goal != "cost"
    head = [
        "option",
        _EFFECTS.get(goal, "latency"),
        "answer",
        *(["bill of a month"] if money_too else []),
        "quality kept",
        "effort",
        "effect/day",
    ]
    target = outcome.target_quantity if outcome.target else None
    has_target = target is not None and target not in _SHOWN_ALREADY.get(goal, ())
    if has_target:
        head.insert(2, f"target: {target}")
    rows = []
    for option in shown:
        recommended = " (recommended)" if option.name == outcome.recommended else ""
        cells = [
            option.name + recommended,
            effect(outcome, option),
            f"{option.numbers.output_kb:.0f} kB",
            *([money(option.numbers.cost_per_month, outcome.prices.currency)] if money_too else []),
            _kept(option),
            f"{option.effort_days:.2g} d",
            f"{100 * effect_over_effort(option, goal):.0f} %",
        ]
        if has_target:
            value = option.target_value
            cells.insert(2, "-" if value is None else target_value(outcome, value))
        rows.append(tuple(cells))
    return Grid(tuple(head), tuple(rows))


_SHOWN_ALREADY = {"memory": ("memory",), "cost": ("cost",)}
"""Goal -> quantities of targets that its column shows."""


def _kept(option: Option) -> str:
    doubt = {"pass": "", "inconclusive": ", not proven", "fail": ", a loss is proven"}
    return share(option.retention, option.retention_ci95) + doubt[option.retention_verdict]


def chart(outcome: Outcome, shown: tuple[Option, ...]) -> Drawing:
    """Latency against the quality kept."""
    from hairopt.report.charts.scatter import Point, scatter_keys, scatter_svg

    points = [
        Point(
            o.name,
            o.numbers.mean_ms,
            100 * o.retention,
            o.numbers.mean_ci95_ms,
            o.retention_ci95 and (100 * o.retention_ci95[0], 100 * o.retention_ci95[1]),
        )
        for o in shown
    ]
    base = outcome.baseline
    if base is not None:
        points.insert(0, Point(outcome.baseline_name, base.mean_ms, 100.0, base.mean_ci95_ms))
    caption = (
        "Mean latency against the quality kept, with 95 % intervals. Dotted: the "
        f"{100 * outcome.min_retention:g} % that were asked for"
    )
    svg = scatter_svg(points, 100 * outcome.min_retention)
    return Drawing(svg, caption, scatter_keys(points))


def changed_knobs(option: Option) -> tuple[Knob, ...]:
    """The knobs that an option turns, in the order of their list."""
    return tuple(knob for knob in load_knobs() if knob.name in option.changes)


_MOST_SOURCES = 3
"""Techniques whose source the plan names, those with the largest effort; the evidence has all."""


def _in_words(option: Option) -> str:
    """What changes, what to mind, what it needs: one item of the list."""
    parts = [f"`{option.name}`: {safe(option.summary)}."]
    risky = [knob for knob in changed_knobs(option) if knob.risk == option.risk]
    if option.risk in ("medium", "high") and risky:
        parts.append(f"Risk {option.risk}: {safe(risky[0].risk_note)}.")
    needs = needed(option)
    if needs:
        parts.append(f"Needs {'; '.join(needs)}.")
    dearest = sorted(changed_knobs(option), key=lambda knob: -knob.effort_days)[:_MOST_SOURCES]
    sources = dict.fromkeys(knob.source.split(";")[0] for knob in dearest)
    parts.append(f"Source: {safe('; '.join(sources))}.")
    return " ".join(parts)


def needed(option: Option) -> list[str]:
    """What has to be there before an option can run."""
    needs = []
    if "runtime" in option.changes:
        needs.append(f"the runtime `{option.changes['runtime']}` in production")
    if "model" in option.changes:
        needs.append(f"the model `{option.changes['model']}` in the model store")
    if option.changes.get("precision") in ("int8", "mixed"):
        needs.append("the same kind of CPU as here")
    if "encoder" in option.changes:
        needs.append(f"clients that accept {option.changes['encoder']}")
    if "decode size" in option.changes:
        needs.append("clients that accept a smaller answer")
    if "threads" in option.changes:
        needs.append("cores that are free while a request is answered")
    return needs


def stage_order(stage_ms: dict[str, float]) -> list[str]:
    """The measured stages in the order in which they run."""
    return [stage for stage in STAGES if stage in stage_ms]
