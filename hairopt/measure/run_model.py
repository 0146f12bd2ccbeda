"""``run.json``, schema ``hairopt.run/1``: one measured execution of variants over a dataset."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, field_validator

from hairopt.certainty.expectation import HeldOut
from hairopt.evidence.evidence import Evidence
from hairopt.evidence.times import change_of_ratio
from hairopt.measure.schedule import Stop
from hairopt.metrics.catalog import EXPECTED_IOU, Metric
from hairopt.models.contract import Contract
from hairopt.runtimes.execution import Execution

SCHEMA = "hairopt.run/1"

OLDER_COLOR_REFERENCE = "formula"
"""Of runs and baselines that do not say it: the float64 formula of the method ``hsv``."""

Interval = tuple[FiniteFloat, FiniteFloat]
"""Lower and upper end of a 95 % interval."""


class _Record(BaseModel):
    """Frozen record; NaN and infinity are refused; keys of later versions are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Environment(_Record):
    """The machine and what is installed on it.

    Attributes:
        isa: instruction sets that matter for networks, such as ``avx2``.
        packages: name -> version of the packages of a pipeline.
        threads: the largest number of threads that one of the variants may use.
        load_average: average over the last 1, 5 and 15 minutes before the start; None if unknown.
        warnings: complete sentences about the reliability of the numbers.
        other_cpu_share: CPU time that other processes (or the host of a virtual machine) took
            during the timing, as a share of all logical cores, 0..1; None if unknown.
    """

    cpu_model: str
    isa: list[str]
    physical_cores: int
    logical_cores: int
    os: str
    python: str
    packages: dict[str, str]
    threads: int
    load_average: list[FiniteFloat] | None
    warnings: list[str]
    other_cpu_share: FiniteFloat | None = None


class BadCase(_Record):
    """A case that could not be used, or that one variant could not answer.

    Attributes:
        file: the file to repair; the photo if no file has a fault.
        fix: how to repair it, if known.
    """

    name: str
    file: str
    reason: str
    fix: str = ""


class DatasetWarning(_Record):
    """A finding of ``hairopt dataset check`` that makes the numbers doubtful.

    Attributes:
        rule: a stable short name, such as ``inverted``.
        message: a complete sentence.
        cases: the names of the cases concerned; empty if it concerns the whole dataset.
    """

    rule: str
    message: str
    cases: list[str] = []


class DatasetInfo(_Record):
    """The dataset of a run; ``n_cases`` counts the cases that could be read, not ``bad_cases``.

    Attributes:
        n_whole: number of cases of the whole dataset, where only a part was measured; the
            fingerprint is that of the part.
        warnings: findings that make it doubtful; empty in runs of older versions.
        is_labelled: False for photos without masks, of which there is no quality.
    """

    name: str
    path: str
    fingerprint: str
    n_cases: int
    licence: str
    title: str = ""
    bad_cases: list[BadCase] = []
    ignored: list[str] = []
    n_whole: int | None = None
    warnings: list[DatasetWarning] = []
    is_labelled: bool = True


class Protocol(_Record):
    """The protocol of the measurement.

    Attributes:
        shades: sRGB hex codes.
        shade_names: hex code -> name.
        swatches: hex code -> SHA-256 of the picture of dyed hair that the shade was given with.
        rounds: counted requests back to back, per variant; in runs of older versions one request
            of each variant in turn.
        isolation: ``process``: every variant in processes of its own.
        starts: process starts per variant; 1 in runs of older versions.
        stopped: why the timing ended: all ``rounds`` that were asked for, every interval within
            3 % (``precise``), or the time was over (``limit``).
        timing_limit_s: the time, where hairopt chose the rounds; otherwise None.
        timing_s: seconds of the timing, process starts included; None in runs of older versions.
        pause_s: idle time before each request of ``latency_after_pause_ms``; None in runs of older
            versions, which did not measure it.
        baseline: the variant that the others are compared with: the first one with numbers.
        null: whether one variant was measured against itself.
        color_reference: what the metrics of colour are against: ``intent/1``, or ``formula`` in
            runs of older versions, whose colours no other run's may be compared with.
    """

    seed: int
    warmup: int
    rounds: int
    shades: list[str] = Field(min_length=1)
    intensities: list[FiniteFloat] = Field(min_length=1)
    isolation: Literal["process"] = "process"
    shade_names: dict[str, str] = {}
    swatches: dict[str, str] = {}
    timeout_s: FiniteFloat | None = None
    baseline: str | None = None
    null: bool = False
    starts: int = 1
    stopped: Stop = "rounds"
    timing_limit_s: FiniteFloat | None = None
    timing_s: FiniteFloat | None = None
    pause_s: FiniteFloat | None = None
    color_reference: str = OLDER_COLOR_REFERENCE


