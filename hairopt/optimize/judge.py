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
        elif _spends(option, request) > 1 - MARGINAL:
            marginal.append(f"{name} ({option.summary})")
        else:
            options.append(option)
    ranked = sorted(options, key=lambda o: (o.miss, -_effect_over_effort(o, request)))
    chosen = recommend(ranked, request)
    return Judged(tuple(ranked), tuple(marginal), chosen.name if chosen else None, tuple(notes))


def recommend(options: Sequence[Option], request: OptimizeRequest) -> Option | None:
    """The best feasible option for the goal.

    Of options that are equal, by size or because neither is proven to be better, it is the one with
    less effort, then the one with the safer quality. Options with a proven retention come before
    options whose retention is not proven.
    """
    feasible = [one for one in options if one.is_feasible]
    proven = [one for one in feasible if one.retention_verdict == "pass"]
    pool = proven or feasible
    if not pool:
        return None
    best = min(pool, key=lambda one: _rank(one, request))
    alike = [one for one in pool if _is_alike(one, best, request)]
    return min(alike, key=lambda one: (one.effort_days, -_surely_kept(one), _rank(one, request)))


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
    missed = 0.0
    if request.target and value is not None:
        missed = max(0.0, value / request.target.limit - 1)
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


def _spends(option: Option, request: OptimizeRequest) -> float:
    if request.goal == "quality":
        return min(option.latency, option.cost)
    return option.spends(request.goal)


def _rank(option: Option, request: OptimizeRequest) -> float:
    """The quantity that the goal minimises."""
    return 1 / option.retention if request.goal == "quality" else _spends(option, request)


def _effect_over_effort(option: Option, request: OptimizeRequest) -> float:
    return (1 - _spends(option, request)) / option.effort_days
