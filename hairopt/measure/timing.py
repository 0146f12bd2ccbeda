"""The timing pass of a bench: start-up, warm-up, interleaved rounds; one process at a time.

Not measured here: several requests at once (that is load), and cold files (the phase ``prepare``
has read them before).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hairopt.measure.lane import Lane, alive
from hairopt.measure.messages import First, Loaded, Peaks, Timing
from hairopt.measure.plan import BenchPlan
from hairopt.measure.process import RequestRefusedError, Worker
from hairopt.measure.progress import Progress
from hairopt.measure.run_model import Startup
from hairopt.measure.run_store import TimingRow
from hairopt.measure.schedule import rotations
from hairopt.types import Shade


@dataclass(frozen=True)
class TimedRequest:
    """The request that is sent to every variant in one round.

    Attributes:
        case: name of the case.
        file: its photo, for messages.
        photo: reads the encoded photo.
    """

    case: str
    file: str
    photo: Callable[[], bytes]
    shade: Shade
    intensity: float


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


def start(
    lanes: list[Lane], requests: list[TimedRequest], plan: BenchPlan, progress: Progress
) -> None:
    """Start the measured workers one after the other: load, first request, warm-up."""
    starting = alive(lanes)
    progress.update("start", 0, len(starting))
    for done, lane in enumerate(starting, start=1):
        with lane.costs_only_itself():
            lane.worker = Worker(lane.variant)
            limit_s = plan.timeout_s if plan.rehearse else plan.prepare_timeout_s
            lane.loaded = lane.worker.load(limit_s)
            _answer_first(lane, lane.loaded, requests, plan)
        progress.update("start", done, len(starting))


def _answer_first(
    lane: Lane, loaded: Loaded, requests: list[TimedRequest], plan: BenchPlan
) -> None:
    """Send first and warm-up requests; requests that the variant cannot answer are skipped."""
    worker = lane.running
    refusal: RequestRefusedError | None = None
    for request in {request.case: request for request in requests}.values():
        worker.send("first", request.photo(), request.shade, request.intensity)
        try:
            answer = worker.receive(
                First, f"answering its first request, case {request.case!r}", plan.timeout_s
            )
        except RequestRefusedError as error:
            refusal = error
            continue
        lane.startup = Startup(
            import_=loaded.import_ms + answer.import_ms,
            load=loaded.load_ms,
            first=answer.first_ms,
        )
        break
    else:
        assert refusal is not None
        raise refusal
    for index in range(plan.warmup):
        _ask_time(lane, requests[index % len(requests)], plan, "warming up with")


def time_rounds(
    lanes: list[Lane], requests: list[TimedRequest], plan: BenchPlan, progress: Progress
) -> None:
    """Answer every request once per variant, interleaved, then read the peak memory.

    Args:
        lanes: the started lanes.
        requests: one per round.
        plan: has seed and time limit.
        progress: called after every round.
    """
    for lane in alive(lanes):
        with lane.costs_only_itself():
            lane.running.send("settle")
            lane.running.receive(bool, "settling", plan.timeout_s)
    progress.update("time", 0, len(requests))
    for index, order in enumerate(rotations(lanes, len(requests), plan.seed)):
        for lane in alive(order):
            timing = _ask_time(lane, requests[index], plan, "timing")
            if timing is not None:
                lane.timings[index] = timing
        progress.update("time", index + 1, len(requests))
    for lane in alive(lanes):
        with lane.costs_only_itself():
            lane.running.send("peaks")
            lane.peaks = lane.running.receive(Peaks, "reading its memory", plan.timeout_s)
        if not lane.timings:
            reasons = "; ".join(case.reason for case in lane.failed_cases.values())
            lane.drop("failed", f"Variant {lane.name!r} answered no timed request: {reasons}")


def timing_rows(lanes: Sequence[Lane], requests: Sequence[TimedRequest]) -> list[TimingRow]:
    """All measured times, in milliseconds, for ``timings.parquet``.

    Args:
        lanes: the timed lanes; excluded ones have no rows.
        requests: one per round, as for ``time_rounds``.
    """
    return [
        {
            "variant": lane.name,
            "round": index,
            "case": requests[index].case,
            "shade": requests[index].shade.hex,
            "intensity": requests[index].intensity,
            **{f"{stage}_ms": value for stage, value in timing.stage_ms.items()},
            "total_ms": timing.total_ms,
            "cpu_ms": timing.cpu_ms,
        }
        for lane in lanes
        if lane.status == "ok"
        for index, timing in lane.timings.items()
    ]


def _ask_time(lane: Lane, request: TimedRequest, plan: BenchPlan, doing: str) -> Timing | None:
    with lane.costs_only_case(request.case, request.file):
        worker = lane.running
        worker.send("time", request.photo(), request.shade, request.intensity)
        return worker.receive(Timing, f"{doing} case {request.case!r}", plan.timeout_s)
    return None
