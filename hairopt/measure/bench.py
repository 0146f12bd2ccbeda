"""One bench from plan to run folder."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np

from hairopt import __version__
from hairopt.datasets.check import DatasetReport, check_dataset
from hairopt.measure.environment import OtherWork, after_timing, git_commit, read_environment
from hairopt.measure.lane import Lane
from hairopt.measure.latency import noise_floor
from hairopt.measure.photo_spool import PhotoSpool
from hairopt.measure.plan import BenchPlan
from hairopt.measure.progress import Progress, Silent
from hairopt.measure.quality import Quality, as_row, measure_quality
from hairopt.measure.results import baseline_of, metric_infos, redye_bounds, variant_results
from hairopt.measure.run_model import DatasetInfo, DatasetWarning, Environment, Protocol, Run
from hairopt.measure.run_store import (
    IMAGES_FOLDER,
    free_run_id,
    require_free_name,
    scratch,
    write_run,
)
from hairopt.measure.run_verdicts import explain, with_verdicts
from hairopt.measure.schedule import PAUSE_S, request_sequence
from hairopt.measure.thumbnails import Thumbnails
from hairopt.measure.timing import (
    TimedRequest,
    TimingPass,
    prepare,
    time_variants,
    timing_rows,
)
from hairopt.metrics.intent import DEFINITION

_AUTOMATIC_REQUESTS = 200
"""Different requests of an automatic number of rounds; then they repeat."""


def run_bench(
    plan: BenchPlan,
    progress: Progress | None = None,
    render: Callable[[Path], object] | None = None,
) -> Run:
    """Measure every variant of a plan and write the run folder ``plan.out / run.id``.

    First every case is read, and faults of the dataset are reported. Then every variant is timed,
    interleaved, while nothing else computes. Then, in the same processes, every answer is scored. A
    variant that is unavailable, crashes, hangs or raises is recorded with the reason and does not
    affect the others. After an interruption no process is left, and a run folder only if everything
    had been measured.

    Args:
        plan: what to measure.
        progress: called after every step, and with the run folder.
        render: writes the reports into the folder of the run before it gets its name.

    Returns:
        The run; its variants in the order of the plan.

    Raises:
        UsageError: ``plan.out`` cannot be written, or has a run with the name of the plan.
        DataError: no case of the dataset can be used.
    """
    progress = progress or Silent()
    created = datetime.now(timezone.utc)
    require_free_name(plan.out, plan.name)
    tell = partial(progress.kept, of_killed=True)
    with scratch(plan.out, tell) as folder, _lanes(plan) as lanes:
        environment = read_environment(plan)
        checked = _checked(plan, progress)
        spool = PhotoSpool(folder / "photos")
        requests = timed_requests(plan, {bad.name for bad in checked.bad}, spool)
        if plan.rehearse:
            prepare(lanes, plan, progress)
        with OtherWork() as others:
            timing = time_variants(lanes, requests, plan, progress)
        thumbnails = Thumbnails(folder / IMAGES_FOLDER)
        quality = measure_quality(lanes, plan, thumbnails, progress)
        explain(lanes, plan.timeout_s)
        environment = after_timing(environment, plan, lanes, timing, others.share)
        run = _run(plan, created, environment, timing, lanes, quality, checked)
        progress.update("write", 0, 1)
        rows = [as_row(one, thumbnails) for one in quality.scored]
        try:
            write_run(
                run,
                rows,
                plan.out,
                render,
                folder / IMAGES_FOLDER,
                timing_rows(lanes),
            )
        finally:
            if (plan.out / run.id).is_dir():
                progress.kept(plan.out / run.id)
        progress.update("write", 1, 1)
    return run


def _checked(plan: BenchPlan, progress: Progress) -> DatasetReport:
    """Check the dataset; report faults at once, because measuring takes long.

    Raises:
        DataError: no case can be used.
    """
    total = len(plan.dataset.cases)
    progress.update("check", 0, total)
    done = count(1)
    checked = check_dataset(plan.dataset, lambda: progress.update("check", next(done), total))
    checked.require_usable()
    for sentence in checked.sentences:
        progress.doubt(sentence)
    return checked


def timed_requests(
    plan: BenchPlan, unusable: Collection[str], spool: PhotoSpool
) -> list[TimedRequest]:
    """The requests of the rounds, read before anything is timed; with many rounds they repeat.

    Args:
        plan: what to measure.
        unusable: names of unusable cases; each is replaced by the next case.
        spool: where the photos are kept.
    """
    order = np.random.default_rng([plan.seed, 0]).permutation(len(plan.dataset.cases))
    usable = [c for c in (plan.dataset.cases[i] for i in order) if c.name not in unusable]
    n = plan.rounds or _AUTOMATIC_REQUESTS
    chosen = [(case, spool.keep(case.photo_bytes())) for case in usable[:n]]
    combinations = plan.combinations
    sequence = request_sequence(len(chosen), len(combinations), n, plan.seed)
    requests = []
    for number in sequence:
        case, photo = chosen[number // len(combinations)]
        shade, intensity = combinations[number % len(combinations)]
        requests.append(TimedRequest(case.name, str(case.photo), photo, shade, intensity))
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
    timing: TimingPass,
    lanes: list[Lane],
    quality: Quality,
    checked: DatasetReport,
) -> Run:
    results = variant_results(lanes, quality.scored, quality.intensity_scores)
    results = with_verdicts(results, lanes, quality.scored)
    reference = baseline_of(lanes).name
    twin = results[plan.lanes[-1].name].latency_ratio if plan.null else None
    return Run(
        id=free_run_id(plan.out, plan.name, created),
        created_utc=created.isoformat(timespec="seconds").replace("+00:00", "Z"),
        hairopt_version=__version__,
        git_commit=git_commit(Path.cwd()),
        command=plan.command,
        environment=environment,
        dataset=_dataset_info(plan, quality, checked),
        protocol=_protocol(plan, timing, reference),
        variants=results,
        noise_floor=noise_floor(twin),
        redye=redye_bounds([one for one in quality.scored if one.variant == reference]),
        metrics=metric_infos(quality.scored),
    )


def _dataset_info(plan: BenchPlan, quality: Quality, checked: DatasetReport) -> DatasetInfo:
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
        n_whole=dataset.n_whole,
        is_labelled=dataset.is_labelled,
        warnings=[
            DatasetWarning(rule=one.rule, message=one.message, cases=list(one.cases))
            for one in checked.warnings
        ],
    )


def _protocol(plan: BenchPlan, timing: TimingPass, baseline: str) -> Protocol:
    schedule = timing.schedule
    return Protocol(
        seed=plan.seed,
        warmup=plan.warmup,
        rounds=schedule.rounds_expected,
        starts=schedule.starts_expected,
        stopped=schedule.stop or "rounds",
        timing_limit_s=plan.timing_limit_s if plan.rounds is None else None,
        timing_s=timing.spent_s,
        pause_s=PAUSE_S if plan.after_pause else None,
        shades=[shade.hex for shade in plan.shades],
        intensities=list(plan.intensities),
        shade_names={shade.hex: shade.name for shade in plan.shades},
        swatches=plan.swatches(),
        timeout_s=plan.timeout_s,
        baseline=baseline,
        null=plan.null,
        color_reference=DEFINITION,
    )
