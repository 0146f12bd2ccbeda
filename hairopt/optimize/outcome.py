"""The results of an optimisation: ``plan.json``, schema ``hairopt.plan/1``, for the reports."""

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
    """The numbers of one variant in the confirming run.

    Attributes:
        p95_ms: None with fewer than 100 requests.
        mean_ci95_ms: interval of the mean.
        stage_ms: stage -> mean.
        between_mb: resident memory of an idle worker; None in plans of older versions.
        first_ms: the first request of a new process; ``startup_ms`` is import and load before it.
        cost_parts: parts of the cost of 1,000 requests: cpu, memory, egress, requests.
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
    """A proposed change of the baseline, measured together with it in the confirming run.

    Attributes:
        name: name of the variant in the run; ``file`` is its file.
        changes: knob -> value, where it differs from the baseline.
        latency: total time over the baseline's in the same rounds, median, with its interval.
        cpu: the same for CPU time; ``cost``, ``memory``: plain ratios.
        retention: quality kept, by the worst guarded metric, with its interval.
        retention_verdict: ``pass``, ``fail`` or ``inconclusive``, by the rule of the gate.
        target_value: value of the target's quantity; None if the run was too short.
        meets_target: None if there is no target, or it is not known.
        miss: relative distance from the limits; 0 is feasible.
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
        """The ratio to the baseline that the goal minimises; for quality that of latency."""
        own = {"cpu": self.cpu, "cost": self.cost, "memory": self.memory}
        return own.get(goal, self.latency)

    @property
    def is_feasible(self) -> bool:
        """Whether it keeps the quality and reaches the target, if there is one."""
        return self.miss <= 0 and self.meets_target is not False


class Sampled(_Record):
    """The data behind a part of the results: cases and number of requests."""

    n_cases: int
    n_cases_all: int
    rounds: int


class Outcome(_Record):
    """The content of a plan, as data.

    Attributes:
        target_limit: in the unit of its quantity; of a relative target from the baseline's value.
        ending: ``complete``, ``settled`` or ``budget``: why the search ended; ``nothing`` if there
            was no time for the first measurement.
        baseline: None if it was not measured.
        options: confirmed options, best effect over effort first; then those that are not feasible,
            the smallest miss first.
        marginal: names of finalists that save less than 5 % of the goal, and so are no options.
        recommended: name of an option, or None.
        screened: all screened candidates.
        n_proposed: number of candidates without which nothing can be said to be out of reach;
            ``n_untried`` of them were not measured. None in plans of older versions.
        floor: numbers of decoding and encoding alone, with the settings of option ``floor_like``.
        causes: stage -> cause of its time, from the profile of the baseline.
        run: folder of the confirming run, relative to the plan; empty if there is none.
        dataset_warnings: warnings about photos and masks; empty in plans of older versions.
        notes: complete sentences on what is not known.
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
    target_limit: FiniteFloat | None = None
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
    n_proposed: int | None = None
    n_untried: int | None = None
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
    def is_exhausted(self) -> bool:
        """Whether everything was measured that can help, so that "cannot be met" is a result."""
        return bool(self.screened) and self.n_untried == 0

    @property
    def is_already_good(self) -> bool:
        """Whether everything that can help was measured, and nothing was worth a confirmation."""
        return self.is_exhausted and self.confirmed_on is None and self.ending != "budget"

    @property
    def chosen(self) -> Option | None:
        """The recommended option."""
        return next((one for one in self.options if one.name == self.recommended), None)
