"""Profile one variant with one photo, in a new process."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hairopt.errors import DataError, UnavailableError, UsageError
from hairopt.files.whole_file import write_whole
from hairopt.measure.environment import (
    OtherWork,
    busy_warnings,
    cpu_model,
    load_average,
    machine_warnings,
)
from hairopt.measure.latency import P95_FROM
from hairopt.measure.messages import Peaks
from hairopt.measure.process import RequestRefusedError, Worker
from hairopt.profile.cause import cause_of, verdict
from hairopt.profile.model import (
    NetworkProfile,
    PathProfile,
    Profile,
    Sample,
    StageProfile,
    StepProfile,
)
from hairopt.types import STAGES, Shade
from hairopt.variants.schema import StepSpec, Variant

WORKER = "hairopt.profile.worker"
FLAME_FILE = "profile.speedscope.json"
JSON_FILE = "profile.json"

_TIMEOUT_S = 300.0
_FLAME_REQUESTS = 20
_WARMUP = 3
_OF_A_PATH = 3


@dataclass(frozen=True)
class ProfileRequest:
    """The request for a profile.

    Attributes:
        photo_name: name of the photo, for the record.
        data: the encoded photo.
        requests: number of timed warm requests.
        others: of a cascade, the photos whose paths are timed; each gives its bytes.
        out: folder for ``profile.json`` and the flame graph; None writes nothing.
    """

    variant: Variant
    photo_name: str
    data: bytes
    shade: Shade
    intensity: float = 70.0
    requests: int = 30
    out: Path | None = None
    others: Sequence[Callable[[], bytes]] = ()


def profile_variant(request: ProfileRequest) -> Profile:
    """Measure every stage cold and warm, its memory and bytes, and the layers of the network.

    A first process only makes conversions and reads files from disk. The second one is measured;
    its times are those of every later process.

    Raises:
        UsageError: fewer than one request, a back-end, or ``out`` cannot be written.
        UnavailableError: the variant cannot run on this machine.
        DataError: the photo cannot be used.
        HairoptError: the variant failed.
    """
    if request.requests < 1:
        raise UsageError(f"{request.requests} requests are too few: at least 1 is needed")
    request.variant.require_stages()
    try:
        with Worker(request.variant) as rehearsal:
            rehearsal.load(_TIMEOUT_S)
        warnings = machine_warnings(load_average())
        with OtherWork() as others, Worker(request.variant, WORKER) as worker:
            profile, flame = _measure(worker, request)
    except RequestRefusedError as error:
        refused = error.refused
        if refused.unavailable:
            raise UnavailableError(refused.reason, refused.fix) from error
        raise DataError(f"{request.photo_name}: {refused.reason}") from error
    warnings += busy_warnings(others.share)
    profile = profile.model_copy(update={"warnings": warnings, "other_cpu_share": others.share})
    if request.out is not None:
        _write(request.out, profile, flame)
    return profile


def _measure(worker: Worker, request: ProfileRequest) -> tuple[Profile, str]:
    loaded = worker.load(_TIMEOUT_S)
    # Later requests reuse the memory of the first one and would show no rise.
    cold = _sample(worker, request, "its first request", looks_at_memory=True)
    for _ in range(_WARMUP):
        _sample(worker, request, "warming up")
    warm = [_sample(worker, request, "timing") for _ in range(request.requests)]
    worker.send("peaks")
    peaks = worker.receive(Peaks, "reading its memory", _TIMEOUT_S)
    paths, p95_ms = _paths(worker, request)
    segment_ms = _median(warm, "segment")
    worker.send("recode_ms", request.data, request.requests)
    recode_ms = worker.receive(float, "decoding and encoding alone", _TIMEOUT_S)
    worker.send("look_inside", request.data, segment_ms, max(3, request.requests // 3))
    network = worker.receive(NetworkProfile, "looking into the network", _TIMEOUT_S)
    copies = {stage: _copy_ms(worker, cold, stage) for stage in STAGES}
    flame, note = _flame(worker, request)
    stages = [_stage(stage, cold, warm, copies[stage], network) for stage in STAGES]
    whole = sum(stage.warm_ms for stage in stages)
    dominant = max(stages, key=lambda stage: stage.warm_ms)
    first_ms = sum(cold.stage_ms.values()) - cold.import_ms
    import_ms = loaded.import_ms + cold.import_ms
    startup = (import_ms + loaded.load_ms + first_ms) / whole
    profile = Profile(
        variant=request.variant.name,
        photo=request.photo_name,
        width_px=cold.size_px[0],
        height_px=cold.size_px[1],
        cpu_model=cpu_model(),
        requests=request.requests,
        import_ms=import_ms,
        load_ms=loaded.load_ms,
        first_ms=max(0.0, first_ms),
        warm_ms=whole,
        recode_ms=recode_ms,
        after_load_mb=loaded.after_load_mb,
        peak_mb=peaks.peak_rss_mb,
        startup_requests=startup,
        dominant=dominant.name,
        verdict=verdict(
            dominant.name, dominant.warm_ms / whole, dominant.cause, dominant.reason, startup
        ),
        stages=stages,
        network=network,
        flame=FLAME_FILE if flame and request.out else "",
        flame_note=note,
        steps=step_profiles(request.variant.segment.steps, warm),
        paths=paths,
        paths_p95_ms=p95_ms,
    )
    return profile, flame


def step_profiles(specs: Sequence[StepSpec], warm: Sequence[Sample]) -> list[StepProfile]:
    """The steps of a cascade in some requests with the same photo."""
    found = []
    for index, spec in enumerate(specs):
        answers = [one for sample in warm for one in sample.steps if one.step == index]
        softness = answers[0].softness if answers else math.nan
        found.append(
            StepProfile(
                label=spec.label,
                when=spec.when,
                ms=statistics.median(one.ms for one in answers) if answers else None,
                softness=None if math.isnan(softness) else softness,
            )
        )
    return found


def path_profiles(n_steps: int, ended: Sequence[tuple[int, float]]) -> list[PathProfile]:
    """What photos cost by their path.

    Args:
        n_steps: number of steps.
        ended: for every photo the index of the last step, and the time of a request in ms.
    """
    found = []
    for index in range(n_steps):
        times = [ms for last, ms in ended if last == index]
        found.append(
            PathProfile(
                step=index + 1,
                n=len(times),
                share=len(times) / len(ended),
                ms=statistics.median(times) if times else None,
            )
        )
    return found


def _paths(worker: Worker, request: ProfileRequest) -> tuple[list[PathProfile], float | None]:
    """Time several photos with a cascade, a few requests each."""
    specs = request.variant.segment.steps
    if not specs or not request.others:
        return [], None
    ended = []
    for photo in request.others:
        data, samples = photo(), []
        for _ in range(_OF_A_PATH):
            worker.send("sample", data, request.shade, request.intensity, False)
            samples.append(worker.receive(Sample, "timing the paths", _TIMEOUT_S))
        ms = statistics.median(sum(sample.stage_ms.values()) for sample in samples)
        ended.append((samples[-1].steps[-1].step, ms))
    times = sorted(ms for _, ms in ended)
    p95_ms = times[int(0.95 * len(times))] if len(times) >= P95_FROM else None
    return path_profiles(len(specs), ended), p95_ms


def _sample(
    worker: Worker, request: ProfileRequest, doing: str, *, looks_at_memory: bool = False
) -> Sample:
    worker.send("sample", request.data, request.shade, request.intensity, looks_at_memory)
    return worker.receive(Sample, doing, _TIMEOUT_S)


def _copy_ms(worker: Worker, sample: Sample, stage: str) -> float:
    worker.send("copy_ms", sum(sample.bytes_[stage]) // 2)  # a copy reads and writes each byte
    return worker.receive(float, "copying", _TIMEOUT_S)


def _flame(worker: Worker, request: ProfileRequest) -> tuple[str, str]:
    if request.out is None:
        return "", "no folder to write it to was given"
    worker.send("flame", request.data, request.shade, request.intensity, _FLAME_REQUESTS)
    try:
        return worker.receive(str, "drawing the flame graph", _TIMEOUT_S), ""
    except RequestRefusedError as error:
        refused = error.refused
        return "", str(UnavailableError(refused.reason, refused.fix))


def _stage(
    name: str,
    cold: Sample,
    warm: Sequence[Sample],
    copy_ms: float,
    network: NetworkProfile,
) -> StageProfile:
    warm_ms, cpu_ms = _median(warm, name), statistics.median(s.stage_cpu_ms[name] for s in warm)
    least_ms = min(sample.stage_ms[name] for sample in warm)
    cause, reason = cause_of(
        name,
        least_ms=least_ms,
        warm_ms=warm_ms,
        cpu_ms=cpu_ms,
        copy_ms=copy_ms,
        network=network,
    )
    bytes_in, bytes_out = cold.bytes_[name]
    return StageProfile(
        name=name,
        cold_ms=cold.stage_ms[name],
        warm_ms=warm_ms,
        least_ms=least_ms,
        cpu_ms=cpu_ms,
        peak_mb=cold.peak_mb.get(name),
        bytes_in=bytes_in,
        bytes_out=bytes_out,
        copy_ms=copy_ms,
        cause=cause,
        reason=reason,
    )


def _median(samples: Sequence[Sample], stage: str) -> float:
    return statistics.median(sample.stage_ms[stage] for sample in samples)


def _write(out: Path, profile: Profile, flame: str) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        text = profile.model_dump_json(by_alias=True, indent=1)
        if flame:
            write_whole(out / FLAME_FILE, flame.encode())
        write_whole(out / JSON_FILE, f"{text}\n".encode())
    except OSError as error:
        raise UsageError(f"the profile cannot be written to {out}: {error.strerror}") from error
