"""Rank the options of a confirming run: measured effects, verdicts, recommendation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hairopt.cost.usage import RequestUsage, cost_of_use
from hairopt.errors import HairoptError
from hairopt.evidence.evidence import Interval
from hairopt.gate.comparable import paired
from hairopt.gate.retention import judged_retention
from hairopt.gate.snapshot import snapshot
from hairopt.gate.verdict import Verdict
from hairopt.measure.run_model import Run, VariantResult
from hairopt.metrics.retention import Retention, retention
from hairopt.optimize import Goal
from hairopt.optimize.knobs import RISKS, described
from hairopt.optimize.outcome import Numbers, Option
from hairopt.optimize.request import OptimizeRequest
from hairopt.optimize.screened import MARGINAL, cpu_ratio, means, plain_error
from hairopt.optimize.space import Changes, Space

if TYPE_CHECKING:
    import pandas as pd

_ALIKE = 0.05
"""Options whose results differ by less than this share are equal; then effort decides."""


@dataclass(frozen=True)
class Judged:
    """The options in the order of the plan, and the results of the other finalists."""

    options: tuple[Option, ...]
    marginal: tuple[str, ...]
    recommended: str | None
    notes: tuple[str, ...]


def judge(
    run: Run,
    cases: pd.DataFrame,
    names: Mapping[str, Changes],
    space: Space,
    request: OptimizeRequest,
) -> Judged:
    """Judge every finalist of the confirming run against its baseline.

    Args:
        run: baseline, finalists and floor.
        cases: its ``cases.parquet``.
        names: variant -> changes, of the finalists.
        space: the knobs.
        request: goal, target, limits.
    """
    options, marginal, notes = [], [], []
    for name, changes in names.items():
        result = run.variants[name]
        option = None
        if result.status == "ok":
            option = _option(run, cases, name, changes, space, request)
        if option is None:
            notes.append(
                f"{name} ({described(changes)}) has no numbers: {plain_error(result.error)}"
            )
        elif saved(option, request.goal) < MARGINAL:
            marginal.append(f"{name} ({option.summary})")
        else:
            options.append(option)
    chosen = recommend(options, request)
    ranked = rank(options, request)
    return Judged(ranked, tuple(marginal), chosen.name if chosen else None, tuple(notes))


def recommend(options: Sequence[Option], request: OptimizeRequest) -> Option | None:
    """The first of the ranking; None if no option meets the limits."""
    return next((one for one in rank(options, request) if one.is_feasible), None)


def rank(options: Sequence[Option], request: OptimizeRequest) -> tuple[Option, ...]:
    """The options in the order in which they are advised.

    First those that meet the limits and whose quality is proven to be kept, then those that meet
    them without proof, then the others, the smallest miss first.

    Within each, a target says how much is enough, so effect over effort decides. Without a target,
    and if the goal is quality, the effect decides. Of options with an equal effect, by size or
    because neither is proven to be better, the one with less effort is first, then the one with the
    safer quality.
    """
    feasible = [one for one in options if one.is_feasible]
    proven = [one for one in feasible if one.retention_verdict == "pass"]
    others = [one for one in feasible if one not in proven]
    missing = [one for one in options if not one.is_feasible]
    missing.sort(key=lambda one: (one.miss, -effect_over_effort(one, request.goal)))
    return (*_ordered(proven, request), *_ordered(others, request), *missing)


def _ordered(options: Sequence[Option], request: OptimizeRequest) -> list[Option]:
    if request.target is not None and request.goal != "quality":
        return sorted(options, key=lambda one: -effect_over_effort(one, request.goal))
    rest, order = list(options), list[Option]()
    while rest:
        best = min(rest, key=lambda one: _rank(one, request))
        alike = [one for one in rest if _is_alike(one, best, request)]
        first = min(
            alike, key=lambda one: (one.effort_days, -_surely_kept(one), _rank(one, request))
        )
        order.append(first)
        rest.remove(first)
    return order


def _is_alike(one: Option, best: Option, request: OptimizeRequest) -> bool:
    if _rank(one, request) <= _rank(best, request) * (1 + _ALIKE):
        return True
    own = {"latency": lambda o: o.latency_ci95, "cpu": lambda o: o.cpu_ci95}.get(request.goal)
    mine, its = (own(one), own(best)) if own else (None, None)
    return mine is not None and its is not None and mine[0] <= its[1]


def _surely_kept(option: Option) -> float:
    return option.retention_ci95[0] if option.retention_ci95 else option.retention


def numbers_of(result: VariantResult, request: OptimizeRequest) -> Numbers | None:
    """The numbers of a measured variant; None if one is missing."""
    usage = RequestUsage.of(result)
    if usage is None or result.startup_ms is None or result.memory_mb is None:
        return None
    total, cost = result.latency_ms["total"], cost_of_use(usage, request.prices)
    model = result.model
    return Numbers(
        p50_ms=total.p50,
        p95_ms=total.p95,
        mean_ms=total.mean,
        mean_ci95_ms=total.ci95,
        n_requests=total.n,
        stage_ms={stage: t.mean for stage, t in result.latency_ms.items() if stage != "total"},
        cpu_ms=1000 * usage.cpu_s,
        peak_mb=result.memory_mb.peak_rss,
        between_mb=result.memory_mb.between_requests,
        output_kb=usage.output_bytes / 1000,
        startup_ms=result.startup_ms.import_ + result.startup_ms.load,
        first_ms=result.startup_ms.first,
        cost_per_1000=cost.per_1000,
        cost_per_month=cost.per_month(request.requests_per_day),
        cost_parts={
            "cpu": cost.cpu,
            "memory": cost.memory,
            "egress": cost.egress,
            "requests": cost.requests,
        },
        quality={name: part.mean for name in request.guarded if (part := result.quality.get(name))},
        model=f"{model.name} {model.precision}, {model.bytes / 1e6:.2f} MB" if model else "",
    )


def _option(
    run: Run,
    cases: pd.DataFrame,
    name: str,
    changes: Changes,
    space: Space,
    request: OptimizeRequest,
) -> Option | None:
    result, base = run.variants[name], run.variants[request.baseline.name]
    numbers, before = numbers_of(result, request), numbers_of(base, request)
    ratio, cpu = result.latency_ratio, cpu_ratio(result, base)
    kept, kept_ci95, verdict = _kept(run, cases, name, request)
    if not (numbers and before and ratio) or cpu is None or kept.value is None:
        return None
    value = request.target.value(result, request.prices) if request.target else None
    limit = request.target.limit_for(base, request.prices) if request.target else None
    value = value if limit else None
    missed = max(0.0, value / limit - 1) if value is not None and limit else 0.0
    return Option(
        name=name,
        file=f"plan/{name}.toml",
        summary=described(changes),
        changes=changes,
        numbers=numbers,
        latency=ratio.median,
        latency_ci95=ratio.ci95,
        cpu=cpu,
        cpu_ci95=result.cpu_ratio.ci95 if result.cpu_ratio else None,
        cost=numbers.cost_per_1000 / before.cost_per_1000 if before.cost_per_1000 else 1.0,
        memory=numbers.peak_mb / before.peak_mb,
        retention=kept.value,
        retention_ci95=kept_ci95,
        retention_verdict=verdict,
        worst_metric=kept.worst_metric or "",
        risk=max((space.knob(k).risk for k in changes), key=RISKS.index),
        effort_days=space.effort_days(changes),
        target_value=value,
        meets_target=None if value is None else missed <= 0,
        miss=max(0.0, 1 - kept.value / request.min_retention) + missed,
    )


def _kept(
    run: Run, cases: pd.DataFrame, name: str, request: OptimizeRequest
) -> tuple[Retention, Interval | None, str]:
    """Retention, its interval and its verdict, by the gate's own rule.

    Where the rule cannot judge, the retention is that of the means, without an interval.
    """
    try:
        before = snapshot(run, cases, request.baseline.name)
        after = snapshot(run, cases, name)
        kept, verdict = judged_retention(
            paired(before, after), request.min_retention, request.guarded
        )
    except HairoptError:
        base, result = run.variants[request.baseline.name], run.variants[name]
        return retention(means(base), means(result), request.guarded), None, "inconclusive"
    return kept, kept.ci95, _WORDS[verdict]


_WORDS = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "fail",
    Verdict.INCONCLUSIVE: "inconclusive",
}


def saved(option: Option, goal: Goal) -> float:
    """The share of the baseline that an option saves; for quality of latency or cost."""
    if goal == "quality":
        return 1 - min(option.latency, option.cost)
    return 1 - option.spends(goal)


def effect_over_effort(option: Option, goal: Goal) -> float:
    """The share of the baseline that is saved per person-day."""
    return saved(option, goal) / option.effort_days


def _rank(option: Option, request: OptimizeRequest) -> float:
    """The quantity that the goal minimises."""
    return 1 / option.retention if request.goal == "quality" else option.spends(request.goal)
