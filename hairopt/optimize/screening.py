"""Screening: short interleaved runs of a few candidates and the baseline, on a few cases."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hairopt.errors import HairoptError, UnavailableError
from hairopt.measure.bench import run_bench
from hairopt.measure.plan import BenchPlan
from hairopt.measure.run_model import Run
from hairopt.measure.run_store import IMAGES_FOLDER
from hairopt.optimize.budget import Budget, BudgetEndedError, Watched
from hairopt.optimize.request import OptimizeRequest
from hairopt.optimize.screened import Origin, Screened, screened
from hairopt.optimize.space import Changes, Space
from hairopt.optimize.study import Study
from hairopt.optimize.subset import CASES, stratified
from hairopt.quantities import number_of

BATCH = 6
"""Number of candidates in one run, besides the baseline."""

ROUNDS = 12
_WARMUP = 1

FOLDER = "screening"


@dataclass
class Pace:
    """The times of measuring on this machine, from the runs so far, in seconds.

    Attributes:
        start_s: time of one process start of one variant.
        answer_s: time of one scored answer to one case.
        request_s: time of one timed request, with the uncounted ones of its turn.
        batch_s: times of whole batches.
    """

    start_s: float = 0.0
    answer_s: float = 0.0
    request_s: float = 0.0
    batch_s: list[float] = field(default_factory=list)

    def learn(self, watched: Watched, n_starts: int, n_answers: int, n_requests: int) -> None:
        """Update the times from a finished run."""
        phases = watched.phase_s
        self.start_s = phases.get("start", 0.0) / max(1, n_starts)
        self.answer_s = phases.get("quality", 0.0) / max(1, n_answers)
        self.request_s = phases.get("time", 0.0) / max(1, n_requests)
        self.batch_s.append(sum(phases.values()))

    @classmethod
    def known(cls, numbers: Mapping[str, float]) -> Pace:
        """The pace of an earlier session."""
        batch_s = [numbers["batch_s"]] if "batch_s" in numbers else []
        steps = {name: numbers.get(name, 0.0) for name in ("start_s", "answer_s", "request_s")}
        return cls(**steps, batch_s=batch_s)

    @property
    def numbers(self) -> dict[str, float]:
        """The numbers for ``known``."""
        steps = {"start_s": self.start_s, "answer_s": self.answer_s, "request_s": self.request_s}
        return {**steps, "batch_s": self.next_batch_s}

    @property
    def next_batch_s(self) -> float:
        """Estimated time of the next batch: the slower of the last two; 0 before the first."""
        return max(self.batch_s[-2:], default=0.0)


@dataclass
class Screening:
    """Measures batches, and saves every candidate as soon as its run is done."""

    request: OptimizeRequest
    space: Space
    study: Study
    budget: Budget
    tell: Callable[[str], None]
    pace: Pace = field(default_factory=Pace)
    last_run: Run | None = None

    def measure(self, wanted: Sequence[Changes], origin: Origin, reserve_s: float) -> bool:
        """Measure candidates that were not measured before, batch by batch.

        Args:
            wanted: sets of changes.
            origin: the step of the search that proposed them.
            reserve_s: seconds of the budget that must be left afterwards.

        Returns:
            Whether there was time for all of them.
        """
        left = self.study.unmeasured(wanted)
        while left:
            batch, left = left[:BATCH], left[BATCH:]
            if self.budget.left_s - self.pace.next_batch_s < reserve_s:
                return False
            waiting = number_of(len(left), "more waits", "more wait")
            self.tell(
                f"screening {number_of(len(batch), 'candidate')} ({origin}), {waiting}; "
                f"{max(0.0, self.budget.left_s):.0f} s left"
            )
            try:
                self._run(batch, origin, reserve_s)
            except BudgetEndedError:
                return False
            finally:
                self.study.note_spent(self.budget.spent_s)
        return True

    def _run(self, batch: Sequence[Changes], origin: Origin, reserve_s: float) -> None:
        request, first = self.request, len(self.study.measured) + 1
        names = {f"candidate-{first + index}": changes for index, changes in enumerate(batch)}
        made = [self.space.variant(changes, name) for name, changes in names.items()]
        plan = BenchPlan(
            variants=(request.baseline, *made),
            dataset=stratified(request.dataset, CASES, request.seed),
            out=request.out / FOLDER,
            shades=request.shades[:1],
            intensities=request.intensities,
            rounds=ROUNDS * len(request.intensities),
            starts=1,
            after_pause=False,
            warmup=_WARMUP,
            seed=request.seed,
            rehearse=False,
            command=request.command,
        )
        run = bench_within(plan, self.budget, reserve_s, self.pace)
        # The pictures of all candidates would fill the disk.
        shutil.rmtree(plan.out / run.id / IMAGES_FOLDER, ignore_errors=True)
        self.last_run = run
        for name, changes in names.items():
            one: Screened = screened(
                run,
                name,
                changes,
                origin,
                prices=request.prices,
                target=request.target,
                guarded=request.guarded,
            )
            self.study.tell(one)
        self.study.note_pace(self.pace.numbers)


def bench_within(
    plan: BenchPlan,
    budget: Budget,
    reserve_s: float,
    pace: Pace,
    render: Callable[[Path], object] | None = None,
) -> Run:
    """Run a bench that ends with its budget, and that needs the numbers of the baseline.

    Raises:
        BudgetEndedError: the time is over; nothing of the run is left.
        UnavailableError: the baseline cannot run on this machine.
        HairoptError: the baseline failed.
    """
    watched = Watched(budget, reserve_s)
    limit_s = max(1.0, budget.left_s - reserve_s)
    plan = _with_limits(plan, limit_s)
    run = run_bench(plan, watched, render)
    n = len(plan.variants)
    answers = len(plan.dataset.cases) * len(plan.combinations) * n
    pace.learn(watched, run.protocol.starts * n, answers, run.protocol.rounds * n)
    base = run.variants[plan.variants[0].name]
    if base.status != "ok":
        if budget.left_s < reserve_s:
            raise BudgetEndedError("the budget ended")
        kind = UnavailableError if base.status == "unavailable" else HairoptError
        raise kind(f"the baseline cannot be measured, so nothing can be compared: {base.error}")
    return run


def _with_limits(plan: BenchPlan, limit_s: float) -> BenchPlan:
    """The plan with timeouts of at most the remaining time."""
    from dataclasses import replace

    return replace(
        plan,
        timeout_s=min(plan.timeout_s, limit_s),
        prepare_timeout_s=min(plan.prepare_timeout_s, limit_s),
    )
