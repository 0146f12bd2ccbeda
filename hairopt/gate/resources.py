"""Rules on the cost of a candidate: latency and memory, by the evidence of several process starts.

A claim about a cost needs six process starts of each side in the same run, because identical
programs differ by some per cent from one start to the next: automatic rounds, or at least 18.
"""

from __future__ import annotations

from dataclasses import dataclass

from hairopt.errors import NotComparableError
from hairopt.evidence.evidence import Evidence
from hairopt.gate.snapshot import Snapshot
from hairopt.gate.verdict import RuleResult, Verdict
from hairopt.measure.run_model import Ratio


@dataclass(frozen=True)
class Timed:
    """Cost of candidate over baseline, both measured in turns in one run.

    Attributes:
        ratio: latency, request by request, back to back.
        noise_floor: relative difference of the baseline from itself in the same run; None if it
            did not run twice.
        baseline_p50_ms, candidate_p50_ms: medians of the same requests.
        memory: peak memory, process start by process start; None in runs of older versions.
        warnings: sentences about the reliability of the times.
    """

    ratio: Ratio
    noise_floor: float | None
    baseline_p50_ms: float
    candidate_p50_ms: float
    memory: Ratio | None = None
    warnings: tuple[str, ...] = ()


def latency_rule(timed: Timed | None, limit: float) -> RuleResult:
    """Judge the rise of the median latency.

    FAIL: the rise is beyond the limit, it is proven, and its whole interval is beyond the noise
    floor. PASS: the whole interval is within the limit. Sides that were not timed together are
    INCONCLUSIVE: times of two runs can differ by up to a third without a cause.
    """
    subject = "median latency, candidate over baseline"
    if timed is None:
        note = "not timed together; compare two variants rather than two runs"
        return RuleResult(
            "latency", subject, None, None, None, limit, 0, None, Verdict.INCONCLUSIVE, note
        )
    change, floor = timed.ratio.change, timed.noise_floor
    verdict = _verdict(change, limit, floor)
    note = "noise floor not measured" if floor is None else f"noise floor {floor:.1%}"
    if change.reason:
        note += f"; {change.reason}: --rounds auto, or at least 18"
    elif verdict is Verdict.INCONCLUSIVE and floor is not None:
        note += "; more rounds are needed to decide"
    return _result("latency", subject, change, limit, verdict, note)


def memory_rule(
    baseline: Snapshot, candidate: Snapshot, limit: float, timed: Timed | None = None
) -> RuleResult:
    """Judge the rise of the peak resident memory.

    By the process starts of one run, as latency; with two runs by one number of each, whose rise
    beyond the limit is a FAIL without an interval.

    Raises:
        NotComparableError: one side has no measured memory.
    """
    before, after = baseline.peak_rss_mb, candidate.peak_rss_mb
    if not before or not after:
        raise NotComparableError("peak memory was not measured on both sides")
    note = f"{before:.0f} MB before, {after:.0f} MB now"
    if timed is None or timed.memory is None:
        rise = after / before - 1
        verdict = Verdict.FAIL if rise > limit else Verdict.PASS
        note += ", one number of each run"
        return RuleResult("memory", "peak memory", rise, None, None, limit, 1, None, verdict, note)
    change = timed.memory.change
    if change.reason:
        note += f"; {change.reason}: --rounds auto, or at least 18"
    return _result("memory", "peak memory", change, limit, _verdict(change, limit, 0.0), note)


def _verdict(change: Evidence, limit: float, floor: float | None) -> Verdict:
    """FAIL on a proven rise beyond limit and floor, PASS if the whole interval is within."""
    if change.estimate is None or change.ci95 is None or change.reason:
        return Verdict.INCONCLUSIVE
    low, high = change.ci95
    if change.estimate > limit and change.is_proven and floor is not None and low > floor:
        return Verdict.FAIL
    return Verdict.PASS if high <= limit else Verdict.INCONCLUSIVE


def _result(
    rule: str, subject: str, change: Evidence, limit: float, verdict: Verdict, note: str
) -> RuleResult:
    low, high = change.ci95 or (None, None)
    return RuleResult(
        rule, subject, change.estimate, low, high, limit, change.n_cases, None, verdict, note
    )
