"""Rules on the cost of a candidate: latency, by paired ratios and the noise floor, and memory."""

from __future__ import annotations

from dataclasses import dataclass

from hairopt.errors import NotComparableError
from hairopt.gate.snapshot import Snapshot
from hairopt.gate.verdict import RuleResult, Verdict
from hairopt.measure.run_model import Ratio


@dataclass(frozen=True)
class Timed:
    """Latency of candidate over baseline, both interleaved in one run.

    Attributes:
        ratio: median of paired ratios with its interval.
        noise_floor: relative difference of the baseline from itself in the same run; None if it
            did not run twice.
        baseline_p50_ms, candidate_p50_ms: medians of the same requests.
    """

    ratio: Ratio
    noise_floor: float | None
    baseline_p50_ms: float
    candidate_p50_ms: float


def latency_rule(timed: Timed | None, limit: float) -> RuleResult:
    """Judge the rise of the median latency.

    FAIL: the rise is beyond the limit, and its whole interval is beyond the noise floor. PASS: the
    whole interval is within the limit. Sides that were not timed together are INCONCLUSIVE: times
    of two runs can differ by up to a third without a cause.
    """
    subject = "median latency, candidate over baseline"
    if timed is None or timed.ratio.ci95 is None:
        note = "not timed together; compare two variants rather than two runs"
        return RuleResult(
            "latency", subject, None, None, None, limit, 0, None, Verdict.INCONCLUSIVE, note
        )
    low, high = (end - 1 for end in timed.ratio.ci95)
    rise, floor = timed.ratio.median - 1, timed.noise_floor
    if rise > limit and floor is not None and low > floor:
        verdict = Verdict.FAIL
    else:
        verdict = Verdict.PASS if high <= limit else Verdict.INCONCLUSIVE
    note = "noise floor not measured" if floor is None else f"noise floor {floor:.1%}"
    if verdict is Verdict.INCONCLUSIVE and floor is not None:
        note += "; more rounds are needed to decide"
    return RuleResult(
        "latency", subject, rise, low, high, limit, timed.ratio.n, None, verdict, note
    )


def memory_rule(baseline: Snapshot, candidate: Snapshot, limit: float) -> RuleResult:
    """Judge the rise of the peak resident memory, of one new process each.

    Raises:
        NotComparableError: one side has no measured memory.
    """
    before, after = baseline.peak_rss_mb, candidate.peak_rss_mb
    if not before or not after:
        raise NotComparableError("peak memory was not measured on both sides")
    rise = after / before - 1
    verdict = Verdict.FAIL if rise > limit else Verdict.PASS
    note = f"{before:.0f} MB before, {after:.0f} MB now, one process each"
    return RuleResult("memory", "peak memory", rise, None, None, limit, 1, None, verdict, note)
