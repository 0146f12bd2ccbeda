"""Cost rules on ratios that can be checked on paper: the noise floor, latency and memory."""

from types import SimpleNamespace

import pytest

from hairopt.gate.measure import timing
from hairopt.gate.resources import Timed, latency_rule, memory_rule
from hairopt.gate.verdict import Verdict
from hairopt.measure.run_model import Ratio
from tests.gate.snapshots import snapshot


def ratio(median, low, high, n=100, starts=6):
    ends = None if low is None else (low, high)
    return Ratio(median=median, ci95=ends, n=n, starts=starts)


def run_of(**ratios):
    """A run of variants of which only the times are known; a name may end with ``@null``."""
    return SimpleNamespace(
        variants={
            name.replace("__", "@"): SimpleNamespace(
                latency_ratio=one,
                latency_ms={"total": SimpleNamespace(p50=10.0 * place)},
                memory_ratio=one and ratio(1.5, 1.4, 1.6, 6),
            )
            for place, (name, one) in enumerate(ratios.items(), start=1)
        },
        environment=SimpleNamespace(warnings=[]),
    )


@pytest.mark.parametrize(("low", "high", "floor"), [(0.93, 1.02, 0.07), (0.99, 1.08, 0.08)])
def test_the_noise_floor_of_a_comparison_is_the_farther_end(low, high, floor):
    run = run_of(base=None, new=ratio(1.2, 1.1, 1.3), base__null=ratio(1.0, low, high))
    found = timing(run, "base", "new")
    assert found.noise_floor == pytest.approx(floor)
    assert found.memory.median == 1.5
    assert (found.ratio.median, found.baseline_p50_ms, found.candidate_p50_ms) == (1.2, 10.0, 20.0)


def test_a_baseline_that_did_not_run_against_itself_has_no_noise_floor():
    assert timing(run_of(base=None, new=ratio(1.2, 1.1, 1.3)), "base", "new").noise_floor is None
    lone = run_of(base=None, new=ratio(1.2, 1.1, 1.3), base__null=ratio(1.0, None, None, n=1))
    assert timing(lone, "base", "new").noise_floor is None


def test_sides_without_a_common_round_have_no_timing():
    assert timing(run_of(base=None, new=None), "base", "new") is None
    assert timing(run_of(base=None), "base", "gone") is None


def timed(median, low, high, floor=0.02):
    return Timed(ratio(median, low, high), floor, baseline_p50_ms=50.0, candidate_p50_ms=55.0)


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        # A rise of just the limit is allowed, one that lies within the noise proves nothing.
        (timed(1.25, 1.20, 1.25), Verdict.PASS),
        (timed(1.25, 1.20, 1.30), Verdict.INCONCLUSIVE),
        (timed(1.26, 1.20, 1.30), Verdict.FAIL),
        (timed(1.50, 1.25, 1.60, floor=0.25), Verdict.INCONCLUSIVE),
        (timed(1.50, 1.26, 1.60, floor=0.25), Verdict.FAIL),
        (timed(1.50, None, None), Verdict.INCONCLUSIVE),
    ],
)
def test_latency_at_its_limits(measured, verdict):
    assert latency_rule(measured, 0.25).verdict is verdict


def test_the_line_on_latency_states_rise_interval_and_what_would_settle_it():
    found = latency_rule(timed(1.10, 1.00, 1.20), 0.15)
    assert (found.measured, found.low, found.high) == pytest.approx((0.10, 0.0, 0.20))
    assert (found.limit, found.n, found.n_images, found.p) == (0.15, 100, 0, None)
    assert found.note == "noise floor 2.0%; more rounds are needed to decide"
    assert latency_rule(timed(1.10, 1.00, 1.12), 0.15).note == "noise floor 2.0%"
    assert latency_rule(timed(1.10, 1.00, 1.20, None), 0.15).note == "noise floor not measured"
    untimed = latency_rule(None, 0.15)
    assert (untimed.measured, untimed.n) == (None, 0)
    assert "compare two variants" in untimed.note


def test_what_a_claim_needs_is_said_where_it_is_lacking():
    few = Timed(ratio(1.5, None, None, 6, starts=2), None, 50.0, 75.0)
    found = latency_rule(few, 0.15)
    assert (found.verdict, found.measured, found.low) == (Verdict.INCONCLUSIVE, 0.5, None)
    assert found.note == (
        "noise floor not measured; 2 process starts of each side; a claim needs 6: --rounds auto, "
        "or at least 18"
    )
    old = Timed(ratio(1.5, 1.4, 1.6, starts=0), 0.02, 50.0, 75.0)
    assert latency_rule(old, 0.15).verdict is Verdict.INCONCLUSIVE


def test_memory_of_one_run_is_judged_by_its_process_starts():
    before, after = snapshot(peak_rss_mb=200.0), snapshot(peak_rss_mb=260.0)
    for (median, low, high, starts), verdict in (
        ((1.30, 1.28, 1.32, 6), Verdict.FAIL),
        ((1.30, 0.95, 1.70, 6), Verdict.INCONCLUSIVE),
        ((1.30, None, None, 1), Verdict.INCONCLUSIVE),
        ((1.20, 1.19, 1.21, 6), Verdict.PASS),
        ((0.80, 0.79, 0.81, 6), Verdict.PASS),
    ):
        one = Timed(ratio(1.0, 1.0, 1.0), None, 1.0, 1.0, ratio(median, low, high, 6, starts))
        found = memory_rule(before, after, 0.25, one)
        assert (found.verdict, found.measured) == (verdict, pytest.approx(median - 1))
        few = "; 1 process start of each side; a claim needs 6: --rounds auto, or at least 18"
        assert found.note == "200 MB before, 260 MB now" + (few if starts == 1 else "")


def test_memory_at_its_limit():
    before, limit = snapshot(peak_rss_mb=200.0), 0.25
    at, above = (memory_rule(before, snapshot(peak_rss_mb=mb), limit) for mb in (250.0, 251.0))
    assert (at.verdict, at.measured) == (Verdict.PASS, 0.25)
    assert (above.verdict, above.n) == (Verdict.FAIL, 1)
    assert above.note == "200 MB before, 251 MB now, one number of each run"