class ModelInfo(_Record):
    """The network file that a variant executed; ``sha256`` and ``bytes`` are those of this file.

    ``source_sha256`` is the hash of the original file it was made from, see ``derivation``; empty
    in runs of older versions.
    ``contract`` is the model's input and output; None in runs of older versions. ``execution`` has
    the operators that ran, if there is a verdict and the runtime can list them.
    """

    name: str
    sha256: str
    bytes: int
    licence: str
    format: str = ""
    precision: str = ""
    derivation: str = ""
    source_sha256: str = ""
    contract: Contract | None = None
    execution: Execution | None = None

    @classmethod
    def of_several(cls, models: Sequence[ModelInfo]) -> ModelInfo:
        """The networks of a cascade as one: names in turn, sizes of the different files in all.

        Its hashes are SHA-256 over those of the steps, in turn.
        """
        files = {model.sha256: model for model in models}
        return cls(
            name=joined_name([model.name for model in models]),
            sha256=joined_sha256([model.sha256 for model in models]),
            bytes=sum(model.bytes for model in files.values()),
            licence=" and ".join(dict.fromkeys(model.licence for model in models)),
            format=" + ".join(dict.fromkeys(model.format for model in models)),
            precision=" + ".join(dict.fromkeys(model.precision for model in models)),
            derivation="; ".join(model.derivation for model in models),
            source_sha256=joined_sha256([model.source_sha256 for model in models]),
        )


def joined_name(names: Sequence[str]) -> str:
    """The different networks of a cascade as one name."""
    return " + ".join(dict.fromkeys(names))


def joined_sha256(hashes: Sequence[str]) -> str:
    """One hash for several networks in turn."""
    return hashlib.sha256(" ".join(hashes).encode()).hexdigest()


class MetricSummary(_Record):
    """One metric over all source photos: means over shades and intensities, then over cases.

    Attributes:
        mean, median, p10: over source photos; over cases in runs of older versions.
        ci95: interval of the mean; None with too few sources for one that holds.
        n, n_undefined: number of cases in which it is defined, and undefined (for example: truth
            and mask empty).
        higher_is_better: None if neither direction is better.
        n_sources: number of source photos among the ``n`` cases; None in runs of older versions.
    """

    mean: FiniteFloat | None
    ci95: Interval | None
    median: FiniteFloat | None
    p10: FiniteFloat | None
    n: int
    n_undefined: int
    higher_is_better: bool | None
    n_sources: int | None = None


class MetricInfo(_Record):
    """What a metric of a run is, so that a reader needs neither hairopt's catalog nor a plug-in.

    Attributes:
        kind: what it looks at, as in ``catalog.Kind``.
        target: the ideal of a two-sided metric.
        guarded: whether retention looks at it unless told otherwise.
    """

    unit: str
    kind: str
    summary: str
    higher_is_better: bool
    target: FiniteFloat | None = None
    guarded: bool = False

    @classmethod
    def of(cls, metric: Metric) -> MetricInfo:
        """Of a metric of the catalog."""
        return cls(
            unit=metric.unit,
            kind=metric.kind,
            summary=metric.summary,
            higher_is_better=metric.higher_is_better,
            target=metric.target,
            guarded=metric.guarded_by_default,
        )


class ExpectedQuality(_Record):
    """The IoU that the masks of a variant let one expect, where nobody drew a truth.

    It is no measured quality. See ``certainty.expectation``.

    Attributes:
        expected_iou: over the photos with an expectation; its interval knows the choice of photos,
            the error of each, and the bias of the calibration as far as its own photos tell.
        n_unsure: cases with an expected IoU below 0.6.
        n_empty: cases in which no hair was found.
        n_unknown: cases without an expectation; ``reason`` says why.
        held_out: the error of the calibration on photos held out; None without one.
        calibrated_on: the photos of the calibration.
    """

    expected_iou: MetricSummary
    n_unsure: int = 0
    n_empty: int = 0
    n_unknown: int = 0
    reason: str = ""
    held_out: HeldOut | None = None
    calibrated_on: str = ""


