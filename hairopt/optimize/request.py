"""The checked request of an optimisation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from hairopt import __version__
from hairopt.cost.prices import Prices, example_prices
from hairopt.cpu_isa import cpu_isa
from hairopt.datasets.dataset import Dataset
from hairopt.errors import UsageError
from hairopt.measure.environment import cpu_model
from hairopt.measure.plan import DEFAULT_INTENSITIES, DEFAULT_SHADES
from hairopt.metrics.catalog import known_metrics
from hairopt.metrics.retention import DEFAULT_GUARDED
from hairopt.models.records import all_records
from hairopt.optimize import Goal
from hairopt.optimize.knobs import Knob
from hairopt.optimize.space import Space, find_space
from hairopt.optimize.subset import CASES, kept_apart, stratified
from hairopt.optimize.target import Target
from hairopt.registry import unknown_name
from hairopt.types import Shade
from hairopt.variants.schema import Variant

MOST_REQUESTS_PER_DAY = 1e12


@dataclass(frozen=True)
class OptimizeRequest:
    """A request to make a baseline cheaper at the same quality.

    Attributes:
        baseline: the variant that is in use.
        dataset: the cases that quality is judged by.
        out: the folder of the search, its runs and its plan.
        budget_s: seconds for all of it, earlier sessions in the same folder included.
        now: a monotonic clock in seconds.
        target: the limit to reach; None: as good as possible.
        min_retention: the least share of the baseline's quality, by the worst guarded metric.
        goal: what is minimised (quality: maximised once the target is met).
        prices: prices of resources.
        requests_per_day: for the cost of a month.
        shades, intensities: the shades and intensities of every case.
        seed: seed of the subset, the sampler, and every run.
        command: the command line, for the record.
        guarded: the metrics that retention is judged by.
        knobs: the knobs that may be changed; None for all in ``knobs.toml``.
        confirm_on: further cases that confirm the options; None: those of ``dataset`` that did not
            choose them.
    """

    baseline: Variant
    dataset: Dataset
    out: Path
    budget_s: float
    now: Callable[[], float]
    target: Target | None = None
    min_retention: float = 0.95
    goal: Goal = "latency"
    prices: Prices = field(default_factory=example_prices)
    requests_per_day: float = 10_000
    shades: tuple[Shade, ...] = DEFAULT_SHADES
    intensities: tuple[float, ...] = DEFAULT_INTENSITIES
    seed: int = 0
    command: str = ""
    guarded: tuple[str, ...] = DEFAULT_GUARDED
    knobs: tuple[Knob, ...] | None = None
    confirm_on: Dataset | None = None

    def __post_init__(self) -> None:
        """Refuse invalid values.

        Raises:
            UsageError: it names the argument, its value and what is allowed.
        """
        self.baseline.require_stages()  # the knobs of a back-end are not known
        if not 0 < self.min_retention <= 1:
            raise UsageError(
                f"the least retention is {self.min_retention:g}; it must be above 0 and at most 1.0"
            )
        for name in self.guarded:
            if name not in known_metrics():
                raise UsageError(unknown_name("guarded metric", name, list(known_metrics())))
        if not 0 <= self.requests_per_day <= MOST_REQUESTS_PER_DAY:
            raise UsageError(
                f"{self.requests_per_day:g} requests a day: must not be negative, nor more than "
                f"{MOST_REQUESTS_PER_DAY:g}"
            )

    @cached_property
    def space(self) -> Space:
        """The changes of the baseline that are possible on this machine; searched only once."""
        return find_space(self.baseline, self.knobs, self.intensities)

    @cached_property
    def confirmation(self) -> Dataset:
        """The cases that confirm the options."""
        return self.confirm_on or kept_apart(self.dataset, self.seed)

    @property
    def is_confirmed_apart(self) -> bool:
        """Whether no photo that chose an option confirms it."""
        chose = {case.source for case in stratified(self.dataset, CASES, self.seed).cases}
        return self.confirm_on is not None or chose.isdisjoint(
            case.source for case in self.confirmation.cases
        )

    def signature(self) -> str:
        """A text that is equal for requests that can share measurements on one machine."""
        models = {network.model for network in self.baseline.segment.networks}
        for dimension in self.space.dimensions:
            if dimension.knob.key == "segment.model":
                models |= {str(value) for value in dimension.values}
        known = all_records()
        asked = {
            "hairopt": __version__,
            "processor": [cpu_model(), *cpu_isa()],
            "networks": {name: known[name].identity for name in models if name in known},
            "baseline": self.baseline.model_dump(mode="json"),
            "dataset": self.dataset.fingerprint,
            "confirm_on": self.confirm_on.fingerprint if self.confirm_on else None,
            "knobs": {d.knob.name: [repr(v) for v in d.values] for d in self.space.dimensions},
            "shades": [
                f"{shade.hex} {shade.swatch.sha256}" if shade.swatch else shade.hex
                for shade in self.shades
            ],
            "intensities": list(self.intensities),
            "target": str(self.target),
            "guarded": list(self.guarded),
            "prices": self.prices.model_dump(mode="json"),
            "seed": self.seed,
        }
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
