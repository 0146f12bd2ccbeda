"""One bench from plan to run folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

import numpy as np

from hairopt import __version__
from hairopt.datasets.case import Case
from hairopt.errors import DataError
from hairopt.measure.environment import git_commit, read_environment
from hairopt.measure.lane import Lane
from hairopt.measure.latency import noise_floor
from hairopt.measure.plan import BenchPlan
from hairopt.measure.progress import Progress, Silent
from hairopt.measure.quality import Quality, as_row, measure_quality
from hairopt.measure.redye import redye_bounds
from hairopt.measure.results import baseline_of, variant_results
from hairopt.measure.run_model import DatasetInfo, Environment, Protocol, Run
from hairopt.measure.run_store import IMAGES_FOLDER, new_run_id, scratch, write_run
from hairopt.measure.run_verdicts import explain, with_verdicts
from hairopt.measure.schedule import request_sequence
from hairopt.measure.thumbnails import Thumbnails
from hairopt.measure.timing import (
    TimedRequest,
    prepare,
    start,
    time_rounds,
    timing_rows,
)


def run_bench(
    plan: BenchPlan,
    progress: Progress | None = None,
    render: Callable[[Path], object] | None = None,
) -> Run:
    """Measure every variant of a plan and write the run folder ``plan.out / run.id``.

    First every variant is timed, interleaved, while nothing else computes; then, in the same
    processes, every answer is scored. A variant that is unavailable, crashes, hangs or raises is
    recorded as such and costs the others nothing. When interrupted, no process is left, and a run
    folder only where everything had been measured.

    Args:
        plan: what to measure.
        progress: told after every step, and of the run folder.
        render: writes the reports into the folder of the run before it gets its name.

    Returns:
        The run; its variants in the order of the plan.

    Raises:
        UsageError: ``plan.out`` cannot be written.
        DataError: no case of the dataset can be used.
    """
    progress = progress or Silent()
    created = datetime.now(timezone.utc)
    tell = partial(progress.kept, of_killed=True)
    with scratch(plan.out, tell) as folder, _lanes(plan) as lanes:
        environment = read_environment(plan)
        requests = timed_requests(plan)
        if plan.rehearse:
            prepare(lanes, plan, progress)
        start(lanes, requests, plan, progress)
        time_rounds(lanes, requests, plan, progress)
        thumbnails = Thumbnails(folder / IMAGES_FOLDER)
        quality = measure_quality(lanes, plan, thumbnails, progress)
        explain(lanes, plan.timeout_s)
        run = _run(plan, created, environment, lanes, quality)
        progress.update("write", 0, 1)
        rows = [as_row(one, thumbnails) for one in quality.scored]
        try:
            write_run(
                run,
                rows,
                plan.out,
                render,
                folder / IMAGES_FOLDER,
                timing_rows(lanes, requests),
            )
        finally:
            if (plan.out / run.id).is_dir():
                progress.kept(plan.out / run.id)
        progress.update("write", 1, 1)
    return run


def timed_requests(plan: BenchPlan) -> list[TimedRequest]:
    """The request of every round, read before anything is timed.

    At most ``plan.rounds`` cases are read; one that cannot be used is replaced by the next, and
    listed by the quality pass, which reads them all.

    Raises:
        DataError: no case can be used.
    """
    order = np.random.default_rng([plan.seed, 0]).permutation(len(plan.dataset.cases))
    usable: list[tuple[Case, bytes]] = []
    reasons: list[str] = []
    for index in order:
        if len(usable) == plan.rounds:
            break
        case = plan.dataset.cases[index]
        try:
            usable.append((case, case.read().data))
        except DataError as error:
            reasons.append(str(error))
    if not usable:
        raise DataError(
            f"No case of {plan.dataset.path} can be used ; the first of {len(reasons)}: "
            f"{reasons[0]}"
        )
    combinations = plan.combinations
    sequence = request_sequence(len(usable), len(combinations), plan.rounds, plan.seed)
    requests = []
    for number in sequence:
        case, data = usable[number // len(combinations)]
        shade, intensity = combinations[number % len(combinations)]
        requests.append(TimedRequest(case.name, str(case.photo), data, shade, intensity))
    return requests


@contextmanager
def _lanes(plan: BenchPlan) -> Iterator[list[Lane]]:
    lanes = [Lane(variant) for variant in plan.lanes]
    try:
        yield lanes
    except BaseException:
        for lane in lanes:
            lane.stop(at_once=True)
        raise
    for lane in lanes:
        lane.stop()


def _run(
    plan: BenchPlan,
    created: datetime,
    environment: Environment,
    lanes: list[Lane],
    quality: Quality,
) -> Run:
    results = variant_results(lanes, quality.scored, plan)
    results = with_verdicts(results, lanes, quality.scored, plan.seed)
    twin = results[plan.lanes[-1].name].latency_ratio if plan.null else None
    return Run(
        id=new_run_id(created),
        created_utc=created.isoformat(timespec="seconds").replace("+00:00", "Z"),
        hairopt_version=__version__,
        git_commit=git_commit(Path.cwd()),
        command=plan.command,
        environment=environment,
        dataset=_dataset_info(plan, quality),
        protocol=_protocol(plan, baseline_of(lanes).name),
        variants=results,
        noise_floor=noise_floor(twin),
        redye=redye_bounds(quality.scored, plan.seed),
    )


def _dataset_info(plan: BenchPlan, quality: Quality) -> DatasetInfo:
    dataset = plan.dataset
    return DatasetInfo(
        name=dataset.name,
        path=str(dataset.path),
        fingerprint=dataset.fingerprint,
        n_cases=len(dataset.cases) - len(quality.bad_cases),
        licence=dataset.licence,
        title=dataset.title,
        bad_cases=quality.bad_cases,
        ignored=list(dataset.ignored),
    )


def _protocol(plan: BenchPlan, baseline: str) -> Protocol:
    return Protocol(
        seed=plan.seed,
        warmup=plan.warmup,
        rounds=plan.rounds,
        shades=[shade.hex for shade in plan.shades],
        intensities=list(plan.intensities),
        shade_names={shade.hex: shade.name for shade in plan.shades},
        timeout_s=plan.timeout_s,
        baseline=baseline,
        null=plan.null,
    )