class SliceValue(_Record):
    """Mean of one metric over the source photos of a slice, ``n`` cases in which it is defined.

    ``n_sources`` is None, and the mean one over cases, in runs of older versions.
    """

    mean: FiniteFloat | None
    n: int
    n_sources: int | None = None


class Latency(_Record):
    """Times of warm requests in milliseconds.

    Attributes:
        p95, p99: None with fewer than 100 and 500 samples.
        ci95: interval of the mean, by Student's t over process starts; None with fewer than two.
            (In runs of older versions: over requests.)
        p50_ci95: the same for the median; None in runs of older versions.
        starts: process starts.
    """

    p50: FiniteFloat
    p95: FiniteFloat | None
    mean: FiniteFloat
    ci95: Interval | None
    n: int
    p99: FiniteFloat | None = None
    p50_ci95: Interval | None = None
    starts: int = 1


class Startup(_Record):
    """Times of a new process before it is warm: medians over ``n`` starts, files in the page cache.

    Attributes:
        import_: start of the interpreter, and all imports, also later ones.
        load: from variant to a pipeline with a loaded network, without imports.
        first: the first request, without imports.
    """

    import_: FiniteFloat = Field(alias="import")
    load: FiniteFloat
    first: FiniteFloat
    n: int = 1


class Memory(_Record):
    """Resident memory of a worker in MB (10**6 bytes): medians over ``n`` process starts.

    Attributes:
        peak_rss: largest value since the process started, before any quality work.
        after_load: value after the network was loaded.
        per_request: largest value in the steady state, minus ``after_load``.
        between_requests: value after the last timed request; None in runs of older versions.
        growth_per_request: by how much the memory of a back-end's processes grows with every
            request: the slope of a line through the timed requests of a start; None where it is
            not known.
        growth_ci95: its interval over starts.

    Of a back-end, all are of the processes that run it, and not of the client that asks it.
    """

    peak_rss: FiniteFloat
    after_load: FiniteFloat
    per_request: FiniteFloat
    between_requests: FiniteFloat | None = None
    n: int = 1
    growth_per_request: FiniteFloat | None = None
    growth_ci95: Interval | None = None


class Retention(_Record):
    """Share of the baseline's quality that is kept: the worst guarded metric, never an average.

    Attributes:
        value: 0..1 or more; None if a guarded metric is undefined.
        worst_metric: the metric with this value, or the undefined one.
        shade: if it is the colour, the shade in which it is worst, or ``true pictures``.
        baseline: as in ``Protocol``.
        ci95: interval of the worst, which knows that it was chosen; None with fewer than six
            source photos, and in runs of older versions.
        n_sources: source photos of that metric; None in runs of older versions.
    """

    value: FiniteFloat | None
    worst_metric: str | None
    baseline: str
    ci95: Interval | None = None
    n_sources: int | None = None
    shade: str = ""


class Ratio(_Record):
    """A cost divided by the baseline's, measured in pairs: rounds for a time, starts for memory.

    Attributes:
        median: the median over the pairs of a process start; of several starts, their geometric
            mean.
        ci95: interval by Student's t over starts; None with fewer than six.
        n: number of pairs.
        starts: process starts; 0, unknown, in runs of older versions, which prove no change.
        p: two-sided p of "no change"; None without an interval.
    """

    median: FiniteFloat
    ci95: Interval | None
    n: int
    starts: int = 0
    p: FiniteFloat | None = None

    @property
    def change(self) -> Evidence:
        """The relative change against the baseline, with its evidence."""
        return change_of_ratio(self.median, self.ci95, self.p, self.n, self.starts)


class Verdict(_Record):
    """Speed and quality of another precision than float32 on this machine, in this run.

    Attributes:
        against: the variant of the run that differs only in precision.
        segment_ratio: time of stage segment over that variant's in the same rounds.
        iou_kept: mean IoU over that variant's, over the cases that both answered; None if that
            variant finds no hair.
        sentence: faster or slower by how much, quality kept, and why.
    """

    against: str
    segment_ratio: Ratio
    iou_kept: FiniteFloat | None
    sentence: str


class Color(_Record):
    """A mean colour: CIELAB (D65), and as sRGB hex for show."""

    lab: tuple[FiniteFloat, FiniteFloat, FiniteFloat]
    hex: str


