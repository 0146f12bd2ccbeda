"""What an optimisation found: ``plan.json``, schema ``hairopt.plan/1``. Reports are made of it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from hairopt.cost.prices import Prices
from hairopt.optimize import Goal
from hairopt.optimize.knobs import Risk, Value
from hairopt.optimize.screened import Screened

SCHEMA = "hairopt.plan/1"

Interval = tuple[FiniteFloat, FiniteFloat]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Numbers(_Record):
    """One variant as the confirming run measured it.

    Attributes:
        p95_ms: None with fewer than 100 requests.
        mean_ci95_ms: bootstrap interval of the mean.
        stage_ms: stage -> mean.
        between_mb: resident memory of an idle worker; None in plans of older versions.
        first_ms: the first request of a fresh process; ``startup_ms`` is import and load before it.
        cost_parts: of 1,000 requests: cpu, memory, egress, requests.
        model: name, precision and size of the network file.
    """

    p50_ms: FiniteFloat
    p95_ms: FiniteFloat | None
    mean_ms: FiniteFloat
    mean_ci95_ms: Interval | None
    n_requests: int
    stage_ms: dict[str, FiniteFloat]
    cpu_ms: FiniteFloat
    peak_mb: FiniteFloat
    between_mb: FiniteFloat | None = None
    output_kb: FiniteFloat
    startup_ms: FiniteFloat
    first_ms: FiniteFloat
    cost_per_1000: FiniteFloat
    cost_per_month: FiniteFloat
    cost_parts: dict[str, FiniteFloat]
    quality: dict[str, FiniteFloat | None]
    model: str = ""


class Option(_Record):
    """A proposed change of the baseline, as measured beside it in the confirming run.

    Attributes:
        name: of the variant in the run; ``file`` holds it.
        changes: knob -> value, against the baseline.
        latency: total time over the baseline's in the same rounds, median, with its interval.
        cpu: the same of CPU time; ``cost``, ``memory``: plain ratios.
        retention: quality kept by the worst guarded metric, with its interval.
        retention_verdict: ``pass``, ``fail`` or ``inconclusive``, by the rule of the gate.
        target_value: what the target is about; None where the run was too short to say.
        meets_target: None where there is no target, or it cannot be said.
        miss: how far it is from what is asked, relative; 0 is feasible.
    """

    name: str
    file: str
    summary: str
    changes: dict[str, Value]
    numbers: Numbers
    latency: FiniteFloat
    latency_ci95: Interval | None
    cpu: FiniteFloat
    cpu_ci95: Interval | None = None
    cost: FiniteFloat
    memory: FiniteFloat
    retention: FiniteFloat
    retention_ci95: Interval | None
    retention_verdict: Literal["pass", "fail", "inconclusive"]
    worst_metric: str
    risk: Risk
    effort_days: FiniteFloat
    target_value: FiniteFloat | None
    meets_target: bool | None
    miss: FiniteFloat

    def spends(self, goal: Goal) -> float:
        """The ratio to the baseline that the goal wants small; for quality that of latency."""
        own = {"cpu": self.cpu, "cost": self.cost, "memory": self.memory}
        return own.get(goal, self.latency)

    @property
    def is_feasible(self) -> bool:
        """Whether it keeps the quality and, where there is one, reaches the target."""
        return self.miss <= 0 and self.meets_target is not False


class Sampled(_Record):
    """How sure a part of the answer is: which cases and how many requests it rests on."""

    n_cases: int
    n_cases_all: int
    rounds: int


class Outcome(_Record):
    """Everything a plan says, without its words.

    Attributes:
        ending: ``complete``, ``settled`` or ``budget``: why the search ended; ``nothing`` where
            there was no time for the first measurement.
        baseline: None where it was not measured.
        options: confirmed, best effect over effort first; those that are not feasible follow, the
            smallest miss first.
        marginal: names of finalists that save less than 5 % of the goal and so are no options.
        recommended: name of an option, or None.
        screened: every candidate that was looked at.
        floor: numbers of decoding and encoding alone, with the settings of option ``floor_like``.
        causes: stage -> why it takes its time, from the profile of the baseline.
        run: folder of the confirming run, relative to the plan; empty where there is none.
        dataset_warnings: why photos and masks are not to be trusted; empty in plans of older
            versions.
        notes: complete sentences on what could not be established.
    """

    schema_: Literal["hairopt.plan/1"] = Field(default="hairopt.plan/1", alias="schema")
    created_utc: str
    hairopt_version: str
    command: str
    baseline_name: str
    baseline_spec: dict[str, Any]
    dataset: str
    dataset_cases: int
    dataset_warnings: list[str] = []
    cpu_model: str
    logical_cores: int
    target: str | None
    target_quantity: str | None
    target_limit: FiniteFloat | None
    min_retention: FiniteFloat
    guarded: list[str] = []
    goal: Goal
    budget_s: FiniteFloat
    spent_s: FiniteFloat
    prices: Prices
    requests_per_day: FiniteFloat
    shades: list[str]
    intensities: list[FiniteFloat]
    ending: Literal["complete", "settled", "budget", "nothing"]
    baseline: Numbers | None = None
    options: list[Option] = []
    marginal: list[str] = []
    recommended: str | None = None
    screened: list[Screened] = []
    confirmed_on: Sampled | None = None
    screened_on: Sampled | None = None
    floor: Numbers | None = None
    floor_like: str = ""
    causes: dict[str, str] = {}
    run: str = ""
    run_id: str = ""
    warnings: list[str] = []
    notes: list[str] = []
    left_out: list[str] = []

    @property
    def chosen(self) -> Option | None:
        """The recommended option."""
        return next((one for one in self.options if one.name == self.recommended), None)
