"""One screened candidate: the results of a set of changes in a short run on a few cases."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, FiniteFloat

import hairopt
from hairopt.cost.prices import Prices
from hairopt.cost.usage import RequestUsage, cost_of_use
from hairopt.home import home
from hairopt.measure.run_model import Run, VariantResult
from hairopt.metrics.retention import retention
from hairopt.optimize import Goal
from hairopt.optimize.knobs import Value
from hairopt.optimize.target import Target
from hairopt.pareto import non_dominated

Origin = Literal["alone", "together", "explored", "simplified", "eased"]

STARTS_DIFFER = 0.055
"""Largest difference that was seen between two starts of the same program, as a share."""

MARGINAL = 0.05
"""Least saving of an option, as a share of the baseline."""


class Screened(BaseModel):
    """Ratios to the baseline of the same run; below 1 is cheaper. None where not measured.

    Attributes:
        changes: knob -> value.
        origin: the step of the search that proposed it.
        status: ``ok``, ``failed`` or ``unavailable``; ``error`` says why.
        run_id: id of the run in ``screening/``.
        retention, worst_metric: quality kept on the few cases, by the worst guarded metric.
        target_miss: least share by which the target is missed; 0 if it may be met.
    """

    model_config = ConfigDict(frozen=True)

    changes: dict[str, Value]
    origin: Origin
    status: Literal["ok", "failed", "unavailable"]
    error: str | None = None
    run_id: str = ""
    latency: FiniteFloat | None = None
    cpu: FiniteFloat | None = None
    cost: FiniteFloat | None = None
    memory: FiniteFloat | None = None
    retention: FiniteFloat | None = None
    worst_metric: str | None = None
    target_miss: FiniteFloat = 0.0

    @property
    def is_complete(self) -> bool:
        """Whether it has all numbers."""
        numbers = (self.latency, self.cpu, self.cost, self.memory, self.retention)
        return self.status == "ok" and None not in numbers

    @property
    def kept(self) -> float:
        """The share of quality kept; 0 where it was not measured."""
        return self.retention or 0.0

    def spends(self, goal: Goal) -> float:
        """The ratio that the goal minimises; infinite if it was not measured."""
        own = {"cpu": self.cpu, "cost": self.cost, "memory": self.memory}
        ratio = own.get(goal, self.latency)
        return float("inf") if ratio is None else ratio

    def saves_surely(self, goal: Goal, share: float) -> bool:
        """Whether it saves this share of what the goal minimises, and more than chance may.

        A time of screening is from one process start, which proves nothing; the confirmation does.
        """
        by_chance = 0.0 if goal in ("cost", "memory") else STARTS_DIFFER
        return self.spends(goal) < 1 - max(share, by_chance)

    def miss(self, min_retention: float) -> float:
        """Distance from the limits: the sum of relative shortfalls; 0 is feasible."""
        if self.retention is None:
            return float("inf")
        return max(0.0, 1 - self.retention / min_retention) + self.target_miss

    def is_feasible(self, min_retention: float) -> bool:
        """Whether it meets retention and target in the short run."""
        return self.is_complete and self.miss(min_retention) <= 0


def screened(
    run: Run,
    name: str,
    changes: Mapping[str, Value],
    origin: Origin,
    *,
    prices: Prices,
    target: Target | None,
    guarded: Sequence[str],
) -> Screened:
    """The results of one variant of a run, relative to the baseline of the run."""
    result = run.variants[name]
    base = run.variants[run.protocol.baseline or ""]
    if result.status != "ok":
        return Screened(
            changes=dict(changes),
            origin=origin,
            status=result.status,
            error=plain_error(result.error),
            run_id=run.id,
        )
    kept = retention(means(base), means(result), guarded)
    ratio = result.latency_ratio
    return Screened(
        changes=dict(changes),
        origin=origin,
        status="ok",
        run_id=run.id,
        latency=ratio.median if ratio else None,
        cpu=cpu_ratio(result, base),
        cost=_ratio(cost_per_1000(result, prices), cost_per_1000(base, prices)),
        memory=_ratio(peak_mb(result), peak_mb(base)),
        retention=kept.value,
        worst_metric=kept.worst_metric,
        target_miss=_least_miss(target, result, base, prices),
    )


def plain_error(text: str | None) -> str | None:
    """The text without the folders of the package, of the models and of the current process."""
    if text is None:
        return None
    package = Path(hairopt.__file__).parent.parent
    for folder in (home(), package, Path.cwd(), Path.home()):
        if folder != Path(folder.anchor):
            text = text.replace(f"{folder}{os.sep}", "")
    return text


def means(result: VariantResult) -> dict[str, float | None]:
    """Metric -> mean over the cases."""
    return {name: summary.mean for name, summary in result.quality.items()}


def cpu_ratio(result: VariantResult, base: VariantResult) -> float | None:
    """Median of the ratios of CPU time, request by request; without pairs, of the means."""
    return result.cpu_ratio.median if result.cpu_ratio else _ratio(result.cpu_ms, base.cpu_ms)


def cost_per_1000(result: VariantResult, prices: Prices) -> float | None:
    """Cost of 1,000 requests; None if a resource was not measured."""
    usage = RequestUsage.of(result)
    return None if usage is None else cost_of_use(usage, prices).per_1000


def peak_mb(result: VariantResult) -> float | None:
    """Peak resident memory in MB (10**6 bytes); None if it was not measured."""
    return result.memory_mb.peak_rss if result.memory_mb else None


def front(candidates: Sequence[Screened]) -> list[Screened]:
    """The complete candidates that no other beats in latency, cost and retention at once."""
    whole = [one for one in candidates if one.is_complete]
    points = [(one.latency or 0.0, one.cost or 0.0, -one.kept) for one in whole]
    return [one for one, kept in zip(whole, non_dominated(points), strict=True) if kept]


def _least_miss(
    target: Target | None, result: VariantResult, base: VariantResult, prices: Prices
) -> float:
    if target is None:
        return 0.0
    value, limit = target.least_value(result, prices), target.limit_for(base, prices)
    return 0.0 if value is None or not limit else max(0.0, value / limit - 1)


def _ratio(value: float | None, base: float | None) -> float | None:
    return value / base if value is not None and base else None