class Swatch(_Record):
    """One shade on heads of one kind, at the strongest intensity of the run.

    Attributes:
        shade: sRGB hex, as it was asked for.
        band: ``dark``, ``medium``, ``light`` or ``grey`` hair in the photo, or ``all``.
        n: number of cases.
        intent: mean colour of the hair core in the intents: the truly dyed head, or the shade under
            the photo's light.
        got: the same in the answers.
    """

    shade: str
    shade_name: str
    intensity: FiniteFloat
    band: str
    n: int
    intent: Color
    got: Color


class IntensityPoint(_Record):
    """What a recolour method does at one intensity, with the truth as mask, not encoded.

    Means over some cases and up to three shades.

    Attributes:
        change_de76: mean CIELAB distance of the hair from the photo.
        lock_de00: colour error, to the intent of this intensity.
        n: number of cases.
    """

    intensity: FiniteFloat
    change_de76: FiniteFloat
    lock_de00: FiniteFloat
    n: int


class StepResult(_Record):
    """One step of a cascade.

    Attributes:
        label: network, precision, size and runtime in a few words.
        when: the condition on the mask so far under which it is asked.
        choose: what becomes of its answer.
        model: the network file that it executed.
        asked_share: share of source photos for which it was asked, in the quality pass; None
            without any.
        last_share: the share for which it was the last one asked: those that took this path.
        n: cases that were looked at.
        failed_cases: the cases on which it failed; they have the answer of the steps before.
        latency_ms: of the step alone, in the timed requests that asked it; None without any.
        request_ms: of the whole requests in which it was the last step.
        timed_share: share of the timed requests in which it was the last step.
        memory_mb: growth of resident memory while it was loaded and answered first, median over
            process starts; what it shares with a step before is not counted again.
    """

    label: str
    when: str
    choose: str
    model: ModelInfo | None = None
    asked_share: FiniteFloat | None = None
    last_share: FiniteFloat | None = None
    n: int = 0
    failed_cases: list[BadCase] = []
    latency_ms: Latency | None = None
    request_ms: Latency | None = None
    timed_share: FiniteFloat | None = None
    memory_mb: FiniteFloat | None = None


class BackendInfo(_Record):
    """What was asked of a back-end, and where its photos went.

    Attributes:
        kind: ``http``, ``python`` or ``command``.
        target: its URL, callable or program.
        sent_to: scheme, host and port that the photos were sent to; empty for a program that runs
            here.
        is_remote: whether that is another machine.
        note: what its start told.
        asked: requests with an answer, of all starts.
        repeats: reason -> requests that were sent again because of it.
        own_ms: of its times, what the adapter takes by itself: the median; None if not known.
        mask: ``told`` by its answers, or ``unknown``.
    """

    kind: str
    target: str
    sent_to: str = ""
    is_remote: bool = False
    note: str = ""
    asked: int = 0
    repeats: dict[str, int] = {}
    own_ms: FiniteFloat | None = None
    mask: Literal["told", "unknown"] = "unknown"


