"""The timing pass of a bench: several starts of every variant, in turns, one process at a time.

Not measured here: several requests at once (that is load), and cold files (the phase ``prepare``
has read them before).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from hairopt.measure.lane import Lane, Start, Timed, alive
from hairopt.measure.latency import is_precise
from hairopt.measure.messages import First, Loaded, Peaks, Served, StoredPhoto, Timing
from hairopt.measure.plan import BenchPlan
from hairopt.measure.process import RequestRefusedError, Worker
from hairopt.measure.progress import Progress
from hairopt.measure.run_model import Startup
from hairopt.measure.run_store import TimingRow
from hairopt.measure.schedule import (
    PAUSE_S,
    Regime,
    Schedule,
    Turn,
    order_of_turn,
    uncounted_requests,
)
from hairopt.types import Shade


@dataclass(frozen=True)
class TimedRequest:
    """The request that is sent to every variant in one round.

    Attributes:
        case: name of the case.
        file: its photo, for messages.
        photo: where a worker finds the encoded photo.
    """

    case: str
    file: str
    photo: StoredPhoto
    shade: Shade
    intensity: float


@dataclass(frozen=True)
class TimingPass:
    """How the timing went: counted rounds, process starts per variant, seconds, why it ended."""

    schedule: Schedule
    spent_s: float


def prepare(lanes: list[Lane], plan: BenchPlan, progress: Progress) -> None:
    """Load every variant once, in a process that is used only for this.

    Afterwards every conversion is in the cache and every file in the page cache, so that they do
    not add to the times of the first measured variant.
    """
    progress.update("prepare", 0, len(lanes))
    for done, lane in enumerate(lanes, start=1):
        with lane.costs_only_itself(), Worker(lane.variant) as worker:
            worker.load(plan.prepare_timeout_s)
        progress.update("prepare", done, len(lanes))


def time_variants(
    lanes: list[Lane], requests: Sequence[TimedRequest], plan: BenchPlan, progress: Progress
) -> TimingPass:
    """Time every variant in several processes, one after the other, all variants in turns.

    At any time there is at most one process per variant; the last one is left running. A variant
    that crashes, in whichever start, is out with all its numbers.

    Args:
        lanes: one per variant.
        requests: those of the rounds; after the last one the first follows again.
        plan: has seed, time limits and number of rounds.
        progress: called after every process start and every turn.
    """
    began_s = time.monotonic()

    def spent_s() -> float:
        return time.monotonic() - began_s

    schedule = Schedule(plan.rounds, plan.timing_limit_s, plan.starts)
    started = timed = 0
    while alive(lanes) and schedule.goes_on(spent_s(), lambda: is_precise(alive(lanes))):
        for lane in order_of_turn(lanes, started, plan.seed):
            lane.stop()
        started += 1
        _start_processes(lanes, requests, plan, schedule, started, progress)
        if started == 1:
            progress.update("time", 0, schedule.rounds_expected)
        round_s = sum(lane.request_ms for lane in alive(lanes)) / 1000
        for turn in schedule.turns(spent_s, round_s):
            for lane in order_of_turn(lanes, turn.number, plan.seed):
                if lane.status == "ok":
                    with lane.costs_only_itself():
                        _take_turn(lane, turn, requests, plan)
            timed = turn.rounds.stop
            progress.update("time", timed, max(timed, schedule.rounds_expected))
        for lane in alive(lanes):
            with lane.costs_only_itself():
                lane.starts[started - 1] = _start_of(lane, plan.timeout_s)
    progress.update("time", timed, timed)
    for lane in alive(lanes):
        _require_times(lane)
    return TimingPass(schedule, spent_s())


def _start_processes(
    lanes: list[Lane],
    requests: Sequence[TimedRequest],
    plan: BenchPlan,
    schedule: Schedule,
    number: int,
    progress: Progress,
) -> None:
    """Start the processes of one start, one after the other: load, first request, warm-up."""
    n = len(lanes)
    if number == 1:
        progress.update("start", 0, n * schedule.starts_expected)
    starting = [one for one in order_of_turn(lanes, number - 1, plan.seed) if one.status == "ok"]
    for done, lane in enumerate(starting, start=(number - 1) * n + 1):
        with lane.costs_only_itself():
            lane.worker = Worker(lane.variant)
            limit_s = plan.timeout_s if plan.rehearse else plan.prepare_timeout_s
            lane.loaded = lane.worker.load(limit_s)
            lane.startup = _answer_first(lane, lane.loaded, requests, plan)
            _ask(lane, [requests[i % len(requests)] for i in range(plan.warmup)], plan)
            if lane.status == "ok":
                lane.running.send("settle")
                lane.running.receive(bool, "settling", plan.timeout_s)
        progress.update("start", done, n * schedule.starts_expected)


def _answer_first(
    lane: Lane, loaded: Loaded, requests: Sequence[TimedRequest], plan: BenchPlan
) -> Startup:
    """Send the first request; requests that the variant cannot answer are skipped.

    Raises:
        RequestRefusedError: it can answer none.
        WorkerLostError: the process ended.
    """
    worker = lane.running
    refusal: RequestRefusedError | None = None
    for request in {request.case: request for request in requests}.values():
        worker.send("first", request.photo.read(), request.shade, request.intensity)
        try:
            answer = worker.receive(
                First, f"answering its first request, case {request.case!r}", plan.timeout_s
            )
        except RequestRefusedError as error:
            refusal = error
            continue
        lane.request_ms = answer.first_ms
        return Startup(
            import_=loaded.import_ms + answer.import_ms,
            load=loaded.load_ms,
            first=answer.first_ms,
        )
    assert refusal is not None
    raise refusal


def _take_turn(lane: Lane, turn: Turn, requests: Sequence[TimedRequest], plan: BenchPlan) -> None:
    """Let one variant answer the requests of a turn, while no other computes."""
    n = len(requests)
    uncounted = range(turn.rounds.start - uncounted_requests(lane.request_ms), turn.rounds.start)
    asked = [requests[number % n] for number in (*uncounted, *turn.rounds)]
    timings = _ask(lane, asked, plan)[len(uncounted) :]
    _count(lane, turn, "back to back", turn.rounds, asked[len(uncounted) :], timings)
    if plan.after_pause and lane.status == "ok":
        time.sleep(PAUSE_S)
        rested = [requests[turn.number % n]]
        _count(lane, turn, "after a pause", [turn.number], rested, _ask(lane, rested, plan))


def _count(
    lane: Lane,
    turn: Turn,
    regime: Regime,
    numbers: Sequence[int],
    requests: Sequence[TimedRequest],
    timings: Sequence[Timing | None],
) -> None:
    for number, request, timing in zip(numbers, requests, timings, strict=True):
        if timing is not None:
            asked = request.case, request.shade, request.intensity
            lane.timed.append(Timed(regime, turn.start, turn.number, number, *asked, timing))


def _ask(lane: Lane, requests: Sequence[TimedRequest], plan: BenchPlan) -> list[Timing | None]:
    """Let a variant answer requests back to back; None for one that it cannot answer."""
    lane.running.send("turn", [(one.photo, one.shade, one.intensity) for one in requests])
    timings: list[Timing | None] = []
    for request in requests:
        timings.append(None)
        if lane.status != "ok":
            continue
        with lane.costs_only_case(request.case, request.file):
            doing = f"timing case {request.case!r}"
            timings[-1] = timing = lane.running.receive(Timing, doing, plan.timeout_s)
            lane.request_ms = timing.total_ms
    return timings


def _start_of(lane: Lane, timeout_s: float) -> Start:
    assert lane.startup is not None
    assert lane.loaded is not None
    lane.running.send("peaks")
    peaks = lane.running.receive(Peaks, "reading its memory", timeout_s)
    served: Served | None = None
    if lane.variant.backend is not None:
        lane.running.send("served")
        served = lane.running.receive(Served, "counting its requests", timeout_s)
    return Start(lane.startup, lane.loaded, peaks, served)


def _require_times(lane: Lane) -> None:
    """Take a variant out that answered no counted request."""
    if any(one.regime == "back to back" for one in lane.timed):
        return
    reasons = "; ".join(case.reason for case in lane.failed_cases.values())
    lane.drop("failed", f"Variant {lane.name!r} answered no timed request: {reasons}")


def timing_rows(lanes: Sequence[Lane]) -> list[TimingRow]:
    """All counted times, in milliseconds, for ``timings.parquet``; excluded lanes have no rows."""
    return [
        {
            "variant": lane.name,
            "regime": one.regime,
            "start": one.start,
            "turn": one.turn,
            "round": one.round,
            "case": one.case,
            "shade": one.shade.hex,
            "intensity": one.intensity,
            **{f"{stage}_ms": value for stage, value in one.timing.stage_ms.items()},
            "total_ms": one.timing.total_ms,
            "cpu_ms": one.timing.cpu_ms,
        }
        for lane in lanes
        if lane.status == "ok"
        for one in lane.timed
    ]
