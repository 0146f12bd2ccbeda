"""The profile of one variant, schema ``hairopt.profile/1``, and the samples it is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from hairopt.stages.cascade import StepAnswer

SCHEMA = "hairopt.profile/1"

Cause = Literal["initialisation", "inference", "data movement", "algorithm", "waiting"]


@dataclass(frozen=True)
class Sample:
    """One request of the profiled process, by stage; ``bytes_`` is stage -> bytes in and out.

    ``steps`` are those that a cascade asked.
    """

    stage_ms: dict[str, float]
    stage_cpu_ms: dict[str, float]
    peak_mb: dict[str, float]
    bytes_: dict[str, tuple[int, int]]
    import_ms: float
    size_px: tuple[int, int]
    steps: tuple[StepAnswer, ...] = ()


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)


class StageProfile(_Record):
    """One stage of a request.

    Attributes:
        cold_ms: wall time in the first request of the process, without imports.
        warm_ms, cpu_ms: medians of warm requests; CPU of the whole process, all threads.
        least_ms: wall time of the fastest warm request.
        peak_mb: largest rise of resident memory during the stage in the first request, in MB
            (10**6 bytes); None if the kernel cannot measure it.
        bytes_in, bytes_out: sizes of its input and output.
        copy_ms: time of copying this number of bytes in the same process.
        cause: cause of its time; ``reason`` is the rule with its numbers.
    """

    name: str
    cold_ms: FiniteFloat
    warm_ms: FiniteFloat
    least_ms: FiniteFloat
    cpu_ms: FiniteFloat
    peak_mb: FiniteFloat | None
    bytes_in: int
    bytes_out: int
    copy_ms: FiniteFloat
    cause: Cause
    reason: str


class Operator(_Record):
    """An operator type or a layer: mean time per inference, and its share of the total."""

    name: str
    type_: str = Field(alias="type")
    calls: int
    ms: FiniteFloat
    share: FiniteFloat


class NetworkProfile(_Record):
    """Inside the segment stage.

    Attributes:
        prepare_ms, read_ms: photo to tensor, tensor to mask; None if the runtime does this itself.
        inference_ms: the rest of the stage.
        types: times by operator type; ``layers``: times by layer; both the slowest first.
        note: what measured them, or why there are none.
    """

    prepare_ms: FiniteFloat | None
    read_ms: FiniteFloat | None
    inference_ms: FiniteFloat
    types: list[Operator] = []
    layers: list[Operator] = []
    note: str = ""


class StepProfile(_Record):
    """One step of a cascade, with the profiled photo.

    Attributes:
        label: network, precision, size and runtime in a few words.
        when: the condition under which it is asked.
        ms: median time of the step, warm; None where it was not asked for this photo.
        softness: of its own mask; None without one, or for a mask of nothing.
    """

    label: str
    when: str
    ms: FiniteFloat | None = None
    softness: FiniteFloat | None = None


class PathProfile(_Record):
    """The photos for which a step of a cascade was the last one that was asked.

    Attributes:
        step: its number, from 1 on.
        n: number of photos.
        share: of all photos, 0..1.
        ms: median over these photos of a whole request, each the median of a few; None without any.
    """

    step: int
    n: int
    share: FiniteFloat
    ms: FiniteFloat | None = None


class Profile(_Record):
    """The profile of one variant, measured in a new process.

    Attributes:
        startup_ms: import (including later imports) and load.
        first_ms: the first request, without imports.
        warm_ms: median of warm requests, all stages.
        recode_ms: median of decoding and encoding the photo alone, with the variant's settings.
        startup_requests: time of the start-up, as a number of warm requests.
        dominant: the stage that takes most of a warm request.
        verdict: what dominates and why, in sentences.
        warnings: complete sentences about the reliability of the times, as of a bench.
        other_cpu_share: CPU time that others took meanwhile, as a share of all logical cores, 0..1;
            None if unknown.
        flame: file name of the speedscope profile; empty if there is none, then ``flame_note``
            says why.
        steps: of a cascade, its steps with this photo.
        paths: of a cascade, what several photos cost, by the last step that was asked.
        paths_p95_ms: 95th percentile over these photos; None below 100 of them.
    """

    schema_: Literal["hairopt.profile/1"] = Field(default="hairopt.profile/1", alias="schema")
    variant: str
    photo: str
    width_px: int
    height_px: int
    cpu_model: str
    requests: int
    import_ms: FiniteFloat
    load_ms: FiniteFloat
    first_ms: FiniteFloat
    warm_ms: FiniteFloat
    recode_ms: FiniteFloat = 0.0
    after_load_mb: FiniteFloat
    peak_mb: FiniteFloat
    startup_requests: FiniteFloat
    dominant: str
    verdict: str
    stages: list[StageProfile]
    network: NetworkProfile
    warnings: list[str] = []
    other_cpu_share: FiniteFloat | None = None
    flame: str = ""
    flame_note: str = ""
    steps: list[StepProfile] = []
    paths: list[PathProfile] = []
    paths_p95_ms: FiniteFloat | None = None
