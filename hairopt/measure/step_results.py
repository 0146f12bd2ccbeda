"""The steps of a cascade in the results of a variant: shares of photos, times, memory, remarks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from hairopt.measure.lane import Lane, Timed
from hairopt.measure.latency import latency, times_of, total_ms
from hairopt.measure.messages import Timing
from hairopt.measure.run_model import BadCase, Latency, ModelInfo, StepResult
from hairopt.quantities import number_of
from hairopt.stages.cascade import StepAnswer
from hairopt.variants.schema import CASCADE, StepSpec

_TOLD = 3
"""At most so many failed cases are named in a sentence."""


def step_results(lane: Lane, sources: Mapping[str, str]) -> list[StepResult]:
    """What every step of a variant did; empty if it is no cascade.

    Args:
        lane: the timed lane.
        sources: the source photo of every scored case.
    """
    segment = lane.variant.segment
    if segment.method != CASCADE:
        return []
    timed = [one for one in lane.timed if one.regime == "back to back"]
    models = [ModelInfo.model_validate(info) for info in (lane.loaded.steps if lane.loaded else ())]
    return [
        _step(lane, index, spec, models[index] if index < len(models) else None, timed, sources)
        for index, spec in enumerate(segment.steps)
    ]


def _step(
    lane: Lane,
    index: int,
    spec: StepSpec,
    model: ModelInfo | None,
    timed: Sequence[Timed],
    sources: Mapping[str, str],
) -> StepResult:
    cases = {name: asked for name, asked in lane.steps_asked.items() if name in sources}
    took = [one for one in timed if index in _asked(one.timing.steps)]
    ended = [one for one in timed if _last(one.timing.steps) == index]
    grown = [
        mb for one in lane.starts.values() if (mb := one.peaks.steps_mb.get(index)) is not None
    ]
    return StepResult(
        label=spec.label,
        when=spec.when,
        choose=spec.choose,
        model=model,
        asked_share=_share(cases, sources, lambda asked: index in _asked(asked)),
        last_share=_share(cases, sources, lambda asked: _last(asked) == index),
        n=len(cases),
        failed_cases=[
            BadCase(name=name, file="", reason=one.error)
            for name, asked in cases.items()
            for one in asked
            if one.step == index and one.error
        ],
        latency_ms=_latency(took, lambda timing: _ms(timing, index)),
        request_ms=_latency(ended, total_ms),
        timed_share=len(ended) / len(timed) if timed else None,
        memory_mb=float(np.median(grown)) if grown else None,
    )


def step_notes(lane: Lane, steps: Sequence[StepResult]) -> list[str]:
    """Complete sentences about what a reader would not expect of the steps."""
    found: list[str] = []
    for number, step in enumerate(steps, start=1):
        name, photos = f"Step {number} ({step.label})", number_of(step.n, "photo")
        if number > 1 and step.n and step.when != "always":
            if step.asked_share == 0:
                found.append(
                    f"{name} was asked for no photo: {step.when} held for none of {photos}."
                )
            elif step.asked_share == 1:
                found.append(
                    f"{name} was asked for every photo: {step.when} held for all {photos}."
                )
        if step.failed_cases:
            some = "; ".join(f"{one.name}: {one.reason}" for one in step.failed_cases[:_TOLD])
            found.append(
                f"{name} failed on {len(step.failed_cases)} of {photos}, which have the answer of "
                f"the other steps ({some})."
            )
        if _has_classes(step) and len(steps) > 1:
            found.append(
                f"{name} answers classes, no probabilities: the softness of its masks is 0 "
                "everywhere, and no condition on softness asks for more."
            )
    nothing = sum(_found_nothing(asked) for asked in lane.steps_asked.values())
    if nothing and len(steps) > 1:
        found.append(
            f"Step 1 found no hair at all in {number_of(nothing, 'photo')}; that is no certainty, "
            "so the next step was asked there."
        )
    return found


def _has_classes(step: StepResult) -> bool:
    contract = step.model.contract if step.model else None
    return contract is not None and contract.output.kind == "class_map"


def _found_nothing(asked: tuple[StepAnswer, ...]) -> bool:
    return bool(asked) and not asked[0].error and bool(np.isnan(asked[0].softness))


def _share(
    cases: Mapping[str, tuple[StepAnswer, ...]],
    sources: Mapping[str, str],
    holds: Callable[[tuple[StepAnswer, ...]], bool],
) -> float | None:
    from hairopt.metrics.summary import slice_mean

    values = [float(holds(asked)) for asked in cases.values()]
    return slice_mean(values, [sources[name] for name in cases]).mean if values else None


def _latency(timed: Sequence[Timed], number: Callable[[Timing], float]) -> Latency | None:
    return latency(times_of(timed, "back to back", number)) if timed else None


def _ms(timing: Timing, index: int) -> float:
    return sum(one.ms for one in timing.steps if one.step == index)


def _asked(steps: Sequence[StepAnswer]) -> set[int]:
    return {one.step for one in steps}


def _last(steps: Sequence[StepAnswer]) -> int | None:
    return steps[-1].step if steps else None