class VariantResult(_Record):
    """One variant: numbers where ``status`` is ``ok``, otherwise ``error`` says why not.

    Attributes:
        error: why there are no numbers, and the fix if there is one; None if the status is ``ok``.
        fix: the command that makes it available, if there is one.
        spec: the variant as it ran, with all defaults.
        method_sha256: key of a method in a file (``recolor.method``) -> SHA-256 of the file.
        quality: metrics against the truth; empty for photos without masks.
        agreement: for those, metrics against the answers of ``protocol.baseline``.
        expected: for those, the IoU that the masks let one expect.
        failed_cases: cases that only this variant could not answer.
        throughput_ips: images per second of one worker that answers one request after another.
        latency_ms: warm requests of a busy service, back to back, by stage and in ``total``.
        latency_after_pause_ms: the same after ``protocol.pause_s`` of idle time; empty in runs of
            older versions, which did not measure it.
        latency_ratio: ``latency_ms.total`` over the baseline's.
        latency_after_pause_ratio: ``latency_after_pause_ms.total`` over the baseline's.
        cpu_ratio: as ``latency_ratio``, for the CPU time of the whole process.
        memory_ratio: peak memory over the baseline's in the same process start.
        backend: for a pipeline that hairopt did not write; its stages are those it tells.
        verdict: for another precision than float32, if the run has the same variant in float32.
        output_bytes: mean size of the encoded answer over all cases, shades and intensities.
        swatches: the colours asked for and got, by shade and band of the hair; empty in runs of
            older versions, as ``intensity_curve``.
        intensity_curve: what its recolour method does at 0, 25, 50, 75 and 100.
        model: the network file that ran; of a cascade, all of them as one (``steps`` has each).
        steps: the steps of a cascade; empty for other methods.
        step_notes: complete sentences about the steps: conditions that no or every photo met,
            failures, networks without probabilities.
    """

    status: Literal["ok", "failed", "unavailable"]
    error: str | None
    spec: dict[str, Any]
    method_sha256: dict[str, str] = {}
    model: ModelInfo | None = None
    quality: dict[str, MetricSummary] = {}
    agreement: dict[str, MetricSummary] = {}
    expected: ExpectedQuality | None = None
    slices: dict[str, dict[str, dict[str, SliceValue]]] = {}
    latency_ms: dict[str, Latency] = {}
    latency_after_pause_ms: dict[str, Latency] = {}
    startup_ms: Startup | None = None
    memory_mb: Memory | None = None
    cpu_ms: FiniteFloat | None = None
    throughput_ips: FiniteFloat | None = None
    output_bytes: FiniteFloat | None = None
    fix: str | None = None
    failed_cases: list[BadCase] = []
    retention: Retention | None = None
    latency_ratio: Ratio | None = None
    latency_after_pause_ratio: Ratio | None = None
    cpu_ratio: Ratio | None = None
    memory_ratio: Ratio | None = None
    verdict: Verdict | None = None
    backend: BackendInfo | None = None
    swatches: list[Swatch] = []
    intensity_curve: list[IntensityPoint] = []
    steps: list[StepResult] = []
    step_notes: list[str] = []

    @property
    def summaries(self) -> dict[str, MetricSummary]:
        """Every metric by name: quality, or agreement and what is expected."""
        expected = {EXPECTED_IOU: self.expected.expected_iou} if self.expected else {}
        return {**self.quality, **self.agreement, **expected}

    @field_validator("latency_ms", "latency_after_pause_ms")
    @classmethod
    def _holds_total(cls, latency_ms: dict[str, Latency]) -> dict[str, Latency]:
        if latency_ms and "total" not in latency_ms:
            raise ValueError("times of single stages, but no total")
        return latency_ms


class RedyeBounds(_Record):
    """Reference values for ``redye_de00``: means over the cases with true dyed pictures.

    Attributes:
        floor_de00: the same metric of the reference variant's method with the truth as mask, not
            encoded; that of every variant is its metric ``ideal_redye_de00``.
        floor_ci95: its interval over sources; None with too few.
        n: number of cases.
        noise_de00: difference between two equally true pictures, over the cases for which the
            dataset states it; None if there are none.
        n_noise: number of these cases.
    """

    floor_de00: FiniteFloat
    floor_ci95: Interval | None
    n: int
    noise_de00: FiniteFloat | None = None
    n_noise: int = 0


class Run(_Record):
    """One run; immutable once written.

    Attributes:
        id: sorts by time and is unique; the name of the run folder.
        noise_floor: with ``protocol.null``, the relative difference in latency of one variant from
            itself: the larger distance of the interval's ends from 1.
        redye: reference values for ``redye_de00``; None if no case has a true dyed picture.
        metrics: what the metrics of ``variants`` are; empty in runs of older versions.
    """

    schema_: Literal["hairopt.run/1"] = Field(default="hairopt.run/1", alias="schema")
    id: str
    created_utc: str
    hairopt_version: str
    git_commit: str | None
    command: str
    environment: Environment
    dataset: DatasetInfo
    protocol: Protocol
    variants: dict[str, VariantResult]
    noise_floor: FiniteFloat | None = None
    redye: RedyeBounds | None = None
    metrics: dict[str, MetricInfo] = {}

    @property
    def reference(self) -> str | None:
        """The variant that the others are compared with.

        The run's baseline if it has numbers, otherwise the first variant with numbers, or None.
        """
        measured = [name for name, result in self.variants.items() if result.status == "ok"]
        if self.protocol.baseline in measured:
            return self.protocol.baseline
        return measured[0] if measured else None

    def plain(self) -> dict[str, Any]:
        """The run as JSON-ready data, with the keys of the schema."""
        return self.model_dump(mode="json", by_alias=True)
