"""What a profile says of one variant: schema ``hairopt.profile/1``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

SCHEMA = "hairopt.profile/1"

Cause = Literal["initialisation", "inference", "data movement", "algorithm", "waiting"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)


class StageProfile(_Record):
    """One stage of a request.

    Attributes:
        cold_ms: wall time in the first request of the process, without imports.
        warm_ms, cpu_ms: medians of warm requests; CPU of the whole process, all threads.
        least_ms: the fastest warm request: what is left when nothing disturbs.
        peak_mb: by how much resident memory rose at most during the stage of the first request;
            None where the kernel cannot tell.
        bytes_in, bytes_out: of the arrays and files that it takes and gives.
        copy_ms: what copying as many bytes takes in the same process.
        cause: why it takes its time; ``reason`` is the rule with its numbers.
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
    """An operator type, or one layer: mean per inference, and its share of all."""

    name: str
    type_: str = Field(alias="type")
    calls: int
    ms: FiniteFloat
    share: FiniteFloat


class NetworkProfile(_Record):
    """Inside the segment stage.

    Attributes:
        prepare_ms, read_ms: photo to tensor, tensor to mask; None where the runtime does it inside.
        inference_ms: what is left of the stage.
        types: by operator type; ``layers``: one by one; both the most expensive first.
        note: why there are none, or who measured them.
    """

    prepare_ms: FiniteFloat | None
    read_ms: FiniteFloat | None
    inference_ms: FiniteFloat
    types: list[Operator] = []
    layers: list[Operator] = []
    note: str = ""


class Profile(_Record):
    """The profile of one variant, measured in a fresh process.

    Attributes:
        startup_ms: import (with every import that came later), load.
        first_ms: the first request, without imports.
        warm_ms: median of warm requests, all stages.
        startup_requests: warm requests that take as long as getting ready does.
        dominant: the stage that takes most of a warm request.
        verdict: what dominates and why, in sentences.
        flame: file name of the speedscope profile; empty where there is none, and
            ``flame_note`` says why.
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
    after_load_mb: FiniteFloat
    peak_mb: FiniteFloat
    startup_requests: FiniteFloat
    dominant: str
    verdict: str
    stages: list[StageProfile]
    network: NetworkProfile
    flame: str = ""
    flame_note: str = ""
