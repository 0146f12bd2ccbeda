"""Verdicts on precisions other than float32, from the measurements of one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from hairopt.cpu_isa import cpu_isa
from hairopt.evidence.evidence import Evidence
from hairopt.measure.case_scorer import Scored
from hairopt.measure.form_verdict import FormVerdict
from hairopt.measure.lane import Lane
from hairopt.measure.latency import paired_ratio, stage_ms, times_of
from hairopt.measure.messages import Explained
from hairopt.measure.process import RequestRefusedError, WorkerLostError
from hairopt.measure.results import CaseValues, case_values
from hairopt.measure.run_model import Ratio, VariantResult, Verdict

_FREE = {"precision", "float_layers", "rewrite"}
"""Settings that may differ from the float32 variant: forms of other precisions are rewritten."""


def with_verdicts(
    results: Mapping[str, VariantResult],
    lanes: Sequence[Lane],
    scored: Sequence[Scored],
) -> dict[str, VariantResult]:
    """Add a verdict for each precision whose float32 variant is in the same run.

    Args:
        results: results of all variants.
        lanes: the timed lanes.
        scored: the answers of the lanes that were not excluded.
    """
    measured = [lane for lane in lanes if lane.status == "ok"]
    ious = {
        lane.name: case_values([one for one in scored if one.variant == lane.name], "iou")
        for lane in measured
    }
    sources = {one.case: one.source for one in scored}
    found = dict(results)
    for lane in measured:
        plain = _plain(lane, measured)
        ratio = _segment_ratio(lane, plain) if plain else None
        if plain is None or ratio is None or ratio.ci95 is None:
            continue
        change = _iou_kept(ious[lane.name], ious[plain.name], sources)
        kept = None if change.estimate is None else 1 + change.estimate
        ends = None if change.ci95 is None else (1 + change.ci95[0], 1 + change.ci95[1])
        segment = lane.variant.segment
        verdict = FormVerdict(
            precision=segment.precision,
            runtime=segment.runtime,
            time_ratio=ratio.median,
            ci95=ratio.ci95,
            retention=kept,
            retention_ci95=ends,
            isa=cpu_isa(),
            execution=lane.execution,
            plain_execution=plain.execution,
            size_ratio=_size_ratio(results[lane.name], results[plain.name]),
            name=lane.name,
            against=plain.name,
        )
        told = Verdict(
            against=plain.name, segment_ratio=ratio, iou_kept=kept, sentence=verdict.sentence
        )
        found[lane.name] = results[lane.name].model_copy(update={"verdict": told})
    return found


def explain(lanes: Sequence[Lane], timeout_s: float) -> None:
    """Ask the workers that need a verdict, and their float32 variants, which operators ran.

    This loads the networks once more, so it is done after all measurements. If a worker cannot
    answer, only this part of its verdict is missing.

    Args:
        lanes: lanes of the bench.
        timeout_s: longest time for one worker.
    """
    measured = [lane for lane in lanes if lane.status == "ok"]
    pairs = [(lane, plain) for lane in measured if (plain := _plain(lane, measured))]
    for lane in {id(one): one for pair in pairs for one in pair}.values():
        with suppress(RequestRefusedError, WorkerLostError):
            lane.running.send("execution")
            answer = lane.running.receive(Explained, "telling what it ran", timeout_s)
            lane.execution = answer.execution


def _plain(lane: Lane, measured: Sequence[Lane]) -> Lane | None:
    """The float32 variant with equal segment settings, with equal rewrites if possible."""
    segment = lane.variant.segment
    if segment.method != "network" or segment.precision == "float32":
        return None
    alike = [
        other
        for other in measured
        if other.variant.backend is None
        and other.variant.segment.precision == "float32"
        and _settings(other) == _settings(lane)
    ]
    return min(
        alike, key=lambda other: other.variant.segment.rewrite != segment.rewrite, default=None
    )


def _settings(lane: Lane) -> dict[str, Any]:
    return lane.variant.segment.model_dump(exclude=_FREE) | lane.variant.decode.model_dump()


def _segment_ratio(lane: Lane, plain: Lane) -> Ratio | None:
    """Ratio of the times of stage segment, over the rounds that both answered."""
    after, before = (
        times_of(one.timed, "back to back", stage_ms("segment")) for one in (lane, plain)
    )
    return paired_ratio(after, before)


def _size_ratio(after: VariantResult, before: VariantResult) -> float | None:
    """Ratio of the sizes of the files that ran."""
    return after.model.bytes / before.model.bytes if after.model and before.model else None


def _iou_kept(after: CaseValues, before: CaseValues, sources: Mapping[str, str]) -> Evidence:
    """What is kept of the mean IoU, less 1, over the cases in which both are defined."""
    from hairopt.evidence.change import relative_change
    from hairopt.evidence.paired import PairedSample

    cases = list(before)
    return relative_change(
        PairedSample.of(
            [before[case] for case in cases],
            [after.get(case) for case in cases],
            [sources[case] for case in cases],
        )
    )
