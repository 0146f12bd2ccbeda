"""Build the results of every variant for ``run.json``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np

from hairopt.measure.backend_results import backend_info, memory_growth
from hairopt.measure.case_scorer import IntensityScore, Scored
from hairopt.measure.color_results import intensity_curve, swatches
from hairopt.measure.expected_results import expected_quality
from hairopt.measure.ideal import method_of
from hairopt.measure.lane import Lane, alive
from hairopt.measure.latency import (
    cpu_ms,
    latency,
    paired_ratio,
    ratio_of_starts,
    stage_ms,
    times_of,
    total_ms,
)
from hairopt.measure.messages import Timing
from hairopt.measure.run_model import (
    Latency,
    Memory,
    MetricInfo,
    MetricSummary,
    ModelInfo,
    Ratio,
    RedyeBounds,
    Retention,
    SliceValue,
    Startup,
    VariantResult,
)
from hairopt.measure.schedule import Regime
from hairopt.measure.step_results import step_notes, step_results
from hairopt.metrics.catalog import AGREEMENT_GUARDED, EXPECTED_IOU
from hairopt.metrics.retention import COLOR_METRIC, TRUE_PICTURES
from hairopt.variants.methods import method_hashes

CaseValues: TypeAlias = dict[str, float | None]
"""Case -> mean of a metric over shades and intensities; None if it is undefined in all."""

_ASKED: dict[str, Callable[[Scored], str]] = {
    "shade": lambda one: one.shade.name,
    "intensity": lambda one: f"{one.intensity:g}",
}


def variant_results(
    lanes: Sequence[Lane],
    scored: Sequence[Scored],
    intensity_scores: Sequence[IntensityScore] = (),
) -> dict[str, VariantResult]:
    """The results of all variants, in the order of the lanes.

    Args:
        lanes: the timed lanes.
        scored: the answers of the lanes that were not excluded.
        intensity_scores: of the methods' ideals.
    """
    by_variant: dict[str, list[Scored]] = defaultdict(list)
    for one in scored:
        by_variant[one.variant].append(one)
    baseline = baseline_of(lanes)
    found = {
        lane.name: _result(lane, baseline, by_variant[lane.name], by_variant[baseline.name])
        for lane in lanes
    }
    for lane in alive(lanes):
        own = [one for one in intensity_scores if one.method == method_of(lane)]
        colors = {
            "swatches": swatches(by_variant[lane.name]),
            "intensity_curve": intensity_curve(own),
        }
        found[lane.name] = found[lane.name].model_copy(update=colors)
    return found


def baseline_of(lanes: Sequence[Lane]) -> Lane:
    """The lane that the others are compared with: the first one with numbers.

    So if the first variant is not installed, the others are still compared.
    """
    return next((lane for lane in lanes if lane.status == "ok"), lanes[0])


def _result(
    lane: Lane,
    baseline: Lane,
    scored: Sequence[Scored],
    baseline_scored: Sequence[Scored],
) -> VariantResult:
    spec = lane.variant.model_dump(mode="json")
    told = lane.loaded.model if lane.loaded else None
    known = {**told, "execution": lane.execution} if told else None
    model = ModelInfo.model_validate(known) if known else None
    steps = step_results(lane, {one.case: one.source for one in scored})
    if networks := [step.model for step in steps if step.model]:
        model = ModelInfo.of_several(networks)
    failed_cases = list(lane.failed_cases.values())
    if lane.status != "ok":
        return VariantResult(
            status=lane.status,
            error=lane.error,
            fix=lane.fix,
            spec=spec,
            method_sha256=method_hashes(spec),
            model=model,
            steps=steps,
            failed_cases=failed_cases,
            backend=backend_info(lane, scored),
        )
    timings = [one.timing for one in lane.timed if one.regime == "back to back"]
    cpu = [timing.cpu_ms for timing in timings if timing.cpu_ms is not None]
    busy_ms = sum(timing.total_ms for timing in timings)
    return VariantResult(
        status="ok",
        error=None,
        spec=spec,
        method_sha256=method_hashes(spec),
        model=model,
        **_qualities(lane, scored),
        slices=slices(scored),
        latency_ms=_latencies(lane, "back to back"),
        latency_after_pause_ms=_latencies(lane, "after a pause"),
        startup_ms=_startup(lane),
        memory_mb=_memory(lane),
        cpu_ms=float(np.mean(cpu)) if cpu else None,
        throughput_ips=1000 * len(timings) / busy_ms if busy_ms > 0 else None,
        output_bytes=_output_bytes(scored),
        failed_cases=failed_cases,
        retention=(
            _retention(scored, baseline_scored, baseline.name) if _has_truth(scored) else None
        ),
        latency_ratio=_ratio(lane, baseline, "back to back", total_ms),
        latency_after_pause_ratio=_ratio(lane, baseline, "after a pause", total_ms),
        cpu_ratio=_ratio(lane, baseline, "back to back", cpu_ms),
        memory_ratio=_memory_ratio(lane, baseline),
        steps=steps,
        step_notes=step_notes(lane, steps),
        backend=backend_info(lane, scored),
    )


def redye_bounds(scored: Sequence[Scored]) -> RedyeBounds | None:
    """Reference bounds for ``redye_de00``: a method's ideal, and the noise of the true pictures.

    The means over the cases with true dyed pictures; None if there are none.

    Args:
        scored: all answers of the reference variant.
    """
    from hairopt.metrics.summary import summarize

    floors = case_values(scored, "ideal_redye_de00")
    of_case = {one.case: one for one in scored}
    cases = [one for name, one in of_case.items() if floors[name] is not None]
    sources = [one.source for one in cases]
    floor = summarize([floors[one.case] for one in cases], sources)
    if floor.mean is None:
        return None
    noise = summarize([one.redye_noise_de00 for one in cases], sources)
    return RedyeBounds(
        floor_de00=floor.mean,
        floor_ci95=floor.ci95,
        n=floor.n,
        noise_de00=noise.mean,
        n_noise=noise.n,
    )


def _has_truth(scored: Sequence[Scored]) -> bool:
    return all(one.expected is None for one in scored)


def _qualities(lane: Lane, scored: Sequence[Scored]) -> dict[str, Any]:
    """The fields of a result for the metrics: quality, or agreement and what is expected."""
    found = summaries(scored)
    if _has_truth(scored):
        return {"quality": found}
    return {
        "agreement": {name: found[name] for name in AGREEMENT_GUARDED if name in found},
        "expected": expected_quality(lane, scored, found.get(EXPECTED_IOU)),
    }


def summaries(scored: Sequence[Scored]) -> dict[str, MetricSummary]:
    """Every metric over the source photos of one variant."""
    from hairopt.metrics.catalog import known_metrics
    from hairopt.metrics.summary import summarize

    known = known_metrics()
    sources = {one.case: one.source for one in scored}
    found = {}
    for metric in metric_names(scored):
        values = case_values(scored, metric)
        summary = summarize(list(values.values()), [sources[case] for case in values])
        found[metric] = MetricSummary(
            mean=summary.mean,
            ci95=summary.ci95,
            median=summary.median,
            p10=summary.p10,
            n=summary.n,
            n_undefined=summary.n_undefined,
            n_sources=summary.n_sources,
            higher_is_better=(
                None if known[metric].target is not None else known[metric].higher_is_better
            ),
        )
    return found


def metric_infos(scored: Sequence[Scored]) -> dict[str, MetricInfo]:
    """What the metrics that were computed are."""
    from hairopt.metrics.catalog import known_metrics

    known = known_metrics()
    return {name: MetricInfo.of(known[name]) for name in metric_names(scored)}


def slices(scored: Sequence[Scored]) -> dict[str, dict[str, dict[str, SliceValue]]]:
    """Tag -> value -> metric -> mean, for every tag, and for shade and intensity if several."""
    from hairopt.metrics.summary import slices as by_tag

    sources = {one.case: one.source for one in scored}
    tags = {one.case: {tag: text for tag, text in one.tags.items() if text} for one in scored}
    found: dict[str, dict[str, dict[str, SliceValue]]] = defaultdict(lambda: defaultdict(dict))
    for metric in metric_names(scored):
        values = case_values(scored, metric)
        found_by_tag = by_tag(
            list(values.values()),
            [sources[case] for case in values],
            [tags[case] for case in values],
        )
        for tag, by_value in found_by_tag.items():
            for value, part in by_value.items():
                found[tag][value][metric] = SliceValue(
                    mean=part.mean, n=part.n, n_sources=part.n_sources
                )
    for asked, text_of in _ASKED.items():
        groups: dict[str, list[Scored]] = defaultdict(list)
        for one in _of_plan(scored):
            groups[text_of(one)].append(one)
        if len(groups) > 1:
            found[asked] = {value: _means(members) for value, members in groups.items()}
    return {tag: dict(by_value) for tag, by_value in found.items()}


def shade_label(one: Scored) -> str:
    """The shade of an answer, or that it repeats a true picture: by what colour is judged."""
    return TRUE_PICTURES if one.is_redye else one.shade.name


def _of_plan(scored: Sequence[Scored]) -> list[Scored]:
    """The answers that the plan asked for."""
    return [one for one in scored if not one.is_redye]


def metric_names(scored: Sequence[Scored]) -> list[str]:
    """The metrics that were computed, in their own order."""
    return list(dict.fromkeys(metric for one in scored for metric in one.scores))


def case_values(scored: Iterable[Scored], metric: str) -> CaseValues:
    """The mean of a metric over shades and intensities, for every case.

    True pictures of the dyed head are further shades of a case, at intensity 100. So a case counts
    once, for any number of shades and intensities. Undefined values are ignored; a case without a
    defined value is None.
    """
    found: dict[str, list[float]] = {}
    for one in scored:
        value = one.scores.get(metric)
        found.setdefault(one.case, []).extend([] if value is None else [value])
    return {case: sum(values) / len(values) if values else None for case, values in found.items()}


def _means(scored: Sequence[Scored]) -> dict[str, SliceValue]:
    from hairopt.metrics.summary import slice_mean

    sources = {one.case: one.source for one in scored}
    found = {}
    for metric in metric_names(scored):
        values = case_values(scored, metric)
        part = slice_mean(list(values.values()), [sources[case] for case in values])
        found[metric] = SliceValue(mean=part.mean, n=part.n, n_sources=part.n_sources)
    return found


def _output_bytes(scored: Sequence[Scored]) -> float | None:
    """Mean size of an answer over source photos."""
    from hairopt.metrics.summary import slice_mean

    asked = _of_plan(scored)
    return slice_mean([one.output_bytes for one in asked], [one.source for one in asked]).mean


def _retention(
    scored: Sequence[Scored], baseline_scored: Sequence[Scored], baseline: str
) -> Retention:
    """Retention against the baseline, over the cases that both answered."""
    from hairopt.metrics.retention_evidence import RetentionEvidence

    sources = {one.case: one.source for one in [*baseline_scored, *scored]}
    values = {}
    for metric in dict.fromkeys([*metric_names(baseline_scored), *metric_names(scored)]):
        before, after = case_values(baseline_scored, metric), case_values(scored, metric)
        values[metric] = ([before.get(c) for c in sources], [after.get(c) for c in sources])
    by_shade: dict[str, tuple[list[float | None], list[float | None]]] = {}
    for shade in dict.fromkeys(shade_label(one) for one in baseline_scored):
        before, after = (
            case_values([one for one in side if shade_label(one) == shade], COLOR_METRIC)
            for side in (baseline_scored, scored)
        )
        by_shade[shade] = [before.get(c) for c in sources], [after.get(c) for c in sources]
    kept = RetentionEvidence.of(values, list(sources.values()), shades=by_shade).retention
    return Retention(
        value=kept.value,
        worst_metric=kept.worst_metric,
        baseline=baseline,
        ci95=kept.ci95,
        n_sources=kept.n_sources,
        shade=kept.shade,
    )


def _latencies(lane: Lane, regime: Regime) -> dict[str, Latency]:
    told = [one.timing.stage_ms for one in lane.timed if one.regime == regime]
    if not told:
        return {}
    stages = [stage for stage in told[0] if all(stage in one for one in told)]
    numbers = {**{stage: stage_ms(stage) for stage in stages}, "total": total_ms}
    return {name: latency(times_of(lane.timed, regime, one)) for name, one in numbers.items()}


def _startup(lane: Lane) -> Startup | None:
    told = [start.startup for start in lane.starts.values() if start.loaded.is_cold]
    if not told:
        return None
    return Startup(
        import_=float(np.median([one.import_ for one in told])),
        load=float(np.median([one.load for one in told])),
        first=float(np.median([one.first for one in told])),
        n=len(told),
    )


def _memory(lane: Lane) -> Memory | None:
    starts = [start for start in lane.starts.values() if start.peaks.is_known]
    if not starts:
        return None
    growth = memory_growth(lane.timed)
    grown = [max(one.peaks.steady_mb - one.loaded.after_load_mb, 0.0) for one in starts]
    return Memory(
        peak_rss=float(np.median([one.peaks.peak_rss_mb for one in starts])),
        after_load=float(np.median([one.loaded.after_load_mb for one in starts])),
        per_request=float(np.median(grown)),
        between_requests=float(np.median([one.peaks.between_mb for one in starts])),
        n=len(starts),
        growth_per_request=growth[0] if growth else None,
        growth_ci95=growth[1] if growth else None,
    )


def _memory_ratio(lane: Lane, baseline: Lane) -> Ratio | None:
    if lane is baseline:
        return None
    pairs = [
        (lane.starts[number].peaks.peak_rss_mb, start.peaks.peak_rss_mb)
        for number, start in baseline.starts.items()
        if number in lane.starts and start.peaks.is_known and lane.starts[number].peaks.is_known
    ]
    return ratio_of_starts([after / before for after, before in pairs if before > 0], len(pairs))


def _ratio(
    lane: Lane, baseline: Lane, regime: Regime, number: Callable[[Timing], float | None]
) -> Ratio | None:
    """Ratio to the baseline, over the rounds that both answered; None for the baseline itself."""
    if lane is baseline:
        return None
    after, before = (times_of(one.timed, regime, number) for one in (lane, baseline))
    return paired_ratio(after, before)
